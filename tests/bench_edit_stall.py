"""How long the server's loop stands still while edits of a long file are read and decided on.

Five whole-file answers on a file of 10,000 lines go to the process that reads and fuses them, through the
same pipes as in the server, and somebody else has something to do every millisecond. What the loop itself
still has to do is to write and read long lines of JSON. The bar is for the processor's time that it takes at
a stretch, which a busy machine spoils least; beside it stand the stalls by the clock, with edits and of a
loop with nothing to do.
"""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from fusionls.core.editing.orders import EditOrder, ReadOrder
from fusionls.local.edit_process import EditProcess
from tests.bench_edit_desk import WITHIN_MS, answers_of, order_of
from tests.bench_fusing import library
from tests.support.figures import Figure, median, scaled

LINES = 10_000
ROUNDS, LEAST_ROUNDS = 8, 3
TICK_S = 0.001
# A key and its change must not wait: a tenth of what people notice.
BAR_MS = 20
# A busy machine may take ten times as long as usual.
CALL_S = 60.0


@dataclass(frozen=True, slots=True)
class Stall:
    """The longest stretch in which a loop did nothing else: by the processor, by the clock (milliseconds).

    ``took_s`` is how long all of it took.
    """

    busy_ms: float
    clock_ms: float
    took_s: float


def edit_stall(share: float) -> list[Figure]:
    """Return the longest stalls, and how long a person waited."""
    return asyncio.run(_figures(scaled(ROUNDS, share, LEAST_ROUNDS)))


async def _figures(rounds: int) -> list[Figure]:
    text = library(LINES)
    desks = EditProcess(call_s=CALL_S)
    try:
        # The first one starts the process and compiles queries.
        _, *stalls = [await _of_request(desks, text, seed) for seed in range(rounds + 1)]
        took_s = sum(one.took_s for one in stalls) / rounds
        idle = [await _longest_stall(asyncio.sleep(took_s)) for _ in range(rounds)]
    finally:
        await desks.aclose()
    what, bar = f"edits of {LINES:,} lines", f"<= {BAR_MS}"
    busy = max(one.busy_ms for one in stalls)
    clock = median([one.clock_ms for one in stalls])
    return [
        Figure(f"{what}: longest time that the loop is busy at a stretch", busy, "ms", bar),
        Figure(f"{what}: longest stall of a request by the clock, p50", clock, "ms"),
        Figure(f"{what}: the same of an idle loop", median([i.clock_ms for i in idle]), "ms"),
        Figure(f"{what}: five answers read and merged in the process, mean", took_s * 1000, "ms"),
    ]


async def _of_request(desks: EditProcess, text: str, seed: int) -> Stall:
    answers = list(answers_of("python", text, seed))
    return await _longest_stall(_fused(desks, order_of("python", text), answers))


async def _fused(desks: EditProcess, order: EditOrder, answers: Sequence[ReadOrder]) -> None:
    """Read the answers and decide on them, as for one request."""
    desk = desks.desk()
    try:
        await desk.open(order)
        for answer in answers:
            await desk.read(answer)
        decision = await desk.decide(WITHIN_MS)
        if not decision.hunks:
            raise ValueError(f"nothing was offered: {decision.why}")
    finally:
        await desk.aclose()


async def _longest_stall(work: Awaitable[None]) -> Stall:
    """Return what ``work`` did to the loop."""
    busy_s = clock_s = 0.0
    task = asyncio.ensure_future(work)
    begun = time.perf_counter()
    while not task.done():
        clock, busy = time.perf_counter(), time.thread_time()
        await asyncio.sleep(TICK_S)
        clock_s = max(clock_s, time.perf_counter() - clock - TICK_S)
        busy_s = max(busy_s, time.thread_time() - busy)
    await task
    return Stall(busy_s * 1000, clock_s * 1000, time.perf_counter() - begun)
