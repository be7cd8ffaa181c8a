"""Whole definitions of an answer, put where the file has them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fusionls.core.editing.applying import RefusedError
from fusionls.core.editing.definitions import Definition, definitions_of
from fusionls.core.editing.edit import Scope
from fusionls.core.editing.importing import is_import_line, with_imports
from fusionls.core.editing.keeping import kept_as, unit_of, with_unit
from fusionls.core.editing.matching import Place, Rung, reindented
from fusionls.core.language import Language
from fusionls.core.text import fold_blanks, indentation, line_end_of, split_lines

# Of the other definitions of a file so many must be in an answer that is taken for the whole of it.
_MOST_OF_FILE = 0.8


@dataclass(frozen=True, slots=True)
class _Change:
    """``text`` for the code points ``start`` to ``end`` of the text before."""

    start: int
    end: int
    text: str


def is_whole_file(before: str, code: str, scopes: Sequence[Scope], language: Language) -> bool:
    """Tell whether ``code`` is the file and not only the definitions of ``scopes``."""
    asked = {name for scope in scopes for name in scope.names}
    others = [
        one.name
        for one in definitions_of(before, language)
        if one.name not in asked
        and not any(
            one.name.startswith(name + ".") or name.startswith(one.name + ".") for name in asked
        )
    ]
    told = {one.name for one in definitions_of(code, language)}
    if not others:
        outside = _outside(before, scopes)
        given = {fold_blanks(line) for line in split_lines(code)}
        return bool(outside) and sum(line in given for line in outside) >= _MOST_OF_FILE * len(
            outside
        )
    return sum(name in told for name in others) >= _MOST_OF_FILE * len(others)


def _outside(before: str, scopes: Sequence[Scope]) -> list[str]:
    at, parts = 0, []
    for scope in sorted(scopes, key=lambda scope: scope.start):
        parts.append(before[at : scope.start])
        at = max(at, scope.end)
    parts.append(before[at:])
    lines = (fold_blanks(line) for part in parts for line in split_lines(part))
    return [line for line in lines if line]


def is_part_of_file(before: str, code: str, language: Language) -> bool:
    """Tell whether ``code`` is nothing but definitions that ``before`` has among others.

    So it is where all that stands between the definitions is missing: who writes a whole file leaves out a
    statement or two at most.
    """
    old = [one for one in definitions_of(before, language) if one.depth == 0]
    new = [one for one in definitions_of(code, language) if one.depth == 0]
    names, known = {one.name for one in new}, {one.name for one in old}
    if not new or not names <= known or _statements(code, new):
        return False
    if _statements(before, old):
        return True
    return names < known and len(split_lines(code)) * 2 < len(split_lines(before))


def _statements(text: str, definitions: Sequence[Definition]) -> list[str]:
    """Return the lines of ``text`` that are in none of its ``definitions``, and no imports."""
    lines = (line for line in split_lines(_without(text, definitions)) if line.strip())
    return [line for line in lines if not is_import_line(line)]


def _without(text: str, definitions: Sequence[Definition]) -> str:
    at, parts = 0, []
    for one in definitions:
        parts.append(text[at : one.start])
        at = max(at, one.end)
    return "".join((*parts, text[at:]))


def with_definitions(
    before: str, code: str, scopes: Sequence[Scope], language: Language
) -> tuple[str, tuple[str, ...]]:
    """Return ``before`` with the definitions of ``code`` in it, and notes. Raises RefusedError.

    What ``before`` has by the same name is replaced; other definitions stand behind the one that they follow
    in ``code``; imports come to the imports. Statements elsewhere are left out.
    """
    old = definitions_of(before, language)
    new = definitions_of(code, language)
    asked = [name for scope in scopes for name in scope.names]
    if not new:
        raise RefusedError("the answer does not hold the definition that was asked for")
    chosen = _chosen(old, new, scopes)
    _refuse_twins(old, chosen)
    changes, follows = _changes(before, code, old, chosen, asked, language)
    top = [one for one in new if one.depth == 0]
    imports, others = _loose(before, code, top)
    notes = []
    if others:
        notes.append("statements outside of the definitions were left out")
    return with_imports(_changed(before, (*changes, *follows)), imports), tuple(notes)


def _changed(before: str, changes: Sequence[_Change]) -> str:
    at, parts = 0, []
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        if change.start < at:
            raise RefusedError("the answer defines one thing in two ways")
        parts += [before[at : change.start], change.text]
        at = change.end
    return "".join((*parts, before[at:]))


def _chosen(
    old: Sequence[Definition], new: Sequence[Definition], scopes: Sequence[Scope]
) -> list[tuple[Definition, Definition | None]]:
    """Return the definitions of an answer that are used, each with the one it replaces."""
    by_name = {(one.name, one.ordinal): one for one in old}
    asked = [name for scope in scopes for name in scope.names]
    # Of several by one name the one that was shown is meant.
    shown = [one for one in old if any(s.start <= one.start < s.end for s in scopes)]
    first = {one.name: one.ordinal for one in reversed(shown)}
    level = _level(new, asked)
    siblings = [one for one in new if one.depth == level]
    parent = asked[0].rpartition(".")[0] if asked else ""
    found: list[tuple[Definition, Definition | None]] = []
    for one in siblings:
        names = (f"{parent}.{one.own_name}" if parent else one.own_name, one.name)
        keys = [(n, one.ordinal + first.get(n, 0)) for n in names]
        target = next((by_name[key] for key in keys if key in by_name), None)
        found.append((one, target))
    hit = [target for _, target in found if target is not None and target.name in asked]
    if asked and not hit:
        # What is renamed stands alone, and nothing in the file has its name.
        if len(asked) == 1 and len(found) == 1 and found[0][1] is None:
            renamed = next((one for one in old if one.name == asked[0]), None)
            if renamed is not None and renamed.kind is found[0][0].kind:
                return [(found[0][0], renamed)]
        raise RefusedError("the answer does not hold the definition that was asked for")
    return found


def _level(new: Sequence[Definition], asked: Sequence[str]) -> int:
    """Return how deep the definitions lie that were asked for: a model may write the class around."""
    for name in asked:
        own = name.rpartition(".")[2]
        depths = [
            one.depth for one in new if name in (one.name, one.own_name) or own == one.own_name
        ]
        if depths:
            return min(depths)
    return min((one.depth for one in new), default=0)


def _refuse_twins(
    old: Sequence[Definition], chosen: Sequence[tuple[Definition, Definition | None]]
) -> None:
    """Two definitions of one name and one header: nobody knows which one is meant."""
    headers = [(one.name, one.header) for one, _ in chosen]
    known = [(one.name, one.header) for one in old]
    there = Counter(known)
    for twin, count in Counter(headers).items():
        if count > max(1, there[twin]):
            raise RefusedError("the answer defines one name twice")


def _changes(
    before: str,
    code: str,
    old: Sequence[Definition],
    chosen: Sequence[tuple[Definition, Definition | None]],
    asked: Sequence[str],
    language: Language,
) -> tuple[list[_Change], list[_Change]]:
    """Return what replaces definitions, and what follows them."""
    anchor = next((t for _, t in chosen if t is not None and (not asked or t.name in asked)), None)
    if anchor is None:
        raise RefusedError("the answer does not hold the definition that was asked for")
    changes: list[_Change] = []
    follows: list[_Change] = []
    waiting: list[str] = []
    unit = unit_of(split_lines(before))
    last: Definition | None = None
    for one, target in chosen:
        place = target or last or anchor
        stop = _line_end(code, one.end, language)
        text = _adapted(before, code[one.start : stop], place, unit)
        if target is not None:
            # A remark behind the last line stays where it is not written again.
            end = target.end if stop == one.end else _line_end(before, target.end, language)
            lead = "".join(part + _gap(before, old, target) for part in waiting)
            start = target.start
            if _keeps_remarks(before, one, target):
                start, text = target.head, text.lstrip(" \t")
            changes.append(_Change(start, end, lead + text))
            waiting, last = [], target
        elif last is None:
            waiting.append(text)
        else:
            end = _line_end(before, last.end, language)
            follows.append(_Change(end, end, _gap(before, old, last) + text))
    return changes, _joined(follows)


def _joined(follows: list[_Change]) -> list[_Change]:
    """Several that follow one definition stay in their order."""
    made: dict[int, str] = {}
    for one in follows:
        made[one.start] = made.get(one.start, "") + one.text
    return [_Change(start, start, text) for start, text in made.items()]


def _keeps_remarks(before: str, one: Definition, target: Definition) -> bool:
    """Tell whether comments above the definition were only not repeated."""
    above = before[target.start : target.head]
    lines = [line.strip() for line in split_lines(above) if line.strip()]
    marks = ("#", "//", "/*", "*", "--", "<!--")
    decorated = any(line.startswith(("#[", "#!")) for line in lines)
    return (
        bool(lines)
        and not decorated
        and one.start == one.head
        and all(line.startswith(marks) for line in lines)
    )


def _adapted(before: str, code: str, place: Definition, unit: str) -> str:
    """Return the definition at the indentation of ``place``, with the line ends of the file."""
    lines = with_unit(split_lines(code), unit)
    found = _margin(before, place)
    given = next((indentation(line) for line in lines if line.strip()), "")
    lines = reindented(lines, Place(0, 0, Rung.SHIFTED, given, found))
    region = before[place.start : place.end]
    end = line_end_of(before)
    return kept_as(region if "\n" in region or "\r" in region else end, end.join(lines))


def _margin(before: str, one: Definition) -> str:
    text = before[one.start : one.end]
    return next((indentation(line) for line in split_lines(text) if line.strip()), "")


def _gap(before: str, old: Sequence[Definition], one: Definition) -> str:
    """Return the line ends between two definitions of this depth, as the file has them."""
    end = line_end_of(before)
    following = next((o for o in old if o.start >= one.end and o.depth == one.depth), None)
    between = before[one.end : following.start] if following else ""
    if between and not between.strip():
        return end * max(1, len(split_lines(between)) - 1)
    return end * (3 if one.depth == 0 and "def " in before else 2)


def _line_end(text: str, at: int, language: Language) -> int:
    """Return the end of the line if only a remark follows."""
    stop = min((n for n in (text.find("\n", at), text.find("\r", at)) if n >= 0), default=len(text))
    rest = text[at:stop].strip()
    mark = language.line_comment
    return stop if not rest or (mark and rest.startswith(mark)) else at


def _loose(before: str, code: str, top: Sequence[Definition]) -> tuple[list[str], list[str]]:
    """Return the imports and the other lines outside of definitions that ``before`` does not have."""
    known = {fold_blanks(line) for line in split_lines(before)}
    imports: list[str] = []
    others: list[str] = []
    for line in split_lines(_without(code, top)):
        if line.strip() and fold_blanks(line) not in known:
            (imports if is_import_line(line) else others).append(line)
    return imports, others
