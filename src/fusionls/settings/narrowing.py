"""What comes over LSP may narrow the user's settings, and never widen them.

A server cannot tell whether an editor's setting is the person's own or was brought by the repository
they opened, so it has the rights of a project: to choose among names that the user gave, to lower
budgets and to keep more in.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Protocol

from pydantic import ValidationError

from fusionls.core.wish import ReadWish, Wish
from fusionls.settings.checking import block_at
from fusionls.settings.schema import (
    DEFAULT_POOL,
    CompletionBlock,
    EditorSettings,
    PoolBlock,
    RefactorBlock,
)

COMPLETION = "completion"
REFACTOR = "refactor"
# The caps that an editor may lower, by the block that they stand in.
BUDGETS = ((COMPLETION, "budget_ms"), (COMPLETION, "manual_budget_ms"), (REFACTOR, "budget_ms"))
# Client libraries keep settings of their own in a server's section.
FOREIGN_KEYS = frozenset({"trace"})
LONGEST_KEY = 60


class Chosen(Protocol):
    """What an editor may choose within: the user's file, or the settings of a project."""

    @property
    def pools(self) -> Mapping[str, PoolBlock]:
        """The pools, by name."""

    @property
    def completion(self) -> CompletionBlock:
        """The caps."""

    @property
    def refactor(self) -> RefactorBlock:
        """The cap of edits."""


def read_wish(user: Chosen, members: Collection[str], block: object) -> ReadWish:
    """Return what ``block`` may choose within ``user``, and in sentences what is wrong with it.

    ``members`` are the names that may be chosen. Keys that are not known and budgets above the user's
    have no effect; a wrong type or name makes the whole block unusable, so that a half-typed setting
    changes nothing.
    """
    unknown: list[str] = []
    try:
        known = _known(block, (), unknown)
        problems = tuple(
            _said(f"{key} has no effect, an editor may only choose and lower") for key in unknown
        )
        if problems and not any(known.values()):
            return ReadWish(None, problems)
        wished = EditorSettings.model_validate(known)
    except ValidationError as error:
        return ReadWish(
            None, tuple(_said(f"{_place(e['loc'])}: {e['msg']}") for e in error.errors())
        )
    except (TypeError, RecursionError) as error:
        return ReadWish(None, (_said(str(error)),))
    wrong = tuple(_unknown_names(user, members, wished))
    if wrong:
        return ReadWish(None, problems + wrong)
    return ReadWish(_wish(wished), (*problems, *_without_effect(user, wished)))


def _known(value: object, path: tuple[str, ...], unknown: list[str]) -> dict[str, Any]:
    """Return the keys of ``value`` that mean something; the others are added to ``unknown``.

    Null says nothing, as a table and as a value, and the empty list of Lua's clients is an empty table.
    """
    if value is None or value == []:
        return {}
    if not isinstance(value, Mapping):
        what = ".".join(path) or "the section"
        raise TypeError(f"{what} is {type(value).__name__}, not an object")
    block = block_at(EditorSettings, path)
    known: dict[str, Any] = {}
    for name, inner in value.items():
        at = (*path, str(name))
        if block and name not in block.model_fields:
            if path or name not in FOREIGN_KEYS:
                unknown.append(_place(at))
        elif block_at(EditorSettings, at) or at == ("languages",):
            known[name] = _known(inner, at, unknown)
        elif inner is not None:
            known[name] = inner
    return known


def _place(path: Iterable[object]) -> str:
    return ascii(".".join(map(str, path)))[1:-1][:LONGEST_KEY]


def _wish(wished: EditorSettings) -> Wish:
    completion, refactor, privacy = wished.completion, wished.refactor, wished.privacy
    return Wish(
        enabled=completion.enabled,
        pool=completion.pool or "",
        members=None if completion.members is None else tuple(dict.fromkeys(completion.members)),
        automatic_ms=completion.budget_ms,
        manual_ms=completion.manual_budget_ms,
        languages_off=frozenset(n for n, block in wished.languages.items() if not block.enabled),
        local_only=privacy.local_only,
        exclude=tuple(_adding(privacy.exclude)),
        local_paths=tuple(_adding(privacy.local_paths)),
        edits=refactor.enabled,
        edit_pool=refactor.pool or "",
        edit_ms=refactor.budget_ms,
    )


def _adding(patterns: Iterable[str]) -> Iterator[str]:
    """Yield the patterns that keep more in; one with ! would let files out."""
    return (pattern for pattern in patterns if not pattern.startswith("!"))


def _unknown_names(user: Chosen, members: Collection[str], wished: EditorSettings) -> Iterator[str]:
    for name in wished.completion.members or ():
        if name not in members:
            yield _said(f"completion.members: {name!r:.80} is no member of yours")
    for block, pool in ((COMPLETION, wished.completion.pool), (REFACTOR, wished.refactor.pool)):
        if pool and pool != DEFAULT_POOL and pool not in user.pools:
            yield _said(f"{block}.pool: {pool!r:.80} is no pool of yours")


def _without_effect(user: Chosen, wished: EditorSettings) -> Iterator[str]:
    for block, name in BUDGETS:
        limit = getattr(getattr(user, block), name)
        value = getattr(getattr(wished, block), name)
        if value is not None and value > limit:
            yield _said(
                f"{block}.{name}: {value} is above your settings file's {limit}, which counts"
            )
    for name in ("exclude", "local_paths"):
        if any(pattern.startswith("!") for pattern in getattr(wished.privacy, name)):
            yield _said(f"privacy.{name}: a pattern with ! has no effect, an editor may only add")


def _said(problem: str) -> str:
    return f"In the editor's settings of fusionls: {problem}."
