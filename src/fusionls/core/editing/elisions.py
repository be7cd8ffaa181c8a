"""Comments that stand for code a model did not want to write."""

import re

from fusionls.core.text import split_lines

_MARK = r"(?:#|//|/\*|--|<!--|;|%)"
_DOTS = r"(?:\.\.\.+|\u2026)"
_REST = r"(?:rest|remaining|existing|previous|unchanged|same|other|remainder|omitted|as before|original)"
_CODE = r"(?:code|function|method|class|file|implementation|body|lines?|logic|part|methods|functions|imports)"
_ELISION = re.compile(
    rf"\s*{_MARK}[#/*!\- ]{{0,8}}(?:"
    # "# ... rest of the code", "// ...", "# ... (unchanged) ..."
    rf"{_DOTS}[^\n]{{0,80}}|"
    # "# rest of the code unchanged", "# existing code ...", "# Other methods remain the same"
    rf"[\[(<]?(?:the )?{_REST}\b[^\n]{{0,40}}\b{_CODE}\b[^\n]{{0,60}}"
    rf"(?:{_DOTS}|unchanged|same|here|omitted|above|below)[^\n]{{0,20}}"
    rf"|[\[(<]?(?:the )?{_REST}\b[^\n]{{0,20}}\b{_CODE}[^\n]{{0,12}}"
    r")\s*\Z",
    re.IGNORECASE,
)
# A line with more is no remark.
_LONGEST = 200


def elisions_in(text: str, before: str) -> tuple[str, ...]:
    """Return the lines of ``text`` that stand for code left out, and are not in ``before``."""
    known: set[str] | None = None
    found: list[str] = []
    for line in split_lines(text):
        if len(line) > _LONGEST or not _ELISION.match(line):
            continue
        if known is None:
            known = {old.strip() for old in split_lines(before)}
        if line.strip() not in known:
            found.append(line.strip())
    return tuple(found)
