"""What comes over LSP may narrow the user's settings, and never widen them.

A server cannot tell whether an editor's setting is the person's own or was brought by the repository
they opened, so it has the rights of a project: to choose among names that the user gave, and to lower
budgets.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from fusionls.core.wish import ReadWish, Wish
from fusionls.settings.schema import CompletionBlock, EditorCompletion, UserFile

# The pool that is always there, also if the user has written no pools.
DEFAULT_POOL = "default"
COMPLETION = "completion"
# Client libraries keep settings of their own in a server's section.
FOREIGN_KEYS = frozenset({"trace"})


def read_wish(user: UserFile, members: Collection[str], block: object) -> ReadWish:
    """Return what ``block`` may choose within ``user``, and in sentences what is wrong with it.

    ``members`` are the names that may be chosen. Keys that are not known and budgets above the user's
    have no effect; a wrong type or name makes the whole block unusable, so that a half-typed setting
    changes nothing.
    """
    try:
        section = _object(block, "the section")
        table = _object(section.get(COMPLETION), COMPLETION)
        foreign = [key for key in section if key != COMPLETION and key not in FOREIGN_KEYS]
        unknown = [key for key in table if key not in EditorCompletion.model_fields]
        problems = tuple(_without_effect([*foreign, *(f"{COMPLETION}.{key}" for key in unknown)]))
        known = {key: v for key, v in table.items() if key not in unknown and v is not None}
        if problems and not known:
            return ReadWish(None, problems)
        wished = EditorCompletion.model_validate(known)
    except ValidationError as error:
        return ReadWish(
            None, tuple(_said(f"{_place(e['loc'])}: {e['msg']}") for e in error.errors())
        )
    except TypeError as error:
        return ReadWish(None, (_said(str(error)),))
    wrong = tuple(_unknown_names(user, members, wished))
    if wrong:
        return ReadWish(None, problems + wrong)
    return ReadWish(_wish(wished), (*problems, *_raised(user.completion, wished)))


def _object(value: object, what: str) -> Mapping[str, Any]:
    """Return ``value`` as an object; null is an empty one, and so is the empty list of Lua's clients."""
    if value is None or value == []:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{what} is {type(value).__name__}, not an object")
    return value


def _without_effect(keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        yield _said(f"{key!s:.60} has no effect, an editor may only choose and lower")


def _place(path: Iterable[object]) -> str:
    return ".".join(map(str, (COMPLETION, *path)))


def _wish(wished: EditorCompletion) -> Wish:
    return Wish(
        enabled=wished.enabled,
        pool=wished.pool or "",
        members=None if wished.members is None else tuple(dict.fromkeys(wished.members)),
        automatic_ms=wished.budget_ms,
        manual_ms=wished.manual_budget_ms,
    )


def _unknown_names(
    user: UserFile, members: Collection[str], wished: EditorCompletion
) -> Iterator[str]:
    for name in wished.members or ():
        if name not in members:
            yield _said(f"completion.members: {name!r:.80} is no member of yours")
    if wished.pool and wished.pool != DEFAULT_POOL and wished.pool not in user.pools:
        yield _said(f"completion.pool: {wished.pool!r:.80} is no pool of yours")


def _raised(user: CompletionBlock, wished: EditorCompletion) -> Iterator[str]:
    for name in ("budget_ms", "manual_budget_ms"):
        limit, value = getattr(user, name), getattr(wished, name)
        if value is not None and value > limit:
            yield _said(
                f"completion.{name}: {value} is above your settings file's {limit}, which counts"
            )


def _said(problem: str) -> str:
    return f"In the editor's settings of fusionls: {problem}."
