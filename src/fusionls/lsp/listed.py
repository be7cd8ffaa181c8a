"""The documents as they were when code actions were listed for them."""

from collections import OrderedDict

from fusionls.core.text import DocumentSnapshot
from fusionls.core.uris import DocumentKey, document_key

# A person chooses from the newest list or the one before; an editor asks anew at every move of the cursor.
VERSIONS_KEPT = 16


class ListedDocuments:
    """The last versions that somebody may choose an action of. They share their text with the newest."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[DocumentKey, int], DocumentSnapshot] = OrderedDict()

    def keep(self, snapshot: DocumentSnapshot) -> None:
        """Keep a version that actions were listed for."""
        key = document_key(snapshot.uri), snapshot.version
        self._kept[key] = snapshot.bare()
        self._kept.move_to_end(key)
        while len(self._kept) > VERSIONS_KEPT:
            self._kept.popitem(last=False)

    def get(self, uri: str, version: int) -> DocumentSnapshot | None:
        """Return the version of ``uri`` as it was listed last, None if it is not kept (any more)."""
        return self._kept.get((document_key(uri), version))

    def forget(self, uri: str) -> None:
        """Drop the versions of a closed document."""
        closed = document_key(uri)
        for key in [key for key in self._kept if key[0] == closed]:
            del self._kept[key]
