"""From starting the process to its reply to ``initialize``."""

import time

from tests.support.figures import Figure, median, scaled
from tests.support.sides import Side, ours, smallest

STARTS = 30
LEAST_STARTS = 5
BAR = 1.1


def startup(share: float) -> list[Figure]:
    """Both servers by turns; the first of each reads the files into memory and does not count."""
    with ours(["http://127.0.0.1:9"]) as mine:
        sides = (smallest(), mine)
        times: list[list[float]] = [[], []]
        for _ in range(scaled(STARTS, share, LEAST_STARTS) + 1):
            for side, found in zip(sides, times, strict=True):
                found.append(_start_ms(side))
    beside, own = (median(found[1:]) for found in times)
    return [
        Figure("start to initialize reply, smallest server: p50", beside, "ms"),
        Figure("start to initialize reply: p50", own, "ms"),
        Figure(
            "start to initialize reply, beside the smallest", own / beside, "times", f"<= {BAR}"
        ),
    ]


def _start_ms(side: Side) -> float:
    with side.client() as client:
        client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        return (time.perf_counter() - client.started_s) * 1000
