"""The weights that the user's settings name."""

import os
import stat
from pathlib import Path

from fusionls.core.weights import SHIPPED, Weights, WeightsError, weights_from_json

# Weights of a hundred members take some 10 kB.
MOST_BYTES = 1_000_000
# What a file is known by: its path, and its time (nanoseconds) and size when it was read.
_Seen = tuple[str, int, int]


class WeightsFile:
    """Reads files of weights, each once until it changes. One that is bad is told, and changes nothing."""

    def __init__(self) -> None:
        self._seen: _Seen | None = None
        self._weights = SHIPPED
        self._news: list[str] = []
        self._said = ""

    def read(self, name: str) -> Weights:
        """Return the weights in the file ``name``, those that are shipped if it is empty. Never raises."""
        if not name:
            return SHIPPED
        file = Path(os.path.expanduser(name))  # noqa: PTH111 - Path raises where nobody has a home
        try:
            found = file.stat()
            seen = (str(file), found.st_mtime_ns, found.st_size)
            if seen == self._seen:
                return self._weights
            self._seen, self._weights = seen, SHIPPED
            if not stat.S_ISREG(found.st_mode):
                # A pipe would be waited for, and a device may never end.
                raise WeightsError("it is no plain file")
            if found.st_size > MOST_BYTES:
                raise WeightsError(f"it has more than {MOST_BYTES} bytes")
            self._weights = weights_from_json(file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            self._weights = SHIPPED
            self._say(f"The weights in {file} cannot be used: {why}. They weigh as those shipped.")
        return self._weights

    def _say(self, sentence: str) -> None:
        if sentence != self._said:
            self._said = sentence
            self._news.append(sentence)

    def news(self) -> tuple[str, ...]:
        """Return what is wrong, in sentences, each of them once."""
        news, self._news = self._news, []
        return tuple(news)
