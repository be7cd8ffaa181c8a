"""``fusionls demo``: the main job on six buffers in three languages, with the models of this machine."""

import asyncio
import json
import sys
from dataclasses import dataclass
from importlib.resources import files

import click

from fusionls.core.languages import language_for
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.suggestion import Suggestion
from fusionls.core.text import DocumentSnapshot

CURSOR = "$0"
# With a cursor in them the buffers are not programs; this keeps tools from taking them for such.
SUFFIX = ".txt"
# How much of a buffer is shown around the cursor.
LINES_SHOWN_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Buffer:
    """A text with a cursor in it."""

    name: str
    prefix: str
    suffix: str

    def request(self) -> CompletionRequest:
        """Return what an editor would ask here by hand."""
        language = language_for("", self.name)
        document = DocumentSnapshot(
            uri=f"demo:/{self.name}",
            language_id=language.ids[0] if language else "plaintext",
            version=0,
            text=self.prefix + self.suffix,
        )
        return CompletionRequest(self.name, document, len(self.prefix), Trigger.MANUAL)


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="Print texts and traces as one document.")
def COMMAND(as_json: bool) -> None:
    """Complete six small programs and show who answered, when, the verdicts and the choice.

    Exit code 1: no buffer got a suggestion.
    """
    buffers = demo_buffers()
    results = asyncio.run(_run(buffers, quiet=as_json))
    if as_json:
        documents = [
            {"buffer": b.name, "texts": [o.text for o in s.offers], "trace": s.trace.to_json()}
            for b, s in zip(buffers, results, strict=True)
        ]
        click.echo(json.dumps(documents, indent=2, ensure_ascii=False))
    answered = sum(bool(suggestion.offers) for suggestion in results)
    click.echo(f"{answered} of {len(buffers)} buffers got a suggestion", err=True)
    sys.exit(0 if answered else 1)


def demo_buffers() -> list[Buffer]:
    """Return the shipped buffers, by name."""
    folder = files("fusionls.cli").joinpath("demo_buffers")
    buffers = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(SUFFIX):
            prefix, _, suffix = file.read_text("utf-8").partition(CURSOR)
            buffers.append(Buffer(file.name.removesuffix(SUFFIX), prefix, suffix))
    return buffers


async def _run(buffers: list[Buffer], *, quiet: bool) -> list[Suggestion]:
    from fusionls.cli.asking import pools_or_exit, ready_engine

    results = []
    async with ready_engine(pools_or_exit()) as engine:
        for buffer in buffers:
            # Opening a document in an editor lets the models read it; here the first request does.
            await engine.complete(buffer.request())
            suggestion = await engine.complete(buffer.request())
            results.append(suggestion)
            if not quiet:
                _show(buffer, suggestion)
    return results


def _show(buffer: Buffer, suggestion: Suggestion) -> None:
    from rich.console import Console
    from rich.text import Text

    from fusionls.cli.tables import decision_line, trace_table

    console = Console()
    console.rule(buffer.name, align="left")
    shown = Text("\n".join(buffer.prefix.split("\n")[-LINES_SHOWN_BEFORE - 1 :]), style="dim")
    text = suggestion.offers[0].text if suggestion.offers else "(nothing)"
    shown.append(text, style="bold green")
    shown.append(buffer.suffix.split("\n")[0], style="dim")
    console.print(shown)
    console.print(trace_table(suggestion.trace))
    console.print(decision_line(suggestion.trace), markup=False)
