"""How alike two edits of one text are. Whole files are all alike: only what changes is compared.

Half of it is the Jaccard index of the changed definitions, each with what it becomes, half that of the lines
that are added and taken away (docs/benchmarks-edits.md has what finer measures gave: nothing).
"""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from fusionls.core.editing.canonical import Depth, Part, Teller, form_of
from fusionls.core.language import Language
from fusionls.core.text import fold_blanks, split_lines

# Each half misses what the other sees: lines a change of order, definitions how much of one is changed. Other
# shares were not tried.
_OF_DEFINITIONS = 0.5


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit does to the files before it. ``form`` is the same for edits that do the same."""

    form: str
    definitions: frozenset[Hashable]
    lines: frozenset[Hashable]


def likeness(one: Change, other: Change) -> float:
    """Return how alike two edits are, from 0 (nothing in common) to 1."""
    return _OF_DEFINITIONS * _jaccard(one.definitions, other.definitions) + (
        1 - _OF_DEFINITIONS
    ) * _jaccard(one.lines, other.lines)


def _jaccard(one: frozenset[Hashable], other: frozenset[Hashable]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


class Comparison:
    """Edits of the same ``files`` (texts by name), told so that they can be compared.

    Edits that are equal but for doc strings and annotations are the same one, unless that is all they change.
    """

    __slots__ = ("_files", "_known", "_lines", "_meaning", "_program")

    def __init__(self, files: Mapping[str, str], languages: Mapping[str, Language | None]) -> None:
        self._files = files
        self._known: dict[tuple[tuple[str, str], ...], Change] = {}
        self._meaning = {
            name: Teller(languages.get(name), before=text) for name, text in files.items()
        }
        self._program = {name: Teller(languages.get(name), Depth.PROGRAM) for name in files}
        self._lines = {name: Counter(split_lines(text)) for name, text in files.items()}

    def change_of(self, after: Mapping[str, str]) -> Change:
        """Return what the edit does whose files are ``after``; names that are not among the files are new."""
        key = tuple(sorted(after.items()))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._change_of(after)
        return known

    def _change_of(self, after: Mapping[str, str]) -> Change:
        forms: list[str] = []
        definitions: set[Hashable] = set()
        lines: set[Hashable] = set()
        for name in sorted(after):
            text = after[name]
            parts = self._parts(name, text)
            forms.append(f"{name}\n{form_of(parts)}")
            definitions |= _changed(name, Counter(self._parts_before(name)), Counter(parts))
            lines |= self._changed_lines(name, text)
        return Change("\n".join(forms), frozenset(definitions), frozenset(lines))

    def _parts(self, name: str, text: str) -> tuple[Part, ...]:
        if name not in self._files:
            return Teller(None).parts(text)
        parts = self._meaning[name].parts(text)
        return self._program[name].parts(text) if parts == self._parts_before(name) else parts

    def _parts_before(self, name: str) -> tuple[Part, ...]:
        return self._meaning[name].parts_before if name in self._meaning else ()

    def _changed_lines(self, name: str, text: str) -> set[Hashable]:
        """Return the lines that come and go, white space folded, each with its number."""
        before, now = self._lines.get(name, Counter()), Counter(split_lines(text))
        come, gone = _folded(now - before), _folded(before - now)
        added = {(name, "+", line, count) for line, count in (come - gone).items()}
        return added | {(name, "-", line, count) for line, count in (gone - come).items()}


def _changed(name: str, before: Counter[Part], after: Counter[Part]) -> set[Hashable]:
    kept = {part.name for part in after}
    gone = {(name, part.name) for part in before - after if part.name not in kept}
    return {(name, part.name, part.form) for part in after - before} | gone


def _folded(lines: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line, count in lines.items():
        if line and not line.isspace():
            found[fold_blanks(line)] += count
    return found
