"""The open documents, as immutable snapshots.

pygls' own store is not used: it splits lines at U+2028, form feed and others, which corrupts documents.
"""

from collections.abc import Sequence

from lsprotocol import types

from fusionls.core.chunks import CHUNK_SIZE
from fusionls.core.context import MOST_TEXT_SCANNED
from fusionls.core.request import OpenDocument
from fusionls.core.text import DocumentSnapshot
from fusionls.core.uris import DocumentKey, document_key
from fusionls.lsp.positions import Encoding, offset_at


class Documents:
    """Documents by URI, however it is spelled. Every change makes a new snapshot.

    ``chunk_size`` (code points) is what a snapshot is cut into; tests lower it to meet the seams.
    """

    def __init__(self, chunk_size: int = CHUNK_SIZE) -> None:
        self._chunk_size = chunk_size
        self._snapshots: dict[DocumentKey, DocumentSnapshot] = {}
        self._beside: dict[DocumentKey, tuple[DocumentSnapshot, OpenDocument]] = {}
        self.encoding = Encoding.UTF_16

    def open(self, item: types.TextDocumentItem) -> None:
        """Take a document that the client opened; opening it again starts afresh."""
        self._snapshots[document_key(item.uri)] = self._snapshot(
            item.uri, item.language_id, item.version, item.text
        )

    def change(
        self,
        identifier: types.VersionedTextDocumentIdentifier,
        changes: Sequence[types.TextDocumentContentChangeEvent],
    ) -> bool:
        """Apply ``changes`` in order, each to the result of the one before.

        Returns False if the document is not open; then nothing happens. Positions beyond a line or the
        document are clamped, and a reversed range is read the right way round.
        """
        snapshot = self.get(identifier.uri)
        if snapshot is None:
            return False
        if not changes:
            snapshot = snapshot.edited(0, 0, "", identifier.version)
        for change in changes:
            snapshot = self._changed(snapshot, change, identifier.version)
        self._snapshots[document_key(identifier.uri)] = snapshot
        return True

    def close(self, uri: str) -> None:
        """Forget the document ``uri``, if it is open."""
        self._snapshots.pop(document_key(uri), None)
        self._beside.pop(document_key(uri), None)

    def get(self, uri: str) -> DocumentSnapshot | None:
        """Return the newest snapshot of ``uri``, or None if it is not open."""
        return self._snapshots.get(document_key(uri))

    def others(self, uri: str) -> tuple[DocumentSnapshot, ...]:
        """Return the snapshots of all open documents but ``uri``, in the order of opening."""
        asked = document_key(uri)
        return tuple(s for key, s in self._snapshots.items() if key != asked)

    def beside(self, uri: str) -> tuple[OpenDocument, ...]:
        """Return what may be context for ``uri``: all other open documents, in the order of opening.

        One that did not change is the same object as before, so that what is known of it is found at once.
        """
        asked = document_key(uri)
        return tuple(self._opened(key, s) for key, s in self._snapshots.items() if key != asked)

    def _opened(self, key: DocumentKey, snapshot: DocumentSnapshot) -> OpenDocument:
        known = self._beside.get(key)
        if known is None or known[0] is not snapshot:
            text = snapshot.slice(0, MOST_TEXT_SCANNED)
            known = snapshot, OpenDocument(snapshot.uri, snapshot.language_id, text)
            self._beside[key] = known
        return known[1]

    def _snapshot(self, uri: str, language_id: str, version: int, text: str) -> DocumentSnapshot:
        return DocumentSnapshot(uri, language_id, version, text, self._chunk_size)

    def _changed(
        self,
        snapshot: DocumentSnapshot,
        change: types.TextDocumentContentChangeEvent,
        version: int,
    ) -> DocumentSnapshot:
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            return self._snapshot(snapshot.uri, snapshot.language_id, version, change.text)
        start = offset_at(snapshot, change.range.start, self.encoding)
        end = offset_at(snapshot, change.range.end, self.encoding)
        return snapshot.edited(min(start, end), max(start, end), change.text, version)
