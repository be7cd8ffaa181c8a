"""What a project or the machine policy says is held within what the user said.

How a field is held stands with the field, in the schema: there is no list here that could forget one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel

from fusionls.settings.checking import leaves
from fusionls.settings.places import KeyPath
from fusionls.settings.problems import Problem, like, named, one_of
from fusionls.settings.resolved import Settings
from fusionls.settings.rights import Within, within_of
from fusionls.settings.schema import DEFAULT_POOL, PolicyFile, PoolBlock, ProjectRules

B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Settings within the user's. ``effective`` are the keys that count, ``problems`` why others do not."""

    settings: Settings
    effective: tuple[KeyPath, ...]
    problems: tuple[Problem, ...]


def narrowed(settings: Settings, rules: ProjectRules, models: Collection[str]) -> Narrowed:
    """Return ``settings`` with what a project's ``rules`` may change in them.

    ``models`` are names of members that everybody has without a block of their own.
    """
    problems: list[Problem] = []
    members = {*settings.members, *models}
    pools = {**settings.pools, **_pools(rules, members, problems)}
    pool_names = {DEFAULT_POOL, *pools}
    completion = _held(settings.completion, rules.completion, ("completion",), problems)
    refactor = _held(settings.refactor, rules.refactor, ("refactor",), problems)
    privacy = _held(settings.privacy, rules.privacy, ("privacy",), problems)
    # What is not the name of something of the user's stays what it was.
    if completion.pool not in pool_names:
        problems.append(_unknown(("completion", "pool"), completion.pool, pool_names))
        completion = completion.model_copy(update={"pool": settings.completion.pool})
    if refactor.pool not in pool_names:
        problems.append(_unknown(("refactor", "pool"), refactor.pool, pool_names))
        refactor = refactor.model_copy(update={"pool": settings.refactor.pool})
    if refactor.judge and refactor.judge not in members:
        problems.append(_unknown(("refactor", "judge"), refactor.judge, members))
        refactor = refactor.model_copy(update={"judge": settings.refactor.judge})
    languages = dict(settings.languages)
    for name, block in rules.languages.items():
        mine = settings.languages.get(name, type(block)())
        languages[name] = _held(mine, block, ("languages", name), problems)
    refused = {("proposed",), *(problem.path for problem in problems)}
    refused |= {("pools", name) for name in rules.pools if name not in pools}
    return Narrowed(
        replace(
            settings,
            pools=pools,
            completion=completion,
            refactor=refactor,
            privacy=privacy,
            languages=languages,
        ),
        tuple(
            path for path in leaves(rules) if path[0] != "proposed" and not _is_in(path, refused)
        ),
        tuple(problems),
    )


def limited(settings: Settings, policy: PolicyFile) -> Settings:
    """Return ``settings`` within the limits of the machine policy."""
    ceilings: list[Problem] = []
    completion = _held(settings.completion, policy.completion, (), ceilings)
    refactor = _held(settings.refactor, policy.refactor, (), ceilings)
    hosts = policy.allowed_hosts
    return replace(
        settings,
        completion=completion,
        refactor=refactor,
        privacy=_held(settings.privacy, policy.privacy, (), []),
        allowed_hosts=None if hosts is None else tuple(hosts),
    )


def _is_in(path: KeyPath, refused: set[KeyPath]) -> bool:
    return any(path[:length] in refused for length in range(1, len(path) + 1))


def _pools(
    rules: ProjectRules, members: Collection[str], problems: list[Problem]
) -> Mapping[str, PoolBlock]:
    """Return the project's pools with those of their members that the user has."""
    pools = {}
    for name, pool in rules.pools.items():
        known = [member for member in dict.fromkeys(pool.members) if member in members]
        for position, unknown in enumerate(pool.members):
            if unknown in members:
                continue
            guess = like(unknown, members)
            said = f" names {named(unknown)}, which is no member of yours{guess}: it is left out"
            problems.append(Problem(said, ("pools", name, "members", position), refused=True))
        if known:
            pools[name] = PoolBlock(members=known)
    return pools


def _held(mine: B, theirs: BaseModel, path: KeyPath, problems: list[Problem]) -> B:
    """Return ``mine`` with each field that was written in ``theirs`` held within it."""
    changes: dict[str, Any] = {}
    for name in theirs.model_fields_set:
        own, value = getattr(mine, name), getattr(theirs, name)
        match within_of(type(mine), name):
            case Within.CHOOSES:
                changes[name] = value
            case Within.LOWERS:
                changes[name] = min(own, value)
                if value > own:
                    said = f" is {value}, above your settings' {own}, which counts"
                    problems.append(Problem(said, (*path, name), refused=True))
            case Within.ADDS:
                changes[name] = _added(own, value, (*path, name), problems)
            case Within.SWITCHES_ON:
                changes[name] = own or value
            case Within.SWITCHES_OFF:
                changes[name] = own and value
                if value and not own:
                    said = " is switched off in your settings, which counts"
                    problems.append(Problem(said, (*path, name), refused=True))
            case other:
                raise LookupError(f"{name} is not for a project to write: {other}")
    return mine.model_copy(update=changes)


def _added(mine: list[str], theirs: list[str], path: KeyPath, problems: list[Problem]) -> list[str]:
    """Return ``mine`` and the patterns of ``theirs`` that keep more in."""
    added = list(mine)
    for position, pattern in enumerate(theirs):
        if pattern.startswith("!"):
            said = f" is {named(pattern)}, which would let out what another one keeps in: no effect"
            problems.append(Problem(said, (*path, position), refused=True))
        elif pattern not in added:
            added.append(pattern)
    return added


def _unknown(path: KeyPath, name: str, names: Collection[str]) -> Problem:
    said = f" is {named(name)}, which you have not{like(name, names)}: use one of {one_of(names)}"
    return Problem(said, path, refused=True)
