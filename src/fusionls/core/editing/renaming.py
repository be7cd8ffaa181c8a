"""A name that says what it means: which binding is meant, and the edit that a new name makes of it.

Only the name is a model's. Every place of the binding in its file is changed, and nothing else.

Invariant: total. Whatever an answer is, there is a ``Proposal`` or an ``Unreadable``.
"""

import re
from functools import lru_cache

import tree_sitter

from fusionls.core.editing.edit import EditTask, Format, Proposal, Unreadable
from fusionls.core.editing.enclosing import enclosing, first_text, selection_of, within
from fusionls.core.editing.new_names import LONGEST_NAME, as_the_old, names_in
from fusionls.core.editing.occurrences import occurrences_of
from fusionls.core.editing.readable import error_count, tree_of
from fusionls.core.editing.rename_targets import FIXED, Target, target_in
from fusionls.core.language import Language
from fusionls.core.scopes.languages import rules_for
from fusionls.core.scopes.marks import reader_of
from fusionls.core.syntax import ParsedText

_LONGEST_TEXT = 200_000
# `id` and `ok` are words; shorter names say nothing.
_SHORTEST = 2
_TOKENS = re.compile(r"\w+|[^\w\s]")
# Bytes in which the tokens next to a name stand.
_NEAR = 40


def rename_at(task: EditTask) -> EditTask | str:
    """Return ``task`` with the function that a name is local to, or why the name cannot be changed."""
    target = _target(task)
    if isinstance(target, str):
        return target
    if not target.local and not task.scopes[0].names:
        return task
    holder = enclosing(task)
    return task if holder is None else within(task, holder)


def renamed(task: EditTask, member: str, sample: int, answer: str) -> Proposal | Unreadable:
    """Return the file with the name that ``answer`` gives, or why it gives none."""
    target = _target(task)
    if isinstance(target, str):
        return Unreadable(member, sample, target)
    if not answer.strip():
        return Unreadable(member, sample, "the answer is empty")
    if len(answer) > _LONGEST_TEXT:
        return Unreadable(member, sample, "the answer is too long to be read")
    file, text, language = first_text(task)
    parsed = tree_of(text, language)
    if language is None or parsed is None:
        return Unreadable(member, sample, "the file cannot be read")
    why = "the answer holds no new name"
    before, behind = _around(parsed.source, target)
    for given in names_in(answer, target.name, before, behind):
        new = as_the_old(given, target.name, language.name)
        found = _made(parsed, language, target, new)
        if isinstance(found, bytes):
            notes = () if new == given else ("the name was written as the old one is",)
            after = {file: found.decode("utf-8", "surrogatepass")}
            return Proposal(member, sample, after, Format.DEFINITION, notes)
        why = found
    return Unreadable(member, sample, why)


def _around(source: bytes, target: Target) -> tuple[str, str]:
    """Return the tokens before and behind the name where it is bound first."""
    start, end = target.first, target.first + len(target.name.encode())
    head = source[max(0, start - _NEAR) : start].decode("utf-8", "ignore")
    tail = source[end : end + _NEAR].decode("utf-8", "ignore")
    return " ".join(_TOKENS.findall(head)[-2:]), " ".join(_TOKENS.findall(tail)[:1])


def _target(task: EditTask) -> Target | str:
    file, text, language = first_text(task)
    if language is None or not file:
        return "names cannot be told apart in this language"
    start, end = selection_of(task)
    return target_in(text, language.name, start, end)


def _made(parsed: ParsedText, language: Language, target: Target, new: str) -> bytes | str:
    """Return the file with the new name, or why it cannot have it."""
    why = _clash(parsed, language, target, new)
    if why:
        return why
    source = parsed.source
    parts: list[bytes] = []
    moved: list[int] = []
    at = size = 0
    for start, end, before, behind in target.places:
        piece = source[at:start] + before.encode()
        parts += [piece, new.encode(), behind.encode()]
        moved.append(size + len(piece))
        size += len(piece) + len(new.encode()) + len(behind.encode())
        at = end
    parts.append(source[at:])
    made = b"".join(parts)
    after = tree_of(made.decode("utf-8", "surrogatepass"), language)
    if after is None or error_count(after.tree) > error_count(parsed.tree):
        return "the file could not be read any more with the new name"
    if target.owner < 0:
        return made
    known = occurrences_of(new, after, language)
    mine = [] if known is None else [s.start for s in known.spots if s.owner == target.owner]
    if mine != moved:
        return "the new name would mean something else at some of its places"
    return made


def _clash(parsed: ParsedText, language: Language, target: Target, new: str) -> str:
    if new == target.name:
        return "the answer gives the name that is there"
    if (
        not new.isidentifier()
        or len(new) > LONGEST_NAME
        or not (new.isascii() or not target.name.isascii())
    ):
        return "the answer holds no name that the language takes"
    if len(new.strip("_")) < _SHORTEST:
        return "the new name says no more than the old one"
    if new in _words(language) or new in FIXED:
        return "the answer gives a word of the language"
    rules = rules_for(language)
    if rules is not None and new in rules.known:
        return "the new name is one of the language's own"
    low, high = target.reach
    if rules is None:
        word = rb"(?<!\w)" + re.escape(new.encode()) + rb"(?!\w)"
        return "the new name is used already" if re.search(word, parsed.source) else ""
    known = occurrences_of(new, parsed, language)
    if known is None:
        return "the file is too large to find every place of a name"
    inside = [one.start for one in known.spots] + [one.start_byte for one in known.unsure]
    around = (known.scopes[number] for number in known.binders)
    if any(low <= at < high for at in inside) or any(
        o.start <= low and high <= o.end for o in around
    ):
        return "the new name is used already"
    return ""


@lru_cache(maxsize=64)
def _words(language: Language) -> frozenset[str]:
    """Return the words of a language that name nothing."""
    rules = rules_for(language)
    if rules is not None:
        words = reader_of(language, rules).words
    else:
        grammar = tree_sitter.Language(language.grammar())
        kinds = range(grammar.node_kind_count)
        words = frozenset((grammar.node_kind_for_id(n) or "").encode() for n in kinds)
    return frozenset(word.decode("utf-8", "replace") for word in words) | _MORE_WORDS


_MORE_WORDS_LISTED = """
True False None null undefined true false nil this super arguments end then
"""
_MORE_WORDS = frozenset(_MORE_WORDS_LISTED.split())
