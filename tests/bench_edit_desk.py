"""What it costs to read, judge, choose among and merge five whole-file answers of a long file.

The same answers as in ``bench_merging.py``, but as models write them, in a fence. A request is opened, every
answer is read as it comes, and then it is decided, as the desk of the server does it. All of it is the
processor's time, which a busy machine spoils least.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from fusionls.core.editing.desk import Desk
from fusionls.core.editing.orders import Decision, EditOrder, ReadOrder
from tests.bench_fusing import library, script
from tests.bench_merging import candidates
from tests.support.figures import Figure, at_share, median, scaled

# The bars by the number of lines, in milliseconds: for all of it, and for what is left when the last answer
# has been read, which is what a person waits for. Those of choosing alone hold for more here.
WHOLE_MS = {1_000: "<= 400", 10_000: "<= 3000"}
LEFT_MS = {1_000: ("<= 100", "<= 400"), 10_000: ("", "<= 3000")}
ROUNDS = {1_000: 60, 10_000: 8}
LEAST_ROUNDS = 5
INSTRUCTION = "Keep it."
# Merging is never left out for want of time.
WITHIN_MS = 60_000.0


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of the processor: to open the request, to read each answer, and to decide."""

    opened: float
    read: tuple[float, ...]
    decided: float

    @property
    def whole(self) -> float:
        """Everything together."""
        return self.opened + sum(self.read) + self.decided


def edit_desk(share: float) -> list[Figure]:
    """Return the figures of both lengths, in Python and in TypeScript."""
    figures: list[Figure] = []
    for lines, whole in WHOLE_MS.items():
        count = scaled(ROUNDS[lines], share, LEAST_ROUNDS)
        usual, rare = LEFT_MS[lines]
        for name, text in (("python", library(lines)), ("typescript", script(lines))):
            # The first one compiles queries, once in the life of a server.
            _, *took = (_measured(name, text, seed) for seed in range(count + 1))
            what = f"five answers, {lines:,} lines of {name}"
            left = [one.decided for one in took]
            figures += [
                Figure(f"{what}, read to merged: p50", median([t.whole for t in took]), "ms"),
                Figure(f"{what}, read to merged: longest", max(t.whole for t in took), "ms", whole),
                Figure(f"{what}, reading one: p50", median([median(t.read) for t in took]), "ms"),
                Figure(f"{what}, deciding: p50", median(left), "ms", usual),
                Figure(f"{what}, deciding: p99", at_share(left, 0.99), "ms", rare),
            ]
    return figures


def order_of(name: str, text: str) -> EditOrder:
    """Return a request for an edit of the whole file."""
    return EditOrder({"f": text}, {"f": name}, "f", 0, len(text), INSTRUCTION)


def answers_of(name: str, text: str, seed: int) -> Iterator[ReadOrder]:
    """Yield what five members answer."""
    for one in candidates(name, text, seed):
        proposal = one.proposal
        yield ReadOrder(proposal.member, 0, f"```{name}\n{proposal.after['f']}\n```\n")


def decided(desk: Desk, name: str, text: str, seed: int) -> Decision:
    """Decide on the answers of one request."""
    desk.open(order_of(name, text))
    for answer in answers_of(name, text, seed):
        desk.read(answer)
    return desk.decide(WITHIN_MS)


def _measured(name: str, text: str, seed: int) -> Took:
    order, answers, desk = order_of(name, text), list(answers_of(name, text, seed)), Desk()
    at = [time.process_time()]
    desk.open(order)
    at.append(time.process_time())
    for answer in answers:
        desk.read(answer)
        at.append(time.process_time())
    found = desk.decide(WITHIN_MS)
    at.append(time.process_time())
    if not found.hunks:
        raise ValueError(f"nothing was offered: {found.why}")
    opened, *read, deciding = ((b - a) * 1000 for a, b in pairwise(at))
    return Took(opened, tuple(read), deciding)
