"""Names in the settings that must point at something: wires, families, members and pools."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from fusionls.settings.checking import wrong_name
from fusionls.settings.places import KeyPath, SourceText
from fusionls.settings.problems import Problem, like, named, one_of
from fusionls.settings.schema import DEFAULT_POOL, MemberBlock, ProjectBlock, UserFile


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names that settings may point at beside their own: registries and installed models.

    ``written`` are, by wire, the fields of a request's body that the wire writes itself.
    """

    wires: frozenset[str]
    families: frozenset[str]
    models: frozenset[str]
    written: Mapping[str, frozenset[str]] = field(default_factory=dict)


def wrong_names(user: UserFile, known: KnownNames, source: SourceText) -> Iterator[Problem]:
    """Yield a problem for every name in the user's file that points at nothing."""
    members, pools = known.models | set(user.members), {DEFAULT_POOL, *user.pools}
    yield from _in_block(user, known, source, (), members, pools)
    for path, block in user.projects.items():
        inner = members | set(block.members)
        both = pools | set(block.pools)
        yield from _in_block(block, known, source, ("projects", path), inner, both)


def wrong_names_of(
    member: MemberBlock, known: KnownNames, source: SourceText, path: KeyPath
) -> Iterator[Problem]:
    """Yield a problem for every name of a member's block that points at nothing."""
    if member.wire not in known.wires:
        yield _at(source, (*path, "wire"), wrong_name(member.wire, known.wires))
    if member.family and member.family not in known.families:
        yield _at(source, (*path, "family"), wrong_name(member.family, known.families))
    for name in sorted(set(member.body) & known.written.get(member.wire, frozenset())):
        said = f" is written by the wire {member.wire} itself: leave it out"
        yield _at(source, (*path, "body", name), said)


def _in_block(
    block: ProjectBlock,
    known: KnownNames,
    source: SourceText,
    path: KeyPath,
    members: Collection[str],
    pools: Collection[str],
) -> Iterator[Problem]:
    for name, member in block.members.items():
        yield from wrong_names_of(member, known, source, (*path, "members", name))
    for name, pool in block.pools.items():
        for unknown in sorted(set(pool.members) - set(members)):
            at: KeyPath = (*path, "pools", name)
            line = source.line_of((*at, "members", pool.members.index(unknown)))
            guess = like(unknown, members)
            said = f" names {named(unknown)}{guess}: use members of {one_of(members)}"
            yield Problem(said, at, line)
    for kind, rules in (("completion", block.completion), ("refactor", block.refactor)):
        if rules.pool not in pools:
            guess = like(rules.pool, pools)
            said = f" is {named(rules.pool)}{guess}: add [pools.{rules.pool}]"
            yield _at(source, (*path, kind, "pool"), said)
    if block.refactor.judge and block.refactor.judge not in members:
        said = wrong_name(block.refactor.judge, members)
        yield _at(source, (*path, "refactor", "judge"), said)


def _at(source: SourceText, path: KeyPath, said: str) -> Problem:
    return Problem(said, path, source.line_of(path))
