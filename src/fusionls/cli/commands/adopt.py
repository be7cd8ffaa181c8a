"""``fusionls adopt``: take over the members that a project proposes, after having seen them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

# An address is seen whole, a text that fills the screen is not.
LONGEST = 300

if TYPE_CHECKING:
    from fusionls.settings.schema import MemberBlock


@click.command("adopt")
@click.argument(
    "place", metavar="[PATH]", type=click.Path(exists=True, path_type=Path), default="."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def COMMAND(context: click.Context, place: Path, yes: bool) -> None:
    """Show the members that the project at PATH proposes, and copy them into your settings if you agree.

    What the project says later has no effect until you adopt it again. Exit code 1: nothing was adopted.
    """
    from fusionls.cli.settings_files import EXIT_FINDING, EXIT_SETTINGS, folder_of
    from fusionls.settings.adopt import AdoptError, adopt, adopted_before, proposal_of
    from fusionls.settings.paths import config_file
    from fusionls.settings.problems import SettingsError, shown
    from fusionls.wiring.opening import known_names

    known = known_names()
    try:
        proposal = proposal_of(folder_of(place), known)
        if proposal is None:
            click.echo("Nothing is proposed here.", err=True)
            context.exit(EXIT_FINDING)
        before = adopted_before(config_file(), proposal, known)
        if all(before.get(name) == block for name, block in proposal.members.items()):
            click.echo("You have adopted all of this already.")
            return
        click.echo(f"{shown(str(proposal.file))} proposes for {shown(str(proposal.folder))}:")
        for name, block in proposal.members.items():
            click.echo(f"\n{name} ({_news(before.get(name), block)})")
            for line in _lines(block):
                click.echo(f"  {line}")
        if not yes and not _agreed():
            click.echo("Nothing was adopted.", err=True)
            context.exit(EXIT_FINDING)
        click.echo(f"Written to {shown(str(adopt(config_file(), proposal, known)))}.")
    except (SettingsError, AdoptError) as error:
        click.echo(str(error), err=True)
        context.exit(EXIT_SETTINGS)


def _news(before: "MemberBlock | None", block: "MemberBlock") -> str:
    if before is None:
        return "new; in this project it stands in for a member of yours with that name"
    return "as you have it" if before == block else "CHANGED since you adopted it"


def _agreed() -> bool:
    if not sys.stdin.isatty():
        click.echo("To adopt this without being asked, say --yes.", err=True)
        return False
    return click.confirm("\nCopy this into your own settings?", default=False, err=True)


def _lines(block: "MemberBlock") -> Iterator[str]:
    """Yield what it would mean, first what leaves this machine; nothing in it can act on a terminal."""
    from fusionls.core.member import Privacy

    if block.is_loopback:
        yield "runs on this machine" + (f", at {_plain(block.endpoint)}" if block.endpoint else "")
    else:
        where = "your network" if block.privacy is Privacy.PRIVATE else "the internet"
        yield f"YOUR CODE GOES TO {_plain(block.endpoint)} ({where})"
    if block.key:
        source = "variable" if block.key.env else "keyring entry"
        secret = _plain(block.key.env or block.key.keyring)
        yield f"YOUR KEY in the {source} {secret} goes there too"
    if block.allow_plain_http:
        yield "WITHOUT TLS: code and key can be read on the way"
    shown_above = {"endpoint", "key", "allow_plain_http"}
    for name, value in block.model_dump(mode="json", exclude_unset=True).items():
        if name not in shown_above:
            yield f"{name} = {_value(value)}"


def _plain(text: str) -> str:
    """Return a text of the project in letters that look like no others, and act on no terminal."""
    return ascii(text if len(text) <= LONGEST else text[:LONGEST] + "...")


def _value(value: object) -> str:

    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_plain(k)}: {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    return _plain(value) if isinstance(value, str) else repr(value)
