"""How often the memory knows the rest of a line: ``python -m tests.eval_memory``.

The workspace is the library of the Python that runs; the file under test is seen up to the cursor only.
Besides the places of ``stdlib_places``, the same places inside of lines are asked with a part of the word
typed. ``--fit`` fits the weights on places of other seeds and writes ``core/memory/weights.py``.
"""

import argparse
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fusionls.core.memory import weights as shipped
from fusionls.core.memory.judging import PLACE_TRAITS, TRAITS
from fusionls.core.memory.memory import MOST_JUDGED, Answer, Memory, Prospects, Question
from fusionls.core.memory.open_text import OpenText
from fusionls.core.memory.segment import SegmentBuilder
from fusionls.core.memory.weights import Kind, Weights
from fusionls.core.text import DocumentSnapshot
from tests.support.stdlib_places import (
    Place,
    is_exact,
    library_files,
    places,
    rest_of_line,
    said,
    text_of,
)

KINDS: tuple[Kind, ...] = ("inside", "partial", "start")
LEAST = (0.0, 0.1, 0.25, 0.5, 0.7, 0.8, 0.9)
# What a member may read of the text before the cursor (core/families/memory.py).
READ = 2000
# Tables repeat themselves more than what people write: fitted without them, shown with and without.
TABLES = ("encodings", "pydoc_data")
# Documents that were just begun are fitted to as well: few names are known in them.
MOST_BEGUN = 60
FIT_SEEDS, FIT_INSIDE, FIT_STARTS = (2, 3, 4), 1000, 600
WEIGHTS = Path(shipped.__file__)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: what came back, and what should have."""

    kind: Kind
    path: Path
    rest: str
    prospects: Prospects | None
    right: list[bool]
    answer: Answer | None
    took_ms: float

    @property
    def is_table(self) -> bool:
        return any(part in TABLES for part in self.path.parts)


def library_memory() -> Memory:
    memory = Memory()
    builder = SegmentBuilder(memory.vocabulary)
    for path in library_files():
        builder.add(path.as_posix(), text_of(path))
    memory.segments = [builder.segment()]
    return memory


def ask(memory: Memory, wanted: list[Place], seed: int, *, begun: bool = False) -> Iterator[Asked]:
    """Ask at the places; if ``begun``, in every other document all but some lines are not written yet."""
    dice = random.Random(seed)  # places, not secrets
    for path, place, kind in wanted:
        text, name, offset = text_of(path), path.as_posix(), place
        if begun and dice.random() < 0.5:
            start = _lines_before(text, offset, dice.randint(2, MOST_BEGUN))
            text, offset = text[start:], place - start
        [segment] = memory.segments
        segment.hide(name)
        yield _asked(memory, path, text, offset, 0, kind)
        if kind == "inside":
            word = re.compile(r"\w+").match(text, offset)
            typed = dice.randint(1, len(word.group()) if word else 1)
            yield _asked(memory, path, text, offset, typed, "partial")
        segment.show(name)


def _lines_before(text: str, offset: int, lines: int) -> int:
    """Return where the line starts that stands so many lines before ``offset``."""
    for _ in range(lines + 1):
        offset = text.rfind("\n", 0, max(offset, 0))
    return offset + 1


def _asked(memory: Memory, path: Path, text: str, offset: int, typed: int, kind: Kind) -> Asked:
    name, cursor = path.as_posix(), offset + typed
    snapshot = DocumentSnapshot("", "python", 0, text[:cursor])
    memory.open = {name: OpenText(memory.vocabulary, snapshot)}
    before = text[max(cursor - READ, 0) : cursor]
    question = Question(before, name, snapshot.line_count - 1, cursor <= READ)
    start = time.perf_counter()
    answer = memory.answer(question, 0.0)
    took_ms = (time.perf_counter() - start) * 1000
    prospects = memory.prospects(question)
    words, gold = memory.vocabulary.words, said(rest_of_line(text, offset))
    found = prospects.continuations if prospects else []
    right = [said("".join(words[t] for t in c.ids.tolist())) == gold for c in found]
    rest = rest_of_line(text, cursor)
    return Asked(kind, path, rest, prospects, right, answer, took_ms)


def table(asked: list[Asked]) -> Iterator[str]:
    """Yield lines: how often something is said with at least a probability, and how often it is right."""
    for kind in KINDS:
        every = [a for a in asked if a.kind == kind]
        for name, chosen in (
            ("all", every),
            ("without tables", [a for a in every if not a.is_table]),
        ):
            known = sum(any(a.right) for a in chosen)
            yield f"{kind}, {name}: {len(chosen)} places, right one known {known / len(chosen):.3f}"
            for least in LEAST:
                shown = [a.answer for a in chosen if a.answer and a.answer.probability >= least]
                right = sum(
                    bool(
                        a.answer
                        and a.answer.probability >= least
                        and is_exact(a.answer.text, a.rest)
                    )
                    for a in chosen
                )
                mean = sum(a.probability for a in shown) / max(len(shown), 1)
                yield (
                    f"  p >= {least:<4}  coverage {len(shown) / len(chosen):.2f}  precision "
                    f"{right / max(len(shown), 1):.2f}  mean p {mean:.2f}  exact {right / len(chosen):.3f}"
                )


def fit(asked: list[Asked]) -> Weights:
    """Return the weights under which what was right is likeliest."""
    used = [a for a in asked if a.prospects is not None]
    count, traits = len(used), len(TRAITS)
    rows = np.zeros((count, MOST_JUDGED, traits))
    place = np.zeros((count, len(PLACE_TRAITS)))
    there = np.zeros((count, MOST_JUDGED + 1), bool)
    right = np.zeros((count, MOST_JUDGED + 1), bool)
    for number, one in enumerate(used):
        assert one.prospects is not None
        size = len(one.right)
        rows[number, :size] = one.prospects.rows
        place[number] = one.prospects.place
        there[number, :size] = there[number, -1] = True
        right[number, :size] = one.right
        right[number, -1] = not any(one.right)
    found = np.zeros(traits + len(PLACE_TRAITS))
    first, second = np.zeros_like(found), np.zeros_like(found)
    for step in range(1, 1501):
        scores = np.concatenate([rows @ found[:traits], (place @ found[traits:])[:, None]], axis=1)
        scores = np.where(there, scores, -1e9)
        chances = np.exp(scores - scores.max(1, keepdims=True))
        chances /= chances.sum(1, keepdims=True)
        wanted = chances * right
        wanted /= wanted.sum(1, keepdims=True) + 1e-12
        wrong = (chances - wanted) / count
        slope = np.concatenate([np.einsum("ij,ijk->k", wrong[:, :-1], rows), wrong[:, -1] @ place])
        slope += 1e-3 * found
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        speed = np.sqrt(second / (1 - 0.999**step)) + 1e-8
        found -= 0.02 * first / (1 - 0.9**step) / speed
    numbers = [round(float(weight), 3) for weight in found]
    return Weights(tuple(numbers[:traits]), tuple(numbers[traits:]))


def write_weights(memory: Memory) -> None:
    tested = set(places(1, 500, 250))
    asked = []
    for seed in FIT_SEEDS:
        drawn = [p for p in places(seed, FIT_INSIDE, FIT_STARTS) if p not in tested]
        asked += [a for a in ask(memory, drawn, seed, begun=True) if not a.is_table]
    text = WEIGHTS.read_text("utf-8")
    head = text[: text.index("WEIGHTS: ")]
    lines = ["WEIGHTS: dict[Kind, Weights] = {"]
    for kind in KINDS:
        fitted = fit([a for a in asked if a.kind == kind])
        shipped.WEIGHTS[kind] = fitted
        lines.append(f'    "{kind}": Weights({fitted.traits}, {fitted.place}),')
        for name, weight in zip(TRAITS + PLACE_TRAITS, fitted.traits + fitted.place, strict=True):
            print(f"  {kind} {name}: {weight}")
    WEIGHTS.write_text(head + "\n".join([*lines, "}", ""]), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=500)
    parser.add_argument("--starts", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fit", action="store_true")
    chosen = parser.parse_args()
    memory = library_memory()
    if chosen.fit:
        write_weights(memory)
    asked = list(ask(memory, places(chosen.seed, chosen.places, chosen.starts), chosen.seed))
    print("\n".join(table(asked)))
    times = sorted(a.took_ms for a in asked)
    lines = sum(len(segment.line_first) for segment in memory.segments)
    print(f"{lines} lines, answer p50 {times[len(times) // 2]:.2f} ms", end=", ")
    print(f"p99 {times[len(times) * 99 // 100]:.2f} ms")


if __name__ == "__main__":
    main()
