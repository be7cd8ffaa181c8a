"""Patterns for paths as git writes them, matched in time that is bounded by path times pattern.

A project may bring any pattern and any path. A matcher that tries all ways to share a name out among the
asterisks is hung by ``*a*a*a*a*b`` and a name of 160 letters; here every asterisk takes the least that it
can and nothing is tried twice, which finds the same names.
"""

import re
import unicodedata
from collections.abc import Iterable

_ANY_FOLDERS = "**"
# A segment is a whole name: it begins and ends at a slash or an end of the path.
_BEGIN, _END = r"(?<![^/])", r"(?=/|\Z)"
# As in git, letters are those of ASCII here.
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-\x2f:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_CLASS = re.compile(r"\[:(\w+):\]")
_WILD = re.compile(r"[*?\[\\]")


def folded(path: str) -> str:
    """Return ``path`` in the one spelling that ``PathPatterns`` compares: no case, composed letters."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path.casefold())


class PathPatterns:
    """What ``lines`` match, in any case. They only add: a line that begins with ``!`` takes nothing back.

    ``unread`` are the lines that begin with ``!`` or can match nothing. Paths that are asked for
    were ``folded``, have no slash at their ends and no ``..``.
    """

    __slots__ = ("_from_root", "_named", "_names", "_placed", "_rooted", "is_empty", "unread")

    def __init__(self, lines: Iterable[str]) -> None:
        rooted: list[str] = []
        placed: list[str] = []
        named: list[str] = []
        names: set[str] = set()
        unread: list[str] = []
        for line in lines:
            if is_void(line):
                continue
            rule = None if line.startswith("!") else _Rule.read(_folded_line(line))
            regex = rule.regex_with_all_below() if rule else None
            if rule is None or regex is None:
                unread.append(line)
            elif rule.is_plain_name:
                names.add(rule.segments[0])
            elif not rule.anchored:
                named.append(regex)
            else:
                (rooted if line.startswith("/") else placed).append(regex)
        self._names = frozenset(names)
        self._from_root = _one_of("", [*rooted, *placed])
        self._rooted = _one_of("", rooted)
        self._named = _one_of(_BEGIN, named)
        self._placed = _one_of(_BEGIN, placed)
        self.is_empty = not (rooted or placed or named or names)
        self.unread = tuple(unread)

    def match(self, path: str) -> bool:
        """Tell whether the file ``path``, relative to the root, or a folder it lies in is matched."""
        if not self._names.isdisjoint(path.split("/")):
            return True
        if self._named and self._named.search(path):
            return True
        return bool(self._from_root and self._from_root.match(path))

    def match_absolute(self, path: str, *, outside: bool) -> bool:
        """Tell whether a pattern that begins with a slash means the absolute ``path`` or a folder above.

        A path that lies ``outside`` has no place in the root, so that there the other patterns may
        begin at any folder.
        """
        if self._rooted and self._rooted.match(path):
            return True
        if not outside:
            return False
        if not self._names.isdisjoint(path.split("/")):
            return True
        return any(regex and regex.search(path) for regex in (self._named, self._placed))


def pattern_of(line: str) -> "re.Pattern[str] | None":
    """Return what the ``line`` of an ignore file matches, None if it means nothing. Case counts.

    It is matched from the start of a relative path, and a folder's path ends with a slash. What
    lies below a folder that is matched is not. A leading ``!`` is the caller's to read.
    """
    rule = None if is_void(line) else _Rule.read(line)
    regex = rule.regex_of_itself() if rule else None
    return re.compile(regex, re.DOTALL) if regex else None


def _folded_line(line: str) -> str:
    return folded(line).replace("[:upper:]", "[:lower:]")


def is_void(line: str) -> bool:
    """Tell whether ``line`` is blank or a comment."""
    return not line.strip() or line.startswith("#")


def _one_of(before: str, regexes: list[str]) -> "re.Pattern[str] | None":
    return re.compile(f"{before}(?:{'|'.join(regexes)})", re.DOTALL) if regexes else None


class _Rule:
    """One pattern: its segments, whether it begins at the root, and whether it means folders alone."""

    __slots__ = ("anchored", "folders_only", "segments")

    def __init__(self, segments: list[str], *, anchored: bool, folders_only: bool) -> None:
        self.segments = segments
        self.anchored = anchored
        self.folders_only = folders_only

    @classmethod
    def read(cls, line: str) -> "_Rule | None":
        """Return the rule that ``line`` states, None if a segment is empty."""
        text = _without_blanks(line)
        folders_only = text.endswith("/")
        text = text.removesuffix("/")
        segments: list[str] = []
        for segment in text.removeprefix("/").split("/"):
            if segment != _ANY_FOLDERS or segments[-1:] != [_ANY_FOLDERS]:
                segments.append(segment)
        if segments[-1] == _ANY_FOLDERS:
            # At the end they are everything below; with a slash behind them no folder at all will do.
            segments = segments[:-1] if folders_only and len(segments) > 1 else [*segments, "*"]
        if not all(segments):
            return None
        anchored = "/" in text
        if len(segments) == 2 and segments[0] == _ANY_FOLDERS:
            del segments[0]
            anchored = False
        return cls(segments, anchored=anchored, folders_only=folders_only)

    @property
    def is_plain_name(self) -> bool:
        return not (self.anchored or self.folders_only or _WILD.search(self.segments[0]))

    def regex_with_all_below(self) -> str | None:
        """Return the expression for a path or a folder above it; None if it can match nothing."""
        groups = self._groups()
        if groups is None:
            return None
        # The first place serves as well as any later one: what lies below it is matched, too.
        found = "/".join(groups[0])
        for group in groups[1:]:
            found += ("/" if found else "") + rf"(?>(?:[^/]+/)*?{'/'.join(group)})"
        return found + ("(?=/)" if self.folders_only else "")

    def regex_of_itself(self) -> str | None:
        """Return the expression for a path alone; None if it can match nothing."""
        groups = self._groups()
        if groups is None:
            return None
        if not self.anchored:
            groups.insert(0, [])
        found = "/".join(groups[0])
        for group in groups[1:-1]:
            found += ("/" if found else "") + rf"(?>(?:[^/]+/)*?{'/'.join(group)})"
        if len(groups) > 1:
            found += ("/" if found else "") + rf"(?:[^/]+/)*?{'/'.join(groups[-1])}"
        return found + ("/" if self.folders_only else "/?") + r"\Z"

    def _groups(self) -> list[list[str]] | None:
        """Return the expressions of the segments, parted where any folders may lie between."""
        groups: list[list[str]] = [[]]
        for segment in self.segments:
            if segment == _ANY_FOLDERS:
                groups.append([])
                continue
            part = _segment(segment)
            if part is None:
                return None
            groups[-1].append(part)
        return groups


def _without_blanks(line: str) -> str:
    text = line.rstrip("\r\n")
    while text.endswith((" ", "\t")) and text[-2:-1] != "\\":
        text = text[:-1]
    return text


def _segment(text: str) -> str | None:
    """Return the expression for one name, which takes the whole name and is never tried another way."""
    chunks = [""]
    at = 0
    while at < len(text):
        sign = text[at]
        at += 1
        if sign == "*":
            chunks.append("")
        elif sign == "?":
            chunks[-1] += "[^/]"
        elif sign == "[":
            found = _bracket(text, at)
            if found is None:
                return None
            chunks[-1] += found[0]
            at = found[1]
        elif sign != "\\":
            chunks[-1] += re.escape(sign)
        elif at == len(text):
            return None
        else:
            chunks[-1] += re.escape(text[at])
            at += 1
    if len(chunks) == 1:
        return chunks[0] + _END
    first, *middle, last = chunks
    taken = "".join(rf"(?>[^/]*?{chunk})" for chunk in middle if chunk)
    some = "*" if any(chunks) else "+"
    return rf"(?>{first}{taken}[^/]{some}{last}{_END})"


def _bracket(text: str, at: int) -> tuple[str, int] | None:
    """Return the expression for the set that begins at ``at``, and where it ends."""
    negated = text[at : at + 1] in ("!", "^")
    at += negated
    first = at
    members = ""
    while at < len(text) and (text[at] != "]" or at == first):
        if named := _CLASS.match(text, at):
            if named[1] not in _CLASSES:
                return None
            members += _CLASSES[named[1]]
            at = named.end()
            continue
        low, at = _one(text, at)
        if text[at : at + 1] == "-" and text[at + 1 : at + 2] not in ("", "]"):
            high, at = _one(text, at + 1)
            members += f"{re.escape(low)}-{re.escape(high)}" if low <= high else ""
        else:
            members += re.escape(low)
    if at >= len(text):
        return None
    if not members:
        return ("[^/]" if negated else "(?!)"), at + 1
    return (f"[^/{members}]" if negated else f"(?!/)[{members}]"), at + 1


def _one(text: str, at: int) -> tuple[str, int]:
    if text[at] == "\\" and at + 1 < len(text):
        at += 1
    return text[at], at + 1
