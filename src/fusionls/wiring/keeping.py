"""What has to be known of a document to decide who may be shown it, and where a project is."""

import os
from functools import lru_cache
from pathlib import Path

from fusionls.core.editing.formats import FormAnswer
from fusionls.core.kept_in import PrivacyRules
from fusionls.core.panel import Panel
from fusionls.core.uris import is_file
from fusionls.core.wish import Wish
from fusionls.engine.edit_ports import FormStore
from fusionls.engine.ports import LearnedStore
from fusionls.local.memory_files import name_of, path_of
from fusionls.settings.resolved import Settings

# One for each project that is open.
MOST_RULES = 64
# A path that is kept from everybody, in the place of one that cannot be followed.
UNSEEN = "/.ssh/unseen"
# Why nobody is asked, in words.
KEPT_FROM_ALL = "its name is that of a file with secrets, or the settings exclude it"
NOBODY_LOCAL = "it stays on this machine, and no member of its pool runs here"


def paths_of(uri: str) -> tuple[str, ...]:
    """Return what the document is known by: its URI, its path, and where that leads."""
    if not is_file(uri):
        return (uri,) if uri else ()
    try:
        return (uri, name_of(uri), os.path.realpath(path_of(uri)))
    except (OSError, ValueError):
        # Where it leads cannot be seen: it may be a key.
        return (uri, UNSEEN)


def rules_of(settings: Settings, wish: Wish) -> PrivacyRules:
    """Return the rules of a project, with what the editor wishes on top."""
    privacy = settings.privacy
    return _compiled(
        (*privacy.exclude, *wish.exclude),
        (*privacy.local_paths, *wish.local_paths),
        settings.root,
        settings.outermost,
    )


@lru_cache(MOST_RULES)
def _compiled(
    exclude: tuple[str, ...],
    local_paths: tuple[str, ...],
    root: Path | None,
    outermost: Path | None,
) -> PrivacyRules:
    home = str(Path("~").expanduser())
    if root is None:
        return PrivacyRules(exclude, local_paths, home=home)
    real = Path(os.path.realpath(root))
    depth = len(root.parents) if outermost is None else len(root.relative_to(outermost).parts)
    above = tuple(str(folder) for one in (root, real) for folder in tuple(one.parents)[:depth])
    return PrivacyRules(
        exclude, local_paths, root=str(root), real_root=str(real), home=home, above=above
    )


class ByProject:
    """A store of what was learned that knows projects by their paths, as a person names them."""

    def __init__(self, store: LearnedStore) -> None:
        self._store = store

    def keep(self, pool: str, project: str, panel: Panel) -> None:
        """Keep a panel of a pool, asked in the folder with the URI ``project``, "" for none."""
        self._store.keep(pool, _path_of_project(project), panel)

    async def panels(self, pool: str, newest: int = 1000) -> list[Panel]:
        """Return the ``newest`` panels of ``pool``, oldest first."""
        return await self._store.panels(pool, newest)

    def close(self) -> None:
        """Write what is not written, within a bounded time."""
        self._store.close()


class EditsByProject:
    """A store of how members answered edits that knows projects by their paths, as a person names them."""

    def __init__(self, store: FormStore) -> None:
        self._store = store

    def keep_answer(self, answer: FormAnswer, project: str) -> None:
        """Keep an answer, asked for in the folder with the URI ``project``, "" for none."""
        self._store.keep_answer(answer, _path_of_project(project))

    async def answers(self, newest: int) -> list[FormAnswer]:
        """Return the ``newest`` of each member and format, oldest first."""
        return await self._store.answers(newest)


def _path_of_project(uri: str) -> str:
    return str(path_of(uri)) if uri and is_file(uri) else uri
