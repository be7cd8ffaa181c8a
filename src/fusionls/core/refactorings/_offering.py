"""When a refactoring makes sense at a place, told without parsing: these are asked with every cursor move."""

import re

from fusionls.core.refactorings._refactoring import Where
from fusionls.core.text import fold_blanks, split_lines

# Where functions mean nothing, so that only a free instruction does.
_WITHOUT_FUNCTIONS = frozenset(("", "json", "css", "html"))
# A menu is a few words wide; names and messages in it are cut.
LONGEST_NAME = 40
# Messages and comments are written by others, and go into a prompt: bounded there.
LONGEST_MESSAGE = 300
# More of a selection than its first lines says nothing about what it is.
_LOOKED_AT = 20_000
_WORD = re.compile(r"[^\W\d]\w*")
_COMMENT_MARKS = ("#", "//", "/*", "*", "--", "<!--")


def defused(text: str, most: int) -> str:
    """Return ``text`` on one line without characters that nobody sees, cut behind ``most`` code points.

    Control characters and those that turn or hide text would make an editor show something else.
    """
    plain = fold_blanks("".join(c if c.isprintable() else " " for c in text[: 4 * most]))
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "\u2026"


def is_code(where: Where) -> bool:
    """Tell whether there is code at a place, in a language that has functions."""
    if where.language in _WITHOUT_FUNCTIONS:
        return False
    text = where.selected[:_LOOKED_AT].strip() or where.line.strip()
    return bool(text) and not text.startswith(("#!", "<?php")) and any(map(str.isalnum, text))


def has_statements(where: Where) -> bool:
    """Tell whether more than part of a line is selected."""
    if not is_code(where):
        return False
    selected = where.selected[:_LOOKED_AT]
    lines = [line for line in split_lines(selected) if line.strip()]
    if not lines or all(line.strip().startswith(_COMMENT_MARKS) for line in lines):
        return False
    return len(lines) > 1 or lines[0].strip() == where.line.strip()


def name_at(where: Where) -> str:
    """Return the name at a place, "" where there is none or it is too long for one."""
    word = where.word.strip().lstrip("$")
    if not is_code(where) or len(word) > LONGEST_NAME or not _WORD.fullmatch(word):
        return ""
    return word


def quoted_lines(where: Where) -> str:
    """Return words that say which lines are selected, "" where it is not whole lines."""
    lines = [line.strip() for line in split_lines(where.selected[:_LOOKED_AT]) if line.strip()]
    if not lines:
        return ""
    first, last = (defused(line, LONGEST_MESSAGE) for line in (lines[0], lines[-1]))
    return f"the line `{first}`" if len(lines) == 1 else f"the lines from `{first}` to `{last}`"


def title_of(where: Where, selection: str, whole: str) -> str:
    """Return ``selection`` where statements are selected, ``whole`` where the cursor is in code, else ""."""
    if has_statements(where):
        return selection
    return whole if is_code(where) and not where.selected.strip() else ""
