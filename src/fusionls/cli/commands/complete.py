"""``fusionls complete FILE:LINE:COL``: what would be suggested there, and why."""

import asyncio
import json
import sys

import click

from fusionls.cli.location import parse_location, read_document
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.suggestion import Suggestion


@click.command("complete")
@click.argument("location", metavar="FILE:LINE:COL")
@click.option(
    "--trace", "with_trace", is_flag=True, help="Show who answered, when, and the verdicts."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the texts and the trace as one document."
)
def COMMAND(location: str, with_trace: bool, as_json: bool) -> None:
    """Complete the text at LINE and COL (both from 1) of FILE.

    The text goes to stdout, everything else to stderr. Exit code 1: nothing to suggest; 3: every member
    failed.
    """
    document, offset = read_document(parse_location(location))
    request = CompletionRequest("cli", document, offset, Trigger.MANUAL)
    suggestion = asyncio.run(_complete(request))
    if as_json:
        click.echo(json.dumps(_document(suggestion), indent=2, ensure_ascii=False))
    elif suggestion.offers:
        click.echo(suggestion.offers[0].text)
    if with_trace:
        _show(suggestion)
    elif not suggestion.offers:
        for sentence in _reasons(suggestion):
            click.echo(f"nothing to suggest: {sentence}", err=True)
    sys.exit(_exit_code(suggestion))


async def _complete(request: CompletionRequest) -> Suggestion:
    from fusionls.cli.asking import pools_or_exit, ready_engine

    uri = request.document.uri
    async with ready_engine(pools_or_exit(uri), uri) as engine:
        return await engine.complete(request)


def _document(suggestion: Suggestion) -> dict[str, object]:
    offers = [{"text": o.text, "members": list(o.members)} for o in suggestion.offers]
    return {"offers": offers, "trace": suggestion.trace.to_json(with_text=True)}


def _show(suggestion: Suggestion) -> None:
    from fusionls.core.explaining import explained

    click.echo(explained(suggestion.trace.to_json(with_text=True)), err=True)


def _reasons(suggestion: Suggestion) -> list[str]:
    """Return what went wrong with the members if all of them failed, else why nothing was chosen."""
    if _exit_code(suggestion) == 3:
        return [f"{member.name} failed: {member.why}" for member in suggestion.trace.members]
    return [suggestion.trace.decision.why]


def _exit_code(suggestion: Suggestion) -> int:
    if suggestion.offers:
        return 0
    failed = all(member.state == "failed" for member in suggestion.trace.members)
    return 3 if failed else 1
