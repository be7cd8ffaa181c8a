"""Four of five members fail, each in its own way, beside a healthy one: is it as good as alone?"""

from tests.support.failing_members import CAP_MS, HEALTHY, NAMES, session
from tests.support.figures import Figure, at_share, median, scaled

REQUESTS = 1000
LEAST_REQUESTS = 60


def failing_members(share: float) -> list[Figure]:
    """The same requests to all five members, and to the healthy one alone."""
    requests = scaled(REQUESTS, share, LEAST_REQUESTS)
    alone, five = session([HEALTHY], requests), session(NAMES, requests)
    of_all = f"of {requests}"
    in_time = sum(ms <= CAP_MS for ms in five.times_ms)
    same = sum(a == b for a, b in zip(alone.texts, five.texts, strict=True))
    with_text = sum(text is not None for text in five.texts)
    most_open = max(seen.most_open for seen in five.seen.values())
    left_open = sum(seen.open for seen in five.seen.values())
    failing = sum(five.seen[name].requests for name in ("broken", "reset", "garbage"))
    name = "failing members"
    return [
        Figure(f"{name}: answered within {CAP_MS} ms", in_time, of_all, f"= {requests}"),
        Figure(f"{name}: same as the healthy one alone", same, of_all, f"= {requests}"),
        Figure(f"{name}: with text", with_text, of_all, f"= {requests}"),
        Figure(f"{name}: longest", max(five.times_ms), "ms", f"<= {CAP_MS}"),
        Figure(f"{name}: p50", median(five.times_ms), "ms"),
        Figure(f"{name}: p50, the healthy one alone", median(alone.times_ms), "ms"),
        Figure(f"{name}: p95", at_share(five.times_ms, 0.95), "ms"),
        Figure(f"{name}: p95, the healthy one alone", at_share(alone.times_ms, 0.95), "ms"),
        Figure(f"{name}: most connections to one", most_open, "", "<= 8"),
        Figure(f"{name}: connections left open", left_open, "", "= 0"),
        Figure(f"{name}: requests to those that fail", failing, f"of {3 * requests}"),
    ]
