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
from fusionls.core.editing.wholeness import (
    HALF_A_DEFINITION,
    is_part_of_class,
    keeps_above,
    loose_lines,
    members_of,
)
from fusionls.core.language import Language
from fusionls.core.text import fold_blanks, indentation, line_end_of, split_lines

_NOT_HELD = "the answer does not hold the definition that was asked for"


@dataclass(frozen=True, slots=True)
class _Change:
    """``text`` for the code points ``start`` to ``end`` of the text before."""

    start: int
    end: int
    text: str


def with_definitions(
    before: str,
    code: str,
    scopes: Sequence[Scope],
    language: Language,
    instruction: str = "",
) -> tuple[str, tuple[str, ...]]:
    """Return ``before`` with the definitions of ``code`` in it, and notes. Raises RefusedError.

    What ``before`` has by the same name is replaced; other definitions stand behind the one that they follow
    in ``code``; imports come to the imports. Statements elsewhere are left out. What is above a definition
    or in a class stays where only the rest is answered, unless ``instruction`` wants it away.
    """
    old = definitions_of(before, language)
    new = definitions_of(code, language)
    asked = [name for scope in scopes for name in scope.names]
    if not new:
        raise RefusedError(_NOT_HELD)
    chosen = _chosen(old, new, scopes)
    _refuse_twins(old, chosen)
    _refuse_halves(chosen)
    chosen = _taken_apart(before, code, chosen, language, instruction)
    changes, follows = _changes((before, code), old, chosen, asked, language, instruction)
    imports, others = _loose(before, code, language)
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
    own = [one.own_name for one in siblings]
    parent = asked[0].rpartition(".")[0] if asked else ""
    found: list[tuple[Definition, Definition | None]] = []
    for one in siblings:
        names = (
            f"{parent}.{one.own_name}" if parent else one.own_name,
            one.name,
            *(n for n in (f"{name}.{one.own_name}" for name in asked) if (n, 1) not in by_name),
        )
        keys = [(n, one.ordinal + first.get(n, 0)) for n in names]
        target = next((by_name[key] for key in keys if key in by_name), None)
        found.append(
            (one, target if asked else _nearest(old, one, target, own.count(one.own_name) > 1))
        )
    hit = [target for _, target in found if target is not None and _is_asked(target, asked)]
    if asked and not hit:
        # What is renamed stands alone, and nothing in the file has its name.
        if len(asked) == 1 and len(found) == 1 and found[0][1] is None:
            renamed = next((one for one in old if one.name == asked[0]), None)
            if renamed is not None and renamed.kind is found[0][0].kind:
                return [(found[0][0], renamed)]
        raise RefusedError(_NOT_HELD)
    return found


def _is_asked(one: Definition, asked: Sequence[str]) -> bool:
    """Tell whether a definition is one of those asked for, or a part of one."""
    return not asked or any(one.name == name or one.name.startswith(f"{name}.") for name in asked)


def _nearest(
    old: Sequence[Definition],
    new: Definition,
    target: Definition | None,
    there_are_more: bool,
) -> Definition | None:
    """Return what is meant where nobody said which: the only one of a name and a header, or of a name.

    ``there_are_more``: the answer has several by that name, which come in the order of the file.
    """
    found = [one for one in old if one.own_name == new.own_name]
    same = [one for one in found if one.header == new.header]
    if len(found) > 1 and len(same) == 1:
        return same[0]
    if len(same) > 1 and not there_are_more:
        return None
    return target if target is not None or len(found) != 1 else found[0]


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


def _refuse_halves(chosen: Sequence[tuple[Definition, Definition | None]]) -> None:
    """A function that had a body and has none was cut."""
    for one, target in chosen:
        if target is not None and target.body < target.end and one.body >= one.end:
            raise RefusedError(HALF_A_DEFINITION)


def _taken_apart(
    before: str,
    code: str,
    chosen: Sequence[tuple[Definition, Definition | None]],
    language: Language,
    instruction: str,
) -> list[tuple[Definition, Definition | None]]:
    """Return ``chosen`` with the members of a class in its place where others of them stay."""
    found: list[tuple[Definition, Definition | None]] = []
    for one, target in chosen:
        if target is None or not is_part_of_class(
            (before, target), (code, one), language, instruction
        ):
            found.append((one, target))
            continue
        if one.header != target.header:
            raise RefusedError("the answer leaves out most of a class")
        members = {member.own_name: member for member in members_of(before, target, language)}
        pairs = [(m, members.get(m.own_name)) for m in members_of(code, one, language)]
        _refuse_halves(pairs)
        # What comes first in the answer and is new has nothing that it follows.
        found += sorted(pairs, key=lambda pair: pair[1] is None)
    return found


def _changes(
    texts: tuple[str, str],
    old: Sequence[Definition],
    chosen: Sequence[tuple[Definition, Definition | None]],
    asked: Sequence[str],
    language: Language,
    instruction: str,
) -> tuple[list[_Change], list[_Change]]:
    """Return what replaces definitions of the first of ``texts``, and what follows them."""
    before, code = texts
    anchor = next((t for _, t in chosen if t is not None and _is_asked(t, asked)), None)
    if anchor is None:
        raise RefusedError(_NOT_HELD)
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
            if keeps_above(texts, one, target, instruction):
                start = target.head
                if added := _comments_above(texts, one, target, unit):
                    changes.append(_Change(target.start, target.start, added))
                head = max(code.rfind("\n", 0, one.head), code.rfind("\r", 0, one.head)) + 1
                text = _adapted(before, code[head:stop], place, unit).lstrip(" \t")
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


def _comments_above(texts: tuple[str, str], one: Definition, target: Definition, unit: str) -> str:
    """Return the lines above the definition of an answer that the file does not have there."""
    before, code = texts
    known = {line.strip() for line in split_lines(before[target.start : target.head])}
    lines = [line for line in split_lines(code[one.start : one.head]) if line.strip()]
    new = [line for line in lines if line.strip() not in known]
    end = line_end_of(before)
    return _adapted(before, "\n".join(new), target, unit) + end if new else ""


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


def _loose(before: str, code: str, language: Language) -> tuple[list[str], list[str]]:
    """Return the imports and the other lines outside of definitions that ``before`` does not have."""
    known = {fold_blanks(line) for line in split_lines(before)}
    imports: list[str] = []
    others: list[str] = []
    for line in loose_lines(code, language):
        if line.strip() and fold_blanks(line) not in known:
            (imports if is_import_line(line) else others).append(line)
    return imports, others
