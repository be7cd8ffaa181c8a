"""Five members over real HTTP, one of which takes requests and never answers: is anybody kept waiting?"""

from tests.support.cast import Kind, Role, earliest_ms
from tests.support.cast_server import cast_served
from tests.support.figures import Figure, at_share, median, scaled
from tests.support.line_writer import Answered, LineWriter
from tests.support.sides import ours

REQUESTS, LEAST_REQUESTS = 2_000, 40
CAP_MS = 350
LATE_AFTER_MS = 25
BAR_LATE = 0.001
# Connections are opened and grammars loaded by then; a session has hundreds of requests.
WARM_UP = 10
ROLES = (
    Role("first", p50_ms=40),
    Role("second", p50_ms=60),
    Role("third", p50_ms=80),
    Role("fourth", p50_ms=110),
    Role("stalled", faults=1.0, kinds=(Kind.HANGS,)),
)


def stalled_http(share: float) -> list[Figure]:
    requests = scaled(REQUESTS, share, LEAST_REQUESTS)
    # What is kept back as unlikely is no matter of time.
    with (
        cast_served(ROLES) as (urls, _),
        ours(urls, CAP_MS, "threshold = 0.0") as side,
        side.client() as client,
    ):
        writer = LineWriter(client)
        writer.begin()
        for number in range(WARM_UP):
            writer.asked(number)
        answered = [writer.asked(WARM_UP + number) for number in range(requests)]
        client.stop()
    return _figures(answered)


def _figures(answered: list[Answered]) -> list[Figure]:
    times = [one.took_ms for one in answered]
    late = sum(ms > CAP_MS + LATE_AFTER_MS for ms in times)
    could = [one for one in answered if earliest_ms(ROLES, one.number) <= CAP_MS]
    with_text = sum(one.text is not None for one in could)
    name = f"stalled over HTTP, {len(times)} requests"
    bar = int(BAR_LATE * len(times))
    return [
        Figure(f"{name}: after the cap and {LATE_AFTER_MS} ms", late, "", f"<= {bar}"),
        Figure(f"{name}: longest", max(times), "ms"),
        Figure(f"{name}: p50", median(times), "ms"),
        Figure(f"{name}: p99", at_share(times, 0.99), "ms"),
        Figure(f"{name}: with text where it was possible", with_text / len(could), "", ">= 0.9"),
    ]
