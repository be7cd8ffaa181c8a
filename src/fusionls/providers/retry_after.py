"""How long a server asks to be left alone: the header Retry-After, in seconds or as a date."""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

# Whatever a server says, one request an hour later costs little, and many a limit ends sooner than it said.
LONGEST_S = 3600.0
# Zero and dates that have just passed mean "soon", and not "as often as you can".
SHORTEST_S = 1.0
_SECONDS = re.compile(r"(?P<whole>[0-9]+)(\.[0-9]*)?")
# No wait has more digits; a longer number is only ever read as "long".
_DIGITS = 9
# A date in any of HTTP's three forms is shorter.
_DATE_LENGTH = 64


def retry_after_s(headers: Mapping[str, str], now_s: float | None = None) -> float | None:
    """Return the seconds to wait, within SHORTEST_S and LONGEST_S, None if nothing sane is said.

    ``now_s`` is the time now in seconds since 1970. A date is compared with the server's own clock if the
    answer tells it, as ours may be wrong.
    """
    said = headers.get("retry-after", "").strip()
    if seconds := _SECONDS.fullmatch(said):
        long = len(seconds["whole"]) > _DIGITS
        return _clamped(LONGEST_S if long else float(said))
    then_s = _date_s(said)
    here_s = _date_s(headers.get("date", ""))
    since_s = now_s if here_s is None else here_s
    return None if then_s is None or since_s is None else _clamped(then_s - since_s)


def duration_s(said: object) -> float | None:
    """Return the seconds in a duration such as "34s" or "0.25s", clamped, None if it is not one."""
    text = said.removesuffix("s") if isinstance(said, str) else ""
    return retry_after_s({"retry-after": text}) if text != said else None


def _clamped(seconds: float) -> float:
    return min(LONGEST_S, max(SHORTEST_S, seconds))


def _date_s(said: str) -> float | None:
    """Return an HTTP date in seconds since 1970, or None if it is not one."""
    if not said or len(said) > _DATE_LENGTH:
        return None
    try:
        date = parsedate_to_datetime(said)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
