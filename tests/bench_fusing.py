"""What it costs to clean, judge and fuse five answers in a long file.

The answers are there; the document's tree is kept from before the last key, as it is in the server. A hole
of one to four lines is cut into a long file, and five members fill it: one as it was, one with another
name, one that stops in the middle, one that types on what stands behind, one that is broken. Beside it
stands what one incremental parse of the same hole costs in the same run. All of it is the processor's time,
which a busy machine spoils least.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from fusionls.core.choice import choose
from fusionls.core.cleanup import CleaningContext
from fusionls.core.extent import extent_of
from fusionls.core.languages import languages
from fusionls.core.member import Member
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reading import Reading
from fusionls.core.reply import Reply, ReplyState
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.text import DocumentSnapshot, indentation, split_lines
from fusionls.core.validation import Hole, open_hole
from tests.support.figures import Figure, at_share, median, scaled
from tests.support.stdlib_places import library_files, text_of

# Issue 6's bars, by the number of lines: the median and the 99th percentile in milliseconds.
BARS_MS = {2_000: ("<= 5", "<= 20"), 20_000: ("<= 15", "")}
HOLES = 200
LEAST_HOLES = 30
MOST_LINES_CUT = 4
# Behind this much of the file a key was typed that the kept tree knows nothing of.
TYPED = "x"
SCRIPT = """
export class Store{0} extends Base<Item{0}> {{
  private items: Map<string, Item{0}> = new Map();

  constructor(private readonly name: string, limit = {0}) {{
    super({{ name, limit }});
  }}

  add(item: Item{0}): boolean {{
    if (this.items.has(item.id)) {{
      return false;
    }}
    this.items.set(item.id, item);
    return true;
  }}

  async load(path: string): Promise<number> {{
    const rows = await read(path, {{ limit: {0}, strict: true }});
    for (const row of rows) {{
      const item = parse(row, (key, value) => key === "id" ? String(value) : value);
      if (!item) {{
        continue;
      }}
      this.add(item);
    }}
    return this.items.size;
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A hole and what five members say there."""

    prefix: str
    suffix: str
    answers: tuple[str, ...]


def fusing(share: float) -> list[Figure]:
    """Return the figures of both lengths, in Python and in TypeScript."""
    count = scaled(HOLES, share, LEAST_HOLES)
    figures: list[Figure] = []
    for lines, (usual, rare) in BARS_MS.items():
        for name, text in (("python", library(lines)), ("typescript", script(lines))):
            # The first one compiles patterns, once in the life of a server.
            _, *times = (_measured(name, place) for place in places(text, count + 1))
            fused = [ms for ms, _ in times]
            parse = median([ms for _, ms in times])
            what = f"five answers cleaned and fused, {lines:,} lines of {name}"
            figures += [
                Figure(f"{what}: p50", median(fused), "ms", usual),
                Figure(f"{what}: p99", at_share(fused, 0.99), "ms", rare),
                Figure(f"{what}: p50 as parses", median(fused) / parse, "parses"),
            ]
    return figures


def library(lines: int) -> str:
    """Return the Python library's files, one after the other, cut at the start of a definition."""
    found: list[str] = []
    for path in sorted(library_files()):
        found += split_lines(text_of(path).rstrip("\n"))
        if len(found) > lines:
            break
    end = next(n for n in range(lines, 0, -1) if found[n].startswith(("def ", "class ")))
    return "\n".join(found[:end]) + "\n"


def script(lines: int) -> str:
    """Return classes of TypeScript."""
    return "".join(SCRIPT.format(n) for n in range(lines // SCRIPT.count("\n")))


def places(text: str, count: int) -> Iterator[Place]:
    """Yield holes all over ``text``, the same in every run."""
    dice = random.Random(1)  # places, not secrets
    lines = split_lines(text)
    while count:
        at = dice.randrange(len(lines) // 10, len(lines) - MOST_LINES_CUT - 1)
        end = at + dice.randint(1, MOST_LINES_CUT)
        if not lines[at].strip() or not lines[end].strip():
            continue
        count -= 1
        margin = indentation(lines[at])
        gold = "\n".join(lines[at:end])[len(margin) :]
        words = gold.split("(", 1)
        yield Place(
            "\n".join(lines[:at]) + "\n" + margin,
            "\n" + "\n".join(lines[end:]),
            (
                gold,
                "other" + gold,
                gold[: len(gold) * 2 // 3],
                "```\n" + gold + "\n" + "\n".join(lines[end : end + 2]) + "\n```",
                words[0] + ")(" + words[-1] + "\n" + margin + "))" + gold,
            ),
        )


def _measured(name: str, place: Place) -> tuple[float, float]:
    """Return the milliseconds from five answers to what is shown, and those of one parse."""
    before = open_hole(languages()[name], place.prefix + TYPED, place.suffix)
    hole = open_hole(languages()[name], place.prefix, place.suffix, before)
    # Both are done while the members write, and what is asked of scopes is asked of kept tables.
    hole.look_ahead()
    _ = before.scopes, hole.scopes
    document = DocumentSnapshot("file:///long", name, 1, place.prefix + place.suffix)
    request = CompletionRequest("bench", document, len(place.prefix), Trigger.AUTOMATIC)
    _ = request.prefix, request.suffix
    begun = time.process_time()
    shown(hole, request, place)
    fused_s = time.process_time() - begun
    begun = time.process_time()
    open_hole(languages()[name], place.prefix + "xx", place.suffix, hole)
    return fused_s * 1000, (time.process_time() - begun) * 1000


def shown(hole: Hole, request: CompletionRequest, place: Place) -> str:
    """Return what an automatic trigger shows of the answers of ``place``, "" for nothing."""
    language = languages()[request.document.language_id]
    cleaning = CleaningContext(place.prefix, place.suffix, extent_of(request), language=language)
    candidates = []
    for number, answer in enumerate(place.answers):
        member = Member(f"m{number}", family="plain", maker=f"m{number}", prior=0.4)
        reading = Reading(member, cleaning, hole, RenderedPrompt())
        candidates.append(reading.candidate(Reply(member.name, ReplyState.ANSWERED, text=answer)))
    choice = choose(candidates, hole, request)
    return choice.offers[0].text if choice.offers else ""
