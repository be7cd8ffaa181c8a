"""What is wrong with edited files that was not wrong before (design 6.5)."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fusionls.core.cleanup.hidden_characters import hidden_in
from fusionls.core.editing.atoms import Atom, folded
from fusionls.core.editing.edit import EditTask
from fusionls.core.editing.kinds import core_of, is_container, is_import, joins_next
from fusionls.core.editing.resolving import FREE, Moves, Names, Pieces, names_of
from fusionls.core.editing.trees import Node, Tree, parsed
from fusionls.core.languages import languages
from fusionls.core.scopes.languages import rules_for

# Of these none may be in what is offered; the others may not be more than the chosen edit has.
HARD = frozenset(("parse", "undefined", "gone", "hidden"))
WORDS = {
    "parse": "the file could not be read any more",
    "hidden": "characters came in that cannot be seen",
    "undefined": "`{}` would be defined nowhere",
    "meaning": "`{}` would mean something else",
    "twice": "`{}` would be defined twice",
    "arity": "`{}` would be called with a wrong number of arguments",
    "gone": "`{}` would still be used in a file that does not define it",
    "member": "`{}` would still be used as a member",
}
MOST_ERRORS = 400


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """``kind`` is a key of ``WORDS``; ``name`` is what it is about."""

    kind: str
    file: str
    name: str = ""

    @property
    def words(self) -> str:
        """The problem in a sentence for people."""
        return WORDS[self.kind].format(self.name)


@dataclass(frozen=True, slots=True)
class _Facts:
    tree: Tree | None
    text: str
    errors: int = 0
    names: Names | None = None
    defined: Counter[tuple[str, ...]] = field(default_factory=Counter)
    members: frozenset[str] = frozenset()


_Kept = dict[tuple[str, bytes], tuple[list[tuple[str, ...]], set[str]]]


class Verifier:
    """Compares edited files with those of a task. Remembers what it has read of both."""

    def __init__(self, task: EditTask, trees: Mapping[str, Tree | None]) -> None:
        self._task = task
        self._trees = trees
        self._pieces: dict[str, Pieces] = {}
        self._before: dict[str, _Facts] = {}
        self._defined: dict[str, _Kept] = {}
        self._accepted: dict[str, bool | None] = {}

    def problems(
        self, after: Mapping[str, str], atoms: Mapping[str, Sequence[Atom]]
    ) -> frozenset[Problem]:
        """Return what is wrong in the files ``after`` that was not wrong before."""
        found: set[Problem] = set()
        facts = {}
        for name, text in self._task.files.items():
            new = after.get(name, text)
            old = self.before(name)
            facts[name] = old
            if new == text:
                continue
            fact = self._facts(name, new, old)
            facts[name] = fact
            if hidden_in(new) - hidden_in(text):
                found.add(Problem("hidden", name))
            if fact.errors > old.errors or self._refused(name, new):
                found.add(Problem("parse", name))
                continue
            found |= _twice(name, old, fact)
            found |= _names(name, old, fact, Moves(atoms.get(name, ())))
        return frozenset(found | self._across(facts))

    def before(self, name: str) -> _Facts:
        """Return what is known of a file before."""
        known = self._before.get(name)
        if known is None:
            known = self._before[name] = self._read(
                name, self._trees.get(name), self._task.files[name]
            )
        return known

    def _facts(self, name: str, text: str, old: _Facts) -> _Facts:
        tree = None if old.tree is None else parsed(old.tree.language, text)
        return self._read(name, tree, text)

    def _read(self, name: str, tree: Tree | None, text: str) -> _Facts:
        if tree is None:
            return _Facts(None, text)
        names = names_of(tree, self._pieces.setdefault(name, {}))
        defined, members = _defined(tree.root, self._defined.setdefault(name, {}))
        return _Facts(tree, text, _errors(tree), names, defined, members)

    def _refused(self, name: str, text: str) -> bool:
        """Tell whether the language itself took the file before and does not now."""
        language = languages().get(self._task.languages.get(name, ""))
        if language is None or language.accepts is None:
            return False
        if name not in self._accepted:
            self._accepted[name] = language.accepts(self._task.files[name])
        return self._accepted[name] is True and language.accepts(text) is False

    def _across(self, facts: Mapping[str, _Facts]) -> set[Problem]:
        """Names that one file has lost and another one still uses, and calls of other files' functions."""
        found: set[Problem] = set()
        tops = {name: f.names.top for name, f in facts.items() if f.names is not None}
        bound = frozenset(top for names in tops.values() for top in names)
        members = frozenset(m for f in facts.values() for m in f.members)
        for name, fact in facts.items():
            old = self.before(name)
            if old is fact or old.names is None or fact.names is None:
                continue
            lost = {n.decode("utf-8", "replace") for n in old.names.top - fact.names.top - bound}
            for other, there in facts.items():
                if other != name:
                    found |= {Problem("gone", other, n) for n in lost if _needs(there, n, name)}
            for member in old.members - members:
                found |= {
                    Problem("member", o, member) for o, f in facts.items() if _member(f, member)
                }
        return found | self._calls_across(facts)

    def _calls_across(self, facts: Mapping[str, _Facts]) -> set[Problem]:
        arities: dict[bytes, list[tuple[int, int] | None]] = {}
        changed = set()
        for name, fact in facts.items():
            if fact.names is None:
                continue
            old = self.before(name).names
            for function, arity in fact.names.arities.items():
                if arity is not None:
                    arities.setdefault(function, []).append(arity)
                    if old is not None and old.arities.get(function) != arity:
                        changed.add(function)
        found = set()
        for name, fact in facts.items():
            for function, count in fact.names.calls if fact.names is not None else ():
                known = arities.get(function, [])
                arity = known[0] if len(known) == 1 and function in changed else None
                if arity is not None and not arity[0] <= count <= arity[1]:
                    found.add(Problem("arity", name, function.decode("utf-8", "replace")))
        return found


def _errors(tree: Tree) -> int:
    count = 0
    stack = [tree.parsed.root_node]
    while stack and count < MOST_ERRORS:
        node = stack.pop()
        count += node.is_error or node.is_missing
        if node.has_error:
            stack += node.children
    return count


def _defined(root: Node, kept: _Kept) -> tuple[Counter[tuple[str, ...]], frozenset[str]]:
    """Count the definitions and imports of each container; return the names of members, too.

    ``kept`` holds what was read of the statements of an earlier version.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    members: set[str] = set()
    for child in root.children:
        key = child.kind, child.text
        found = kept.get(key)
        if found is None:
            found = kept[key] = _defined_in(child)
        counts.update(found[0])
        members |= found[1]
    return counts, frozenset(members)


def _defined_in(statement: Node) -> tuple[list[tuple[str, ...]], set[str]]:
    keys: list[tuple[str, ...]] = []
    members: set[str] = set()
    stack: list[tuple[Node, tuple[str, ...]]] = [(statement, ())]
    while stack:
        child, path = stack.pop()
        node = core_of(child)
        if is_import(node):
            keys.append((*path, "import", folded(node.text.decode("utf-8", "replace"))))
            continue
        if joins_next(node) or not node.named:
            continue
        name = node.name.decode("utf-8", "replace")
        inner = node.child("body")
        if inner is not None and is_container(inner):
            around = (*path, name or _header(node, inner))
            stack += [(member, around) for member in inner.children]
        if name and path:
            members.add(name)
        if name and child.kind != "decorated_definition" and "signature" not in node.kind:
            keys.append((*path, node.kind, name, _parameters(node)))
    return keys, members


def _header(node: Node, body: Node) -> str:
    return node.source[node.start : body.start].decode("utf-8", "replace")


def _parameters(node: Node) -> str:
    """Return what tells methods of one name apart where a language allows that: types and the receiver."""
    if node.kind in ("function_definition", "function_declaration"):
        return ""
    found = [
        node.child("receiver"),
        node.child("parameters") if node.kind != "method_definition" else None,
    ]
    return folded(" ".join(n.text.decode("utf-8", "replace") for n in found if n is not None))


def _twice(name: str, old: _Facts, new: _Facts) -> set[Problem]:
    return {
        Problem("twice", name, key[-2] if key[-2] != "import" else key[-1])
        for key, count in new.defined.items()
        if count > max(1, old.defined[key])
    }


def _names(name: str, old: _Facts, new: _Facts, moves: Moves) -> set[Problem]:
    if old.names is None or new.names is None or old.tree is None or new.tree is None:
        return set()
    found: set[Problem] = set()
    if not new.names.open:
        for lost in new.names.free - old.names.free:
            found.add(Problem("undefined", name, lost.decode("utf-8", "replace")))
    for called, count in new.names.wrong.items():
        if count > old.names.wrong[called]:
            found.add(Problem("arity", name, called.decode("utf-8", "replace")))
    return found | _meanings(name, (old.tree, old.names), (new.tree, new.names), moves)


def _meanings(
    name: str, old: tuple[Tree, Names], new: tuple[Tree, Names], moves: Moves
) -> set[Problem]:
    """Find names that no atom has touched and that belong to another scope than before."""
    found: set[Problem] = set()
    (tree, names), (after, later) = old, new
    rules = rules_for(tree.language)
    builtin = {n.encode() for n in rules.known} if rules is not None else set()
    now = {after.point(at): (word, scope) for at, word, scope in later.uses}
    for at, word, scope in names.uses:
        place = moves.place(tree.point(at))
        there = None if place is None else now.get(place)
        if there is None or there[0] != word or there[1] == FREE:
            continue
        if scope == FREE:
            if word in builtin:
                found.add(Problem("meaning", name, word.decode("utf-8", "replace")))
            continue
        begin = moves.place(tree.point(scope - 1)) if scope else 0
        home = after.point(there[1] - 1) if there[1] else 0
        if (begin is not None or not there[1]) and (begin != home or bool(scope) != bool(there[1])):
            found.add(Problem("meaning", name, word.decode("utf-8", "replace")))
    return found


def _needs(fact: _Facts, name: str, source: str) -> bool:
    """Tell whether a file imports or uses a name of another file."""
    if fact.tree is None or fact.names is None or name not in fact.text:
        return False
    if name.encode() in fact.names.free:
        return True
    word = re.compile(rf"\b{re.escape(name)}\b")
    imports = [
        node.text.decode("utf-8", "replace") for node in fact.tree.root.children if is_import(node)
    ]
    if any(word.search(text) for text in imports):
        return True
    modules = set(re.findall(r"\w+", " ".join(imports)))
    called = re.findall(rf"\b(\w+)(?:\.|::){re.escape(name)}\b", fact.text)
    return any(module in modules for module in called)


def _member(fact: _Facts, name: str) -> bool:
    return bool(re.search(rf"(?:\.|::|->){re.escape(name)}\b", fact.text))
