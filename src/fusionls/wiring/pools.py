"""Which pool serves a document: its project's settings, within what may leave and what the editor wishes."""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from fusionls.core.folders import nearest_folder
from fusionls.core.kept_in import Keep, PrivacyRules, may_leave
from fusionls.core.member import Caps, Privacy
from fusionls.core.text import DocumentSnapshot
from fusionls.core.uris import is_file
from fusionls.core.wish import NO_WISH, ReadWish, Wish
from fusionls.engine.beside import beside
from fusionls.engine.ports import BackgroundReading, EditPool, Pool, PoolMember
from fusionls.local.install import installed
from fusionls.local.memory import WorkspaceMemory
from fusionls.local.memory_files import path_of
from fusionls.local.memory_ignore import Ignoring
from fusionls.settings.layers import FOLLOW_AGAIN_S
from fusionls.settings.narrowing import read_wish
from fusionls.settings.paths import data_folder
from fusionls.settings.resolved import Settings
from fusionls.wiring.completing import completing
from fusionls.wiring.edit_members import EditMembers
from fusionls.wiring.edit_pools import FileToEdit, edit_pool_of
from fusionls.wiring.keeping import KEPT_FROM_ALL, NOBODY_LOCAL, paths_of, rules_of
from fusionls.wiring.members import (
    MEMORY,
    Members,
    Wanted,
    privacy_of,
)
from fusionls.wiring.places import SettingsPlace
from fusionls.wiring.weighing import WeightsFile

# Files are looked at again no sooner: nobody saves one and types on within that, and a key is followed by
# several questions about its pool.
LOOK_AGAIN_S = 0.05
# Those of the documents beside it, which may be many and may all be of other projects.
LOOK_BESIDE_S = 0.15
# An editor has some hundreds of documents open at most.
MOST_POOLS = 1024


# A document, what the editor wishes for it, its language, and where the document is.
_Asked = tuple[str, Wish, str, tuple[str, ...]]


class ConfiguredPools:
    """The pools that the settings name, each for its project."""

    def __init__(self, place: SettingsPlace) -> None:
        self._place = place
        self._members = Members(self._rules_of)
        self._edits = EditMembers(self._members)
        self._folders: tuple[str, ...] = ()
        self._pools: dict[_Asked, Pool] = {}
        self._wanted: dict[_Asked, tuple[Wanted, ...]] = {}
        self._looked_at: dict[str, float] = {}
        self._wishes: dict[str, Wish] = {}
        self._news: list[str] = []
        self._unread: set[str] = set()
        self._weights = WeightsFile()
        self._keeps: dict[tuple[str, Wish, tuple[str, ...]], Keep] = {}
        self._wheres: dict[str, tuple[float, tuple[str, ...]]] = {}
        # The documents whose pools the memory is in.
        self._remembered: set[str] = set()
        self.pool = self.pool_for("", NO_WISH)

    def pool_for(self, uri: str, wish: Wish, language_id: str = "") -> Pool:
        """Return the pool that serves ``uri`` within ``wish``."""
        self._look_at_files(uri)
        self._hear(uri, wish)
        asked = (uri, wish, language_id, self._where(uri))
        pool = self._pools.get(asked)
        if pool is None:
            if len(self._pools) >= MOST_POOLS:
                self._pools.clear()
                self._wanted.clear()
            pool = self._pools[asked] = self._made(asked)
        if any(m.member.family == MEMORY for m in pool.members):
            self._remembered.add(uri)
        else:
            self._remembered.discard(uri)
        return pool

    def edit_pool_for(self, uris: Sequence[str], wish: Wish, language_id: str = "") -> EditPool:
        """Return who is asked to edit the files ``uris``."""
        for uri in uris:
            self._look_at_files(uri)
        self._hear(uris[0], wish)
        files = [FileToEdit(uri, self._settings(uri), self._keep(uri, wish)) for uri in uris]
        return edit_pool_of(self._edits, files, wish, language_id, self._place.generation)

    async def file_at(self, uri: str, *, must_exist: bool = True) -> DocumentSnapshot:
        """Return a file that is not open. Raises NoFile."""
        # Imported late: most servers never read one.
        from fusionls.local.named_files import named_file

        real = self._where(uri)[-1:]
        leads_to = [Path(path).as_uri() for path in real if Path(path).is_absolute()]
        rules = [self._rules_of(one) for one in (uri, *leads_to)]
        read = partial(named_file, uri, self._folders, rules, must_exist=must_exist)
        return await beside(read, "fusionls-file")

    def keep_of(self, uri: str, wish: Wish) -> Keep:
        """Return to whom an open document may be shown beside another one. What is ignored, to nobody."""
        self._look_at_files(uri, LOOK_BESIDE_S)
        asked = (uri, wish, self._where(uri))
        if asked not in self._keeps:
            if len(self._keeps) >= MOST_POOLS:
                self._keeps.clear()
            ignored = self._is_ignored(uri)
            self._keeps[asked] = Keep.NOTHING if ignored else self._keep(uri, wish)
        return self._keeps[asked]

    def read_wish(self, block: object) -> ReadWish:
        """Return what can be used of settings that came from an editor."""
        return read_wish(self._settings(""), self._names(), block)

    def news(self) -> tuple[str, ...]:
        """Return what is wrong with the settings, in sentences, each of them once."""
        news, self._news = self._news, []
        return (*self._place.news(), *news, *self._weights.news())

    @property
    def memory(self) -> WorkspaceMemory:
        """The workspace memory, whether or not it is in a pool."""
        return self._members.memory

    @property
    def models(self) -> tuple[PoolMember, ...]:
        """The members of the usual pool that are models, and not the memory."""
        return tuple(m for m in self.pool.members if m.member.family != MEMORY)

    @property
    def reading(self) -> tuple[BackgroundReading, ...]:
        """The folders that are being read into the memory."""
        return self._members.memory.reading

    @property
    def reads_files(self) -> bool:
        """Whether folders were read into the memory."""
        return self._members.memory.reads_files

    def document_changed(self, snapshot: DocumentSnapshot) -> None:
        """Let the memory know, if it is in the document's pool."""
        if snapshot.uri in self._remembered:
            self._members.memory.document_changed(snapshot)

    def document_closed(self, uri: str) -> None:
        """Let the memory know, and forget the document's pools."""
        self._remembered.discard(uri)
        self._looked_at.pop(uri, None)
        self._wheres.pop(uri, None)
        for asked in [asked for asked in self._wanted if asked[0] == uri]:
            del self._wanted[asked]
            self._pools.pop(asked, None)
        self._members.memory.document_closed(uri)

    def folders_changed(self, folders: tuple[str, ...]) -> None:
        """Let the memory know; the projects may be others."""
        self._folders = folders
        self._pools.clear()
        self._keeps.clear()
        self._members.memory.folders_changed(folders)

    def files_changed(self, uris: tuple[str, ...]) -> None:
        """Let the memory know; what is ignored may be something else."""
        self._keeps.clear()
        self._members.memory.files_changed(uris)

    async def aclose(self) -> None:
        """Close the members and the local servers behind them. Never raises."""
        await self._edits.aclose()
        await self._members.aclose()

    def _hear(self, uri: str, wish: Wish) -> None:
        """Take what the editor wishes for the folder around ``uri``: the memory reads by it, too."""
        if not uri:
            return
        folder = nearest_folder(self._folders, uri)
        before = self._wishes.get(folder, NO_WISH)
        self._wishes[folder] = wish
        if (before.exclude, before.local_paths) != (wish.exclude, wish.local_paths):
            self._members.memory.rules_changed()

    def _where(self, uri: str) -> tuple[str, ...]:
        """Return the paths of the document: while it is open, a link may come to lead elsewhere."""
        now = time.monotonic()
        known = self._wheres.get(uri)
        if known is None or now - known[0] >= FOLLOW_AGAIN_S:
            if len(self._wheres) >= MOST_POOLS:
                self._wheres.clear()
            known = self._wheres[uri] = (now, paths_of(uri))
        return known[1]

    def _look_at_files(self, uri: str, again_s: float = LOOK_AGAIN_S) -> None:
        """Take in what was saved in the settings' files, and in those they name, since the last look."""
        now = time.monotonic()
        if now - self._looked_at.get(uri, -again_s) < again_s:
            return
        self._looked_at[uri] = now
        before = self._place.generation
        self._settings(uri)
        if self._place.generation == before and not self._weights.have_changed():
            return
        self._keeps.clear()
        asked, self._pools, self._wanted = list(self._wanted), {}, {}
        for one in asked:
            self._pools[one] = self._made(one)
        self.pool = self.pool_for("", NO_WISH)
        wanted = {one for many in self._wanted.values() for one in many}
        self._members.keep_only(wanted)
        self._edits.keep_only(wanted)
        self._members.memory.rules_changed()

    def _made(self, asked: _Asked) -> Pool:
        """Return the pool, with its members opened, and note who they are."""
        uri, wish, language_id, _ = asked
        settings = self._settings(uri)
        completion = settings.completion
        caps = Caps(float(completion.budget_ms), float(completion.manual_budget_ms))
        nobody = Pool(
            (),
            caps,
            "",
            self._place.generation,
            completion.threshold if "threshold" in completion.model_fields_set else None,
            self._weights.read(settings.weights),
            completion.debounce,
        ).within(wish)
        self._wanted[asked] = ()
        language = settings.languages.get(language_id)
        if language_id in wish.languages_off or (language and not language.enabled):
            return replace(nobody, off=nobody.off or f"switched off for {language_id}")
        keep = self._keep(uri, wish)
        if keep is Keep.NOTHING:
            return replace(nobody, off=nobody.off or KEPT_FROM_ALL)
        local_only = settings.privacy.local_only or wish.local_only
        blocks = dict(completing(settings, wish))
        kept_in = local_only or keep is Keep.LOCAL
        allowed = {
            name: block
            for name, block in blocks.items()
            if settings.allows(block.endpoint)
            and (privacy_of(block) is Privacy.LOCAL or not kept_in)
        }
        if blocks and not allowed:
            return replace(nobody, off=nobody.off or NOBODY_LOCAL)
        wanted = tuple(
            Wanted(name, block.model_dump_json(), settings.network, local_only, settings.currency)
            for name, block in allowed.items()
        )
        self._wanted[asked] = wanted
        return replace(nobody, members=tuple(self._members.get(one) for one in wanted))

    def _settings(self, uri: str) -> Settings:
        folder = nearest_folder(self._folders, uri) if uri else next(iter(self._folders), "")
        document = path_of(uri) if is_file(uri) and uri != folder else None
        return self._place.settings_for(document, path_of(folder) if folder else None)

    def _keep(self, uri: str, wish: Wish) -> Keep:
        settings = self._settings(uri)
        rules = rules_of(settings, wish)
        for pattern in rules.unread:
            if pattern not in self._unread:
                self._unread.add(pattern)
                self._news.append(f"The pattern {pattern!r:.80} in [privacy] has no effect.")
        keep = may_leave(self._where(uri), rules)
        local_only = settings.privacy.local_only or wish.local_only
        return min(keep, Keep.LOCAL) if local_only else keep

    def _is_ignored(self, uri: str) -> bool:
        folder = nearest_folder(self._folders, uri)
        if not folder or not is_file(uri):
            return False
        ignoring = Ignoring(path_of(folder), self._rules_of(uri))
        return ignoring.is_ignored_deep(path_of(uri))

    def _rules_of(self, uri: str) -> PrivacyRules:
        wish = self._wishes.get(nearest_folder(self._folders, uri), NO_WISH)
        return rules_of(self._settings(uri), wish)

    def _names(self) -> set[str]:
        settings = self._settings("")
        in_pools = (name for pool in settings.pools.values() for name in pool.members)
        return {*settings.members, *in_pools, *installed(data_folder()), MEMORY}
