"""What has to be known of a document to decide who may be shown it."""

import os
from functools import lru_cache
from pathlib import Path

from fusionls.core.kept_in import PrivacyRules
from fusionls.core.wish import Wish
from fusionls.local.memory_files import name_of, path_of
from fusionls.settings.resolved import Settings

# One for each project that is open.
MOST_RULES = 64
# A path that is kept from everybody, in the place of one that cannot be followed.
UNSEEN = "/.ssh/unseen"


def paths_of(uri: str) -> tuple[str, ...]:
    """Return what the document is known by: its URI, its path, and where that leads."""
    if not uri.startswith("file:"):
        return (uri,) if uri else ()
    try:
        return (uri, name_of(uri), os.path.realpath(path_of(uri)))
    except (OSError, ValueError):
        # Where it leads cannot be seen: it may be a key.
        return (uri, UNSEEN)


def rules_of(settings: Settings, wish: Wish) -> PrivacyRules:
    """Return the rules of a project, with what the editor wishes on top."""
    privacy = settings.privacy
    root = str(settings.root or "")
    return _compiled(
        (*privacy.exclude, *wish.exclude), (*privacy.local_paths, *wish.local_paths), root
    )


@lru_cache(MOST_RULES)
def _compiled(exclude: tuple[str, ...], local_paths: tuple[str, ...], root: str) -> PrivacyRules:
    real_root = os.path.realpath(root) if root else ""
    home = str(Path("~").expanduser())
    return PrivacyRules(exclude, local_paths, root=root, real_root=real_root, home=home)
