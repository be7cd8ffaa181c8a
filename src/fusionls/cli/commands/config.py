"""``fusionls config``: what the settings are, where they come from, and what is wrong with them."""

import json
from pathlib import Path

import click

PLACE = click.argument(
    "place", metavar="[PATH]", type=click.Path(exists=True, path_type=Path), default="."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")


@click.group("config")
def COMMAND() -> None:
    """Show and check the settings, or print a file to begin with."""


@COMMAND.command("show")
@PLACE
@click.option("--origin", "with_origin", is_flag=True, help="Say where each value comes from.")
@AS_JSON
@click.pass_context
def show(context: click.Context, place: Path, with_origin: bool, as_json: bool) -> None:
    """Print the settings that count for PATH, a file or a folder.

    Exit code 2: a settings file is broken, and what is shown is what is used instead.
    """
    from fusionls.cli.settings_files import EXIT_SETTINGS, folder_of
    from fusionls.settings.showing import as_document, as_text
    from fusionls.wiring.opening import settings_source

    source = settings_source()
    document = None if place.is_dir() else place.absolute()
    settings = source.settings_for(document, folder_of(place) if document is None else None)
    if as_json:
        click.echo(json.dumps(as_document(settings), indent=2))
    else:
        click.echo("\n".join(as_text(settings, with_origin=with_origin)))
    for said in source.news():
        click.echo(said, err=True)
    if not all(report.is_good for report in source.reports(folder_of(place))):
        context.exit(EXIT_SETTINGS)


@COMMAND.command("check")
@PLACE
@AS_JSON
@click.pass_context
def check(context: click.Context, place: Path, as_json: bool) -> None:
    """Read every settings file that has a say about PATH, and say what is wrong with it.

    Exit code 1: something in them has no effect. Exit code 2: a file is broken.
    """
    from fusionls.cli.settings_files import EXIT_FINDING, EXIT_SETTINGS, folder_of
    from fusionls.settings.paths import config_file
    from fusionls.settings.problems import shown
    from fusionls.wiring.opening import settings_source

    reports = settings_source().reports(folder_of(place))
    if as_json:
        rows = [{"file": str(r.file), "good": r.is_good, "problems": r.problems} for r in reports]
        click.echo(json.dumps({"files": rows}, indent=2))
    else:
        if config_file() not in [report.file for report in reports]:
            click.echo(f"{config_file()}: there is no such file, so the built-in settings count")
        for report in reports:
            file = shown(str(report.file))
            for problem in report.problems:
                click.echo(f"{file}: {problem}")
            if not report.problems:
                click.echo(f"{file}: ok")
    if not all(report.is_good for report in reports):
        context.exit(EXIT_SETTINGS)
    if any(report.problems for report in reports):
        context.exit(EXIT_FINDING)


@COMMAND.command("schema")
@click.option(
    "--for",
    "kind",
    type=click.Choice(["user", "project", "policy"]),
    default="user",
    show_default=True,
    help="Which file: your own, a project's or the machine policy.",
)
def schema(kind: str) -> None:
    """Print the JSON schema of a settings file, with which an editor can check and complete it."""
    from fusionls.settings.json_schema import schema_text

    click.echo(schema_text(kind), nl=False)


@COMMAND.command("preset")
@click.argument("name", required=False)
def preset(name: str | None) -> None:
    """Print a settings file to begin with; without a NAME, list them."""
    from fusionls.settings import presets

    known = presets.presets()
    if name is None:
        for one, said in known.items():
            click.echo(f"{one:12}  {said}")
        return
    if name not in known:
        raise click.UsageError(f"There is no preset {name!r}. There are: {', '.join(known)}.")
    click.echo(presets.preset(name), nl=False)
