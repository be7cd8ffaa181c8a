"""How often the embedded pool is right, member by member and fused.

    python -m tests.eval_embedded live PACK.jsonl.gz -o PREDICTIONS.jsonl
    python -m tests.eval_embedded places

A live pack is read as ``score.py`` documents it, and its arbiter judges the predictions. Places are holes
in the standard library of the Python that runs; the file under test is seen up to the cursor only, the
rest of the library is the workspace. The pool is the product's own: memory and installed models.

``--cap`` keeps an automatic cap (milliseconds); the prompts of each place are then read beforehand, as
they are while somebody types. Without it nobody is dropped.
"""

import argparse
import asyncio
import gzip
import json
import shutil
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fusionls.core.member import Caps
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.suggestion import Suggestion
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.pipeline import CompletionEngine
from fusionls.local.memory import WorkspaceMemory
from fusionls.settings.resolved import Settings
from fusionls.wiring import open_pools
from tests.support.evaluated_pools import LIFTED, Answers, EvaluatedPools
from tests.support.stdlib_places import is_exact, library_files, places, rest_of_line, text_of

ENDINGS = {"python": ".py", "javascript": ".js", "js": ".js", "java": ".java"}


@dataclass(frozen=True, slots=True)
class Case:
    """A document with a hole."""

    id: str
    kind: str
    uri: str
    language: str
    prefix: str
    suffix: str
    gold: str

    def request(self, trigger: Trigger) -> CompletionRequest:
        document = DocumentSnapshot(self.uri, self.language, 1, self.prefix + self.suffix)
        return CompletionRequest(self.id, document, len(self.prefix), trigger)


def live_cases(path: Path, suite: str | None) -> Iterator[Case]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            case = json.loads(line)
            if "prefix" in case and suite in (None, case["suite"]):
                uri = f"file:///pack/{number}{ENDINGS.get(case['language'], '.txt')}"
                parts = (case[key] for key in ("language", "prefix", "suffix", "gold"))
                yield Case(case["uid"], case["suite"], uri, *parts)


def library_copy(folder: Path) -> dict[Path, Path]:
    """Copy the library's files to a folder of their own; return where each one lies."""
    root = Path(sysconfig.get_path("stdlib"))
    copies = {path: folder / path.relative_to(root) for path in library_files()}
    for path, copy in copies.items():
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return copies


def place_cases(copies: dict[Path, Path], seed: int, inside: int, starts: int) -> Iterator[Case]:
    for path, offset, kind in places(seed, inside, starts):
        text = text_of(path)
        gold = rest_of_line(text, offset)
        uri = copies[path].as_uri()
        yield Case(f"{uri}:{offset}", kind, uri, "python", text[:offset], "", gold)


async def at_rest(memory: WorkspaceMemory) -> None:
    """Wait until the memory has taken in what it was told."""
    await asyncio.sleep(0)
    while memory._tasks:
        await asyncio.wait(memory._tasks)


async def answer(
    engine: CompletionEngine,
    memory: WorkspaceMemory,
    case: Case,
    trigger: Trigger,
    *,
    warm: bool,
) -> dict[str, Any]:
    """Return the prediction for a case as a row."""
    request = case.request(trigger)
    # Once a document is open, what lies on the disk of it is out of sight.
    memory.document_changed(request.document)
    await at_rest(memory)
    if warm:
        await engine.warm(request.document, request.offset)
    begun = time.perf_counter()
    suggestion = await engine.complete(request)
    took_ms = (time.perf_counter() - begun) * 1000
    text = suggestion.offers[0].text if suggestion.offers else None
    row = {"id": case.id, "kind": case.kind, "text": in_lines(text, case), "ms": took_ms}
    row |= {"exact": text is not None and is_exact(text, case.gold)}
    engine.forget(request.document.uri)
    await at_rest(memory)
    return row | explained(suggestion)


def in_lines(text: str | None, case: Case) -> str | None:
    """Return ``text`` as the packs cut lines out: with their line end, which the cursor's line has."""
    whole = case.gold.endswith("\n") and case.prefix.endswith("\n")
    return text + "\n" if text is not None and whole and not text.endswith("\n") else text


def explained(suggestion: Suggestion) -> dict[str, Any]:
    members = [[m.name, m.state, m.verdict, m.text] for m in suggestion.trace.members]
    decision = suggestion.trace.decision
    return {"why": decision.why, "p": decision.p, "members": members}


async def run(options: argparse.Namespace) -> list[dict[str, Any]]:
    caps = Caps(options.cap, options.cap) if options.cap else LIFTED
    answers = Answers(options.answers) if options.answers else None
    names = options.pool.split(",") if options.pool else []
    configured = open_pools(Settings.built_in())
    memory = configured.memory
    pools = EvaluatedPools(configured, names, caps, answers)
    engine = CompletionEngine(pools)
    trigger = Trigger.MANUAL if options.blocks else Trigger.AUTOMATIC
    with tempfile.TemporaryDirectory() as folder:
        if options.kind == "places":
            copies = library_copy(Path(folder))
            cases = list(place_cases(copies, options.seed, options.inside, options.starts))
            engine.set_folders((Path(folder).as_uri(),))
        else:
            cases = list(live_cases(options.pack, options.suite))
        await engine.prepare()
        rows = []
        try:
            for number, case in enumerate(cases[: options.first]):
                if not number:
                    engine.parse_soon(case.request(Trigger.AUTOMATIC).document)
                    await at_rest(memory)
                rows.append(await answer(engine, memory, case, trigger, warm=bool(options.cap)))
        finally:
            await engine.aclose()
    return rows


def report(rows: list[dict[str, Any]]) -> None:
    for kind in sorted({row["kind"] for row in rows}):
        chosen = [row for row in rows if row["kind"] == kind]
        times = sorted(row["ms"] for row in chosen)
        offered = sum(row["text"] is not None for row in chosen)
        exact = sum(row["exact"] for row in chosen)
        print(
            f"{kind}: {len(chosen)} cases, {offered / len(chosen):.1%} offered, {exact / len(chosen):.1%} "
            f"exact, p50 {times[len(times) // 2]:.0f} ms, p95 {times[int(len(times) * 0.95)]:.0f} ms"
        )
    states = Counter((m[0], m[1]) for row in rows for m in row["members"])
    for (name, state), count in sorted(states.items()):
        print(f"  {name} {state}: {count}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["live", "places"])
    parser.add_argument("pack", type=Path, nargs="?")
    parser.add_argument("--suite", help="of a pack that has several")
    parser.add_argument("--first", type=int, help="so many cases only")
    parser.add_argument("--blocks", action="store_true", help="ask by hand, for blocks of lines")
    parser.add_argument("--pool", default="", help="members, with commas between")
    parser.add_argument("--cap", type=float, help="milliseconds")
    parser.add_argument("--answers", type=Path, help="keep what models say in this file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", type=int, default=500)
    parser.add_argument("--starts", type=int, default=250)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    rows = asyncio.run(run(options))
    if options.output:
        lines = (json.dumps(row) + "\n" for row in rows)
        options.output.write_text("".join(lines), encoding="utf-8")
    report(rows)


if __name__ == "__main__":
    main()
