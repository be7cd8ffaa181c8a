"""From a file to a table. Whatever lies in its place, there is one clear sentence."""

import errno
import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

# A settings file has some kilobytes.
MOST_BYTES = 1_000_000
# A pyproject.toml belongs to others, and is searched for our table only.
MOST_FOREIGN_BYTES = 16_000_000
GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})
REMEDIES = {
    errno.EACCES: "you may not read it: give yourself the right to",
    errno.EPERM: "you may not read it: give yourself the right to",
    errno.EISDIR: "it is a folder: put a file in its place, or remove it",
    errno.ELOOP: "it is a link that leads back to itself: remove the link",
}
AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$| \(at end of document\)$")
NOT_REGULAR = "it is no ordinary file: put one in its place, or remove it"


class UnusableError(Exception):
    """A file cannot be used. Its text is a sentence without the file's name; ``line`` is from 1, if known."""

    def __init__(self, said: str, line: int | None = None) -> None:
        super().__init__(said)
        self.line = line


def text_of(file: Path | str, most_bytes: int = MOST_BYTES) -> str | None:
    """Return the text of ``file`` without a byte order mark, None if there is no such file.

    Raises UnusableError.
    """
    content = _bytes_of(file, most_bytes)
    if content is None:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnusableError("it is not UTF-8 text: save it as UTF-8", line) from error


def table_of(text: str) -> dict[str, Any]:
    """Return the table that ``text`` is. Raises UnusableError."""
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnusableError("it has a null byte, which no text has: remove it", line)
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise UnusableError("it is nested too deeply to be read: use fewer brackets") from error
    except ValueError as error:
        # TOMLDecodeError, and what int() says of a number with thousands of digits.
        at = AT_LINE.search(str(error))
        said = f"it is not valid TOML: {_in_words(AT_LINE.sub('', str(error)))}"
        raise UnusableError(said, _line(at, text)) from error


def too_big(size: int, most: int) -> str:
    """Return the sentence about a file of ``size`` bytes."""
    return f"it has {size / 1e6:.1f} MB, and the most is {most / 1e6:.0f} MB: shorten it"


def _line(at: re.Match[str] | None, text: str) -> int | None:
    if at is None:
        return None
    return int(at[1]) if at[1] else text.count("\n") + 1


def _in_words(said: str) -> str:
    if said.startswith(("Cannot overwrite", "Cannot declare", "Duplicate")):
        return "this stands in the file twice: leave one of the two"
    if "Exceeds the limit" in said:
        return "a number has too many digits"
    return said[:1].lower() + said[1:]


def _bytes_of(file: Path | str, most_bytes: int) -> bytes | None:
    # Without waiting: what is in its place may be a pipe that nobody writes to.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(file, flags)
    except ValueError:
        # A null byte, or half a character: there can be no file of such a name.
        return None
    except OSError as error:
        if error.errno in GONE:
            return None
        raise UnusableError(_cannot(error)) from error
    try:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            raise UnusableError(f"it cannot be read: {REMEDIES[errno.EISDIR]}")
        if not stat.S_ISREG(found.st_mode):
            raise UnusableError(f"it cannot be read: {NOT_REGULAR}")
        if found.st_size > most_bytes:
            raise UnusableError(too_big(found.st_size, most_bytes))
        with open(descriptor, "rb", closefd=False) as opened:
            return opened.read(most_bytes)
    except OSError as error:
        raise UnusableError(_cannot(error)) from error
    finally:
        os.close(descriptor)


def _cannot(error: OSError) -> str:
    return f"it cannot be read: {REMEDIES.get(error.errno or 0, error.strerror or 'the system says why not')}"
