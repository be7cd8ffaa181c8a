"""What stands around the code to be edited, in few words: imports and the headers of definitions."""

import re
from collections.abc import Sequence

from fusionls.core.editing.definitions import Definition, DefinitionKind, definitions_of
from fusionls.core.editing.edit import Scope
from fusionls.core.editing.importing import is_import_line
from fusionls.core.language import Language
from fusionls.core.text import indentation, split_lines

# Imports of a file; what more of them say of it is little.
_MOST_IMPORTS = 40
# A short definition that the code uses is shown as it is: how it is called is not all that counts.
_SHORT_LINES = 12
_WORD = re.compile(r"\w+")
_KINDS = (
    DefinitionKind.FUNCTION,
    DefinitionKind.CLASS,
    DefinitionKind.MODULE,
    DefinitionKind.TYPE,
)


def surroundings(
    text: str, language: Language | None, scopes: Sequence[Scope], room: int, wanted: str = ""
) -> str:
    """Return what is outside of ``scopes`` in at most ``room`` code points, in the order of the file.

    What the code in the scopes or the text ``wanted`` names comes first where there is not room for all.
    Without a grammar it is the lines around the scopes. "" where nothing is outside.
    """
    outside = _outside(text, scopes)
    if room <= 0 or not any(text[low:high].strip() for low, high in outside):
        return ""
    inside = "\n".join(text[scope.start : scope.end] for scope in scopes)
    words = set(_WORD.findall(f"{inside}\n{wanted}"))
    definitions = [
        one
        for one in definitions_of(text, language)
        if one.kind in _KINDS and any(low <= one.head < high for low, high in outside)
    ]
    imports = _imports(text, outside) if language is not None else []
    if not definitions and not imports:
        return _nearest(text, scopes, room)
    left = room - sum(len(line) + 1 for line in imports)
    while imports and left < 0:
        left += len(imports.pop()) + 1
    near = scopes[0].start if scopes else 0
    ranked = sorted(
        definitions,
        key=lambda one: (one.own_name not in words, abs(one.head - near), one.start),
    )
    chosen: dict[int, str] = {}
    for one in ranked:
        shown = _shown(text, one, one.own_name in words, scopes)
        if len(shown) + 1 > left:
            shown = _header(text, one)
        if len(shown) + 1 <= left:
            chosen[one.head] = shown
            left -= len(shown) + 1
    return "\n".join((*imports, *(chosen[at] for at in sorted(chosen))))


def _outside(text: str, scopes: Sequence[Scope]) -> list[tuple[int, int]]:
    at, parts = 0, []
    for scope in sorted(scopes, key=lambda scope: scope.start):
        parts.append((at, max(at, scope.start)))
        at = max(at, scope.end)
    return [*parts, (at, max(at, len(text)))]


def _imports(text: str, outside: Sequence[tuple[int, int]]) -> list[str]:
    lines = [line for low, high in outside for line in split_lines(text[low:high])]
    return list(dict.fromkeys(line for line in lines if is_import_line(line)))[:_MOST_IMPORTS]


def _shown(text: str, one: Definition, is_used: bool, scopes: Sequence[Scope]) -> str:
    """Return the definition, or its header where it is long, is not used or holds what is edited."""
    holds = any(one.start <= scope.start and scope.end <= one.end for scope in scopes)
    if not is_used or holds or one.kind is not DefinitionKind.FUNCTION:
        return _header(text, one)
    whole = text[one.start : one.end]
    return whole if len(split_lines(whole)) <= _SHORT_LINES else _header(text, one)


def _header(text: str, one: Definition) -> str:
    low = max(text.rfind("\n", 0, one.head), text.rfind("\r", 0, one.head)) + 1
    return indentation(text[low : one.head]) + one.header


def _nearest(text: str, scopes: Sequence[Scope], room: int) -> str:
    """Return whole lines before and behind the scopes, as many of each as there is room for."""
    low = min((scope.start for scope in scopes), default=0)
    high = max((scope.end for scope in scopes), default=0)
    before = text[max(0, low - room // 2) : low]
    if len(before) < low:
        before = before[before.find("\n") + 1 :]
    behind = text[high : high + room // 2]
    if high + len(behind) < len(text):
        behind = behind[: behind.rfind("\n") + 1]
    return "\n".join(part.strip("\r\n") for part in (before, behind) if part.strip())
