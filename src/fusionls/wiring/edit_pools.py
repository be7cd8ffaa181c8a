"""Who is asked to edit files: all of them count for who may see them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fusionls.core.kept_in import Keep
from fusionls.core.member import Privacy
from fusionls.core.wish import SWITCHED_OFF, Wish
from fusionls.engine.ports import EditMember, EditPool
from fusionls.local.memory_files import name_of
from fusionls.settings.resolved import Settings
from fusionls.settings.schema import MemberBlock
from fusionls.wiring.edit_members import EditMembers
from fusionls.wiring.keeping import KEPT_FROM_ALL, NOBODY_LOCAL
from fusionls.wiring.members import MEMORY, Wanted, privacy_of, usual_names, with_installed

NOBODY_EDITS = (
    "no member of its pool is asked for edits: install a model, or give one the role refactor"
)


@dataclass(frozen=True, slots=True)
class FileToEdit:
    """A file, the settings of its project, and who may see it."""

    uri: str
    settings: Settings
    keep: Keep


def edit_pool_of(
    members: EditMembers,
    files: Sequence[FileToEdit],
    wish: Wish,
    language_id: str = "",
    generation: int = 0,
) -> EditPool:
    """Return who is asked to edit ``files`` within ``wish``; the first is the one that was asked in.

    Its project says who and for how long; who may see it all is what every file's project allows.
    """
    settings = files[0].settings
    refactor = settings.refactor
    allowed = _Allowed(files, wish)
    off = _off(files, wish, language_id)
    blocks = {} if off else dict(_asked_for_edits(settings, wish))
    kept = {name: block for name, block in blocks.items() if allowed.may_see(block)}
    if not off and not kept:
        off = NOBODY_LOCAL if blocks else NOBODY_EDITS
    asked = tuple(members.get(allowed.wanted(name, block)) for name, block in kept.items())
    if asked and all(member.cannot for member in asked):
        off = f"{asked[0].member.name} is not asked for edits: {asked[0].cannot}"
    return EditPool(
        asked,
        budget_ms=min(float(refactor.budget_ms), wish.edit_ms or float(refactor.budget_ms)),
        samples=refactor.samples,
        judge=None if off else _judge(members, settings, allowed),
        off=off,
        generation=generation,
    )


class _Allowed:
    """Who may see all of the files."""

    def __init__(self, files: Sequence[FileToEdit], wish: Wish) -> None:
        self._files = files
        self._local_only = wish.local_only or any(f.settings.privacy.local_only for f in files)
        self._kept_in = self._local_only or min(f.keep for f in files) is Keep.LOCAL

    def may_see(self, block: MemberBlock) -> bool:
        """Tell whether a member may be shown the files."""
        if self._kept_in and privacy_of(block) is not Privacy.LOCAL:
            return False
        return all(f.settings.allows(block.endpoint) for f in self._files)

    def wanted(self, name: str, block: MemberBlock) -> Wanted:
        """Return the member as these files want it."""
        settings = self._files[0].settings
        return Wanted(
            name, block.model_dump_json(), settings.network, self._local_only, settings.currency
        )


def _off(files: Sequence[FileToEdit], wish: Wish, language_id: str) -> str:
    """Return why nobody is asked whoever there is, in words, else ""."""
    if not wish.edits:
        return SWITCHED_OFF
    language = files[0].settings.languages.get(language_id)
    if language_id in wish.languages_off or (language and not language.enabled):
        return f"switched off for {language_id}"
    for file in files:
        if file.keep is Keep.NOTHING:
            return f"{name_of(file.uri).rpartition('/')[2]} is shown to nobody: {KEPT_FROM_ALL}"
    return ""


def _asked_for_edits(settings: Settings, wish: Wish) -> Iterator[tuple[str, MemberBlock]]:
    """Yield the members of the pool that edit, in its order. The memory has no edits to offer."""
    known = with_installed(settings.members)
    pool = settings.pools.get(wish.edit_pool or settings.refactor.pool)
    for name in usual_names(settings) if pool is None else pool.members:
        block = known.get(name)
        if block and block.wire != MEMORY and "refactor" in block.roles:
            yield name, block


def _judge(members: EditMembers, settings: Settings, allowed: _Allowed) -> EditMember | None:
    """Return who compares the answers: whom the settings name, whatever its roles."""
    block = with_installed(settings.members).get(settings.refactor.judge)
    if block is None or block.wire == MEMORY or not allowed.may_see(block):
        return None
    judge = members.get(allowed.wanted(settings.refactor.judge, block))
    return None if judge.cannot else judge
