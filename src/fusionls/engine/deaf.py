"""A listener without a memory."""

from collections.abc import Sequence

from fusionls.core.kept_in import Keep
from fusionls.core.text import DocumentSnapshot
from fusionls.core.wish import Wish
from fusionls.engine.ports import BackgroundReading, EditPool, NoFile


class Deaf:
    """Hears nothing of documents and files, and reads none. A base for pools that need neither."""

    __slots__ = ()

    @property
    def reading(self) -> tuple[BackgroundReading, ...]:
        """No folders."""
        return ()

    @property
    def reads_files(self) -> bool:
        """No."""
        return False

    def news(self) -> tuple[str, ...]:
        """None."""
        return ()

    def edit_pool_for(self, uris: Sequence[str], wish: Wish, language_id: str = "") -> EditPool:
        """Nobody."""
        return EditPool((), off="nobody is asked for edits")

    async def file_at(self, uri: str, *, must_exist: bool = True) -> DocumentSnapshot:
        """Refuse."""
        raise NoFile("no file is read here")

    def keep_of(self, uri: str, wish: Wish) -> Keep:
        """Everything may be shown."""
        return Keep.ALL

    def document_changed(self, snapshot: DocumentSnapshot) -> None:
        """Nothing to do."""

    def document_closed(self, uri: str) -> None:
        """Nothing to do."""

    def folders_changed(self, folders: tuple[str, ...]) -> None:
        """Nothing to do."""

    def files_changed(self, uris: tuple[str, ...]) -> None:
        """Nothing to do."""
