"""What a key looks like, wherever it was kept."""

import re
from dataclasses import dataclass, field

# The longest keys are signed tokens of some KB.
MOST_BYTES = 16 * 1024
# A key is sent in a header: a line break in it would begin another header.
_KEY = re.compile(r"[\x21-\x7e]+")


class KeyUnavailable(Exception):
    """There is no key. The text is a sentence for people; it never holds a key nor where one was read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading gave. Tasks, futures and handles print what they hold, and this one prints no key."""

    content: bytes = field(default=b"", repr=False)
    why_not: str = ""

    def get(self) -> bytes:
        """Return the content. Raises KeyUnavailable if there is none."""
        if self.why_not:
            raise KeyUnavailable(self.why_not)
        return self.content


def why_not(error: Exception) -> str:
    """Return a sentence for ``error``. Only our own words are repeated: others may hold what was read."""
    if isinstance(error, KeyUnavailable):
        return str(error)
    return f"the key cannot be read ({type(error).__name__})"


def key_in(content: bytes, place: str) -> str:
    """Return the key in ``content``: its first line. Raises KeyUnavailable, which names the ``place``."""
    if len(content) > MOST_BYTES:
        raise KeyUnavailable(f"the {place} gives more than {MOST_BYTES} bytes: that is no key")
    # Not strictly, because the error would hold the key.
    text = content.decode("utf-8-sig", "replace").strip()
    # Password stores print the key first and notes after it.
    key = text.partition("\n")[0].strip()
    if not key:
        raise KeyUnavailable(f"the {place} is not set or empty")
    if not _KEY.fullmatch(key):
        raise KeyUnavailable(f"the {place} holds characters that no key has")
    return key
