"""Where the imports of a file stand, and how others come to them."""

import re
from collections.abc import Sequence

from fusionls.core.text import line_end_of

_IMPORT = re.compile(
    r"(?:import\b|from\s+\S+\s+import\b|use\s|using\s[\w.= ]+;|#\s*include\b|require\b|package\s"
    r"|local \w+ = require"
    r"|(?:const|let|var)\s[^=]{1,200}=\s*require\()"
)
_FIRST_IMPORTS = ("package ", "namespace ", "<?php", "#!", "// ", "# ", '"use ', "'use ")
# A longer line is no import that a person writes.
_LONGEST_IMPORT = 500


def is_import_line(line: str) -> bool:
    """Tell whether ``line`` begins an import of any language."""
    return len(line) <= _LONGEST_IMPORT and bool(_IMPORT.match(line))


def with_imports(text: str, imports: Sequence[str]) -> str:
    """Put ``imports`` behind the last import at the margin, or where the first would stand."""
    if not imports:
        return text
    end = line_end_of(text)
    lines = text.split(end)
    at = 0
    for number, line in enumerate(lines):
        if _IMPORT.match(line) and not line.startswith("package"):
            at = number + 1 if _is_closed(line) else at
    if at == 0:
        while at < len(lines) and (lines[at].startswith(_FIRST_IMPORTS) or (at and not lines[at])):
            at += 1
        at = _behind_docstring(lines, at)
    return end.join((*lines[:at], *imports, *lines[at:]))


def _is_closed(line: str) -> bool:
    """An import over several lines has no place behind its first one."""
    return all(line.count(a) <= line.count(b) for a, b in ("()", "{}")) and not line.endswith("\\")


def _behind_docstring(lines: Sequence[str], at: int) -> int:
    for mark in ('"""', "'''"):
        if at < len(lines) and lines[at].startswith(mark):
            if lines[at].count(mark) > 1:
                return at + 1
            return next((n + 1 for n in range(at + 1, len(lines)) if mark in lines[n]), at)
    return at
