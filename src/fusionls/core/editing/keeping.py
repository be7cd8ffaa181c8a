"""What a model's text keeps of the text before: line ends, form feeds, a byte order mark, tabs or blanks."""

from collections.abc import Sequence

from fusionls.core.text import (
    indentation,
    line_end_of,
    lines_with_ends,
    split_lines,
    strip_line_end,
)

_FEED = "\f"
_MARK = "\ufeff"
# Files with tabs for some lines and blanks for others are left as a model writes them.
_UNIT = "    "
_SHORTEST_UNIT = 2


def kept_as(before: str, new: str, fenced: bool = False) -> str:
    """Return ``new`` with the line ends, form feeds and byte order mark of ``before``.

    ``fenced``: the last line end of ``new`` belongs to the fence, so ``before`` says whether there is one.
    """
    if not before:
        return new
    text = new.removeprefix(_MARK)
    if before.startswith(_MARK):
        text = _MARK + text
    text = _with_feeds(before, text) if _FEED in before else text
    text = _with_ends(before, text)
    if fenced and text:
        bare = strip_line_end(text)
        ends = before.endswith(("\n", "\r"))
        text = bare + line_end_of(before) if ends else bare
    return text


def _with_ends(before: str, text: str) -> str:
    end = line_end_of(before)
    lines = lines_with_ends(before)
    others = {
        strip_line_end(line): line[len(strip_line_end(line)) :]
        for line in lines
        if line.endswith(("\n", "\r")) and line[len(strip_line_end(line)) :] != end
    }
    if not others and end == "\n" and "\r" not in text:
        return text
    made: list[str] = []
    for line in lines_with_ends(text):
        bare = strip_line_end(line)
        made.append(line if bare == line else bare + others.get(bare, end))
    return "".join(made)


def _with_feeds(before: str, text: str) -> str:
    """Put form feeds back that models leave out: in the same line, or in place of an empty one above it."""
    joined: dict[str, str] = {}
    above: set[str] = set()
    lines = split_lines(before)
    for number, line in enumerate(lines):
        if _FEED in line and line.strip():
            joined[line.replace(_FEED, "")] = line
        elif _FEED in line and number + 1 < len(lines) and lines[number + 1].strip():
            above.add(lines[number + 1])
    made: list[str] = []
    for line in lines_with_ends(text):
        bare = strip_line_end(line)
        if bare in above and made and not made[-1].strip(" \t\r\n"):
            made[-1] = _FEED + made[-1].lstrip(" \t")
        made.append(joined.get(bare, bare) + line[len(bare) :])
    return "".join(made)


def unit_of(lines: Sequence[str]) -> str:
    """Return what one step of indentation is in ``lines``, "" if they say nothing or both."""
    margins = [indentation(line) for line in lines if line.strip() and line[:1] in " \t"]
    tabs = sum(margin.startswith("\t") for margin in margins)
    if not margins or 0 < tabs < len(margins):
        return ""
    if tabs:
        return "\t"
    widths = [len(margin) for margin in margins if len(margin) >= _SHORTEST_UNIT]
    return " " * min(widths, default=len(_UNIT))


def with_unit(lines: Sequence[str], wanted: str) -> list[str]:
    """Return ``lines`` with steps of ``wanted`` where they have other ones throughout."""
    own = unit_of(lines)
    if not own or not wanted or ("\t" in own) == ("\t" in wanted):
        return list(lines)
    made: list[str] = []
    for line in lines:
        margin = indentation(line)
        steps, rest = divmod(len(margin), len(own))
        made.append(wanted * steps + margin[len(margin) - rest :] + line[len(margin) :])
    return made


def without_blank_ends(lines: Sequence[str]) -> list[str]:
    """Return ``lines`` without the blank ones at both ends."""
    low, high = 0, len(lines)
    while low < high and not lines[low].strip():
        low += 1
    while high > low and not lines[high - 1].strip():
        high -= 1
    return list(lines[low:high])
