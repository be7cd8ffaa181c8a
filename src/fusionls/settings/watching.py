"""One settings file as it is now: read when it has changed; if it is broken, its last good content counts."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Generic, TypeVar

from fusionls.settings.places import SourceText
from fusionls.settings.problems import Problem, few, shown
from fusionls.settings.reading import GONE, UnusableError, text_of
from fusionls.settings.schema import Block
from fusionls.settings.taking import Kind, Taken

B = TypeVar("B", bound=Block)
# A file that was written so lately may be written again without its time changing: clocks of file systems
# tick every ten milliseconds. It is also how long an empty file may be one that is just being saved.
FRESH_NS = 50_000_000
KEPT = "What it said before stays in force until this is mended."

# What is known of a file without reading it: when it was changed, its size and number; or why it cannot be
# looked at, or None if it is not there.
Look = tuple[int, int, int, int] | int | None


class WatchedFile(Generic[B]):
    """A file that may appear, change, break and vanish.

    ``block`` is its last good content, None as long as there is no file; ``source`` knows its lines.
    ``problems`` are the mistakes in it, ``in_vain`` what it says without effect beside others' settings.
    """

    def __init__(self, file: Path, kind: Kind[B]) -> None:
        """Watch ``file``, which is of ``kind``. Nothing is read yet."""
        self.file = file
        self.block: B | None = None
        self.source: SourceText | None = None
        self.problems: tuple[Problem, ...] = ()
        self.in_vain: tuple[Problem, ...] = ()
        self._path = str(file)
        self._kind = kind
        self._seen: Look | bool = False
        self._text: str | None = None
        self._is_good = False
        self._news: list[str] = []
        self._told: set[str] = set()

    @property
    def is_there(self) -> bool:
        """Whether something was in its place when it was last looked at, or may have been."""
        return self._seen is not None

    def look(self) -> bool:
        """Read the file if it has changed, and tell whether that may change the settings. Never raises."""
        try:
            found = os.stat(self._path)  # noqa: PTH116 - it is called for each request, and Path costs more
            seen: Look = (found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns)
        except OSError as error:
            seen = None if error.errno in GONE else error.errno
        except ValueError:
            seen = None
        if seen == self._seen:
            return False
        if isinstance(seen, tuple) and abs(time.time_ns() - seen[0]) < FRESH_NS:
            if seen[1] == 0 and self._is_good:
                return False
            # It is read now, and looked at again the next time.
            self._seen = False
        else:
            self._seen = seen
        return self._read()

    def tell(self, problems: Iterable[Problem], state: str = "") -> None:
        """Add a sentence to the news, if it was not told since the file has changed."""
        said = "; ".join(few(problems))
        if said and said not in self._told:
            self._told.add(said)
            self._news.append(f"{shown(self._path)}: {said}. {state}".rstrip())

    def has_no_effect(self, problems: Iterable[Problem]) -> None:
        """Note what the file says in vain."""
        self.in_vain = tuple(problems)
        self.tell(self.in_vain)

    def take_news(self) -> list[str]:
        """Return the sentences that were not returned yet."""
        news, self._news = self._news, []
        return news

    def _read(self) -> bool:
        try:
            text = text_of(self.file, self._kind.most_bytes)
        except UnusableError as error:
            return self._broken(str(error), error.line)
        if text is None:
            return self._gone()
        if text == self._text:
            return False
        self._text = text
        self._told.clear()
        return self._taken(self._kind.take(self.file, text))

    def _taken(self, taken: Taken[B]) -> bool:
        self.problems = taken.problems
        if self._is_good and not taken.is_good:
            self.tell(taken.problems, KEPT)
            return False
        was_there = self.block is not None
        self.block, self.source = taken.block, taken.source
        self._is_good = taken.is_good and taken.block is not None
        self.tell(taken.problems, "" if taken.is_good else taken.instead)
        return was_there or self.block is not None

    def _broken(self, said: str, line: int | None) -> bool:
        """Do as with a text in which nothing is right."""
        problem = Problem(said, (), line)
        self._text, self.problems = None, (problem,)
        if self._is_good:
            self.tell([problem], KEPT)
            return False
        was = self.block
        self.block, self.source = self._kind.unread, None
        self.tell([problem], self._kind.instead)
        return was != self.block

    def _gone(self) -> bool:
        was_there = self.block is not None
        self.block = self.source = self._text = None
        self._is_good, self.problems = False, ()
        self._told.clear()
        return was_there
