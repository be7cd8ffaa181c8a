"""What the editor wishes, per workspace folder."""

from fusionls.core.folders import nearest_folder
from fusionls.core.wish import NO_WISH, Wish

# The wish for documents outside of every folder, and for folders that have none of their own.
EVERYWHERE = ""


class Scopes:
    """The workspace folders and the wish of each. The nearest folder's wish counts for a document."""

    def __init__(self) -> None:
        self.folders: tuple[str, ...] = ()
        self._wishes: dict[str, Wish] = {}

    def set_folders(self, folders: tuple[str, ...]) -> None:
        """Take the folders that the editor has open now; what was wished for others is forgotten."""
        self.folders = folders
        kept = {EVERYWHERE, *folders}
        self._wishes = {folder: wish for folder, wish in self._wishes.items() if folder in kept}

    def take(self, folder: str, wish: Wish) -> bool:
        """Take the wish for ``folder``, or EVERYWHERE; return whether it is a new one."""
        changed = self._wishes.get(folder, NO_WISH) != wish
        self._wishes[folder] = wish
        return changed

    def wish_for(self, uri: str) -> Wish:
        """Return what is wished for the document ``uri``."""
        return self._of(self.folder_of(uri))

    def folder_of(self, uri: str) -> str:
        """Return the workspace folder of the document ``uri``, EVERYWHERE if it lies in none."""
        return nearest_folder(self.folders, uri) if self.folders else EVERYWHERE

    @property
    def all_off(self) -> bool:
        """Whether there is no folder in which anything is offered."""
        return not any(self._of(folder).enabled for folder in self.folders or (EVERYWHERE,))

    def _of(self, folder: str) -> Wish:
        return self._wishes.get(folder) or self._wishes.get(EVERYWHERE, NO_WISH)
