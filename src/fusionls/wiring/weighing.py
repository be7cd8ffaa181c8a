"""The weights that the user's settings name."""

import os
import stat
from pathlib import Path

from fusionls.core.weights import SHIPPED, Weights, WeightsError, weights_from_json

# Weights of a hundred members take some 10 kB.
MOST_BYTES = 1_000_000
# What a file is known by: its number, and its time (nanoseconds) and size when it was read; None if it
# could not be looked at.
_Seen = tuple[int, int, int] | None


class WeightsFile:
    """Reads files of weights, each once until it changes. One that is bad is told, and changes nothing."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Seen, Weights]] = {}
        self._news: list[str] = []
        self._said = ""

    def read(self, name: str) -> Weights:
        """Return the weights in the file ``name``, those that are shipped if it is empty. Never raises."""
        if not name:
            return SHIPPED
        seen = _seen(name)
        known = self._known.get(name)
        if known is not None and seen is not None and known[0] == seen:
            return known[1]
        weights = SHIPPED
        try:
            weights = _read(_file(name))
            self._said = ""
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            self._say(
                f"The weights in {_file(name)} cannot be used: {why}. They weigh as those shipped."
            )
        self._known[name] = (seen, weights)
        return weights

    def have_changed(self) -> bool:
        """Tell whether a file that was read is another one now, and is to be read again. Never raises."""
        if all(_seen(name) == seen for name, (seen, _) in self._known.items()):
            return False
        # Those that the settings still name will be read; the others are not looked at any more.
        self._known.clear()
        return True

    def _say(self, sentence: str) -> None:
        if sentence != self._said:
            self._said = sentence
            self._news.append(sentence)

    def news(self) -> tuple[str, ...]:
        """Return what is wrong, in sentences, each of them once."""
        news, self._news = self._news, []
        return tuple(news)


def _file(name: str) -> Path:
    return Path(os.path.expanduser(name))  # noqa: PTH111 - Path raises where nobody has a home


def _seen(name: str) -> _Seen:
    try:
        found = _file(name).stat()
    except (OSError, ValueError):
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def _read(file: Path) -> Weights:
    """Return the weights in ``file``. Raises OSError or ValueError."""
    found = file.stat()
    if not stat.S_ISREG(found.st_mode):
        # A pipe would be waited for, and a device may never end.
        raise WeightsError("it is no plain file")
    if found.st_size > MOST_BYTES:
        raise WeightsError(f"it has more than {MOST_BYTES} bytes")
    return weights_from_json(file.read_text("utf-8"))
