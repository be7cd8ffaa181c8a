"""What a server adds to its backend's time: ``interfaces.md``, "Overhead, one definition".

From the request written to the reply read, less the span in which the member that decided was busy. It
decides when it answers: the only one, or of five the second, with whom the first agrees. Keys are not held
back to see whether more come.
"""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from fusionls.settings.schema import CompletionBlock
from tests.support.blocking_client import BlockingClient
from tests.support.figures import Figure, at_share, median, scaled
from tests.support.sides import Backend, backends, ours, smallest

DELAY_MS = 20
ROUNDS = 1000
LEAST_ROUNDS = 20
# The first requests open connections and generate code; a session has hundreds.
WARM_UP = 20
# An editor's change and its request are some milliseconds apart; whatever the change costs is over.
PAUSE_S = 0.005
MEMBERS = 5
# Beside the smallest server: at the median, and at the 99th percentile, if there is a bar.
BARS = {"one member": (1.0, None), "five members": (1.5, 2.0)}
UNDELAYED = "debounce = false" if "debounce" in CompletionBlock.model_fields else ""
URI = "file:///me/shop.py"
# About what is open on a screen or two, and a function that is being written behind it.
TEXT = (
    "".join(
        f"def price_of_{n}(article, count):\n    total = article.price * count + {n}\n"
        "    if count > 10:\n        total -= total * 0.1\n    return round(total, 2)\n\n\n"
        for n in range(15)
    )
    + "def total(items):\n    return sum("
)
LINE, COLUMN = TEXT.count("\n"), len(TEXT) - TEXT.rfind("\n") - 1


@dataclass(slots=True)
class Asked:
    """A client, its backends, and when each of its requests was written and answered."""

    client: BlockingClient
    members: list[Backend]
    windows: list[tuple[float, float]] = field(default_factory=list)
    with_text: int = 0
    typed: int = 0

    def begin(self) -> None:
        self.client.start()
        self.client.open(URI, TEXT)
        for _ in range(WARM_UP):
            self.ask()
        self.windows.clear()
        self.with_text = 0

    def ask(self) -> None:
        """Type a character, so that nothing is remembered, and ask."""
        at = {"line": LINE, "character": COLUMN + self.typed}
        self.typed += 1
        change = {"range": {"start": at, "end": at}, "text": "x"}
        identifier = {"uri": URI, "version": self.typed + 1}
        self.client.notify(
            "textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]}
        )
        time.sleep(PAUSE_S)
        params = {
            "textDocument": {"uri": URI},
            "position": at | {"character": COLUMN + self.typed},
            "context": {"triggerKind": 2},
        }
        start = time.monotonic()
        result = self.client.request("textDocument/inlineCompletion", params)["result"]
        self.windows.append((start, time.monotonic()))
        self.with_text += bool(result["items"] if isinstance(result, dict) else result)

    def overheads_ms(self) -> list[float]:
        """Return the overhead of every request that the members answered."""
        spans = sorted(span for member in self.members for span in member.spans())
        deciding = min(2, len(self.members))
        found = []
        for start, end in self.windows:
            inside = sorted((b, a) for a, b in spans if start <= a and b <= end)
            if len(inside) >= deciding:
                answered, asked = inside[deciding - 1]
                found.append((end - start - (answered - asked)) * 1000)
        return found


def overhead(share: float) -> list[Figure]:
    """The three servers by turns, request by request, so that a busy machine spoils all alike."""
    rounds = scaled(ROUNDS, share, LEAST_ROUNDS)
    delay = ("--after-ms", str(DELAY_MS))
    with ExitStack() as stack:
        [plain] = stack.enter_context(backends(1, "answer-whole", *delay))
        one = stack.enter_context(backends(1, "answer", *delay))
        five = stack.enter_context(backends(MEMBERS, "answer", *delay))
        started = []
        for side, members in (
            (smallest(plain.url), [plain]),
            (stack.enter_context(ours([one[0].url], completion=UNDELAYED)), one),
            (stack.enter_context(ours([m.url for m in five], completion=UNDELAYED)), five),
        ):
            started.append(Asked(stack.enter_context(side.client()), members))
        for asked in started:
            asked.begin()
        for _ in range(rounds):
            for asked in started:
                asked.ask()
        for asked in started:
            asked.client.stop()
    return _figures(*started)


def _figures(reference: Asked, one: Asked, five: Asked) -> list[Figure]:
    beside = reference.overheads_ms()
    figures = [
        Figure("overhead, smallest server: p50", median(beside), "ms"),
        Figure("overhead, smallest server: p95", at_share(beside, 0.95), "ms"),
        Figure("overhead, smallest server: p99", at_share(beside, 0.99), "ms"),
    ]
    for asked, (name, bars) in zip((one, five), BARS.items(), strict=True):
        times = asked.overheads_ms()
        nulls = len(asked.windows) - asked.with_text
        figures += [
            Figure(f"overhead, {name}: p50", median(times), "ms"),
            Figure(f"overhead, {name}: p95", at_share(times, 0.95), "ms"),
            Figure(f"overhead, {name}: p99", at_share(times, 0.99), "ms"),
            *(
                Figure(
                    f"overhead, {name}: p{share * 100:.0f} beside the smallest",
                    at_share(times, share) / at_share(beside, share),
                    "times",
                    f"<= {bar}" if bar else "",
                )
                for share, bar in zip((0.5, 0.99), bars, strict=True)
            ),
            Figure(f"overhead, {name}: null answers", nulls, f"of {len(asked.windows)}"),
        ]
    return figures
