"""The open documents, as immutable snapshots.

pygls' own store is not used: it splits lines at U+2028, form feed and others, which corrupts documents.
"""

from collections.abc import Sequence
from typing import Final

from lsprotocol import types

from fusionls.core.text import DocumentSnapshot
from fusionls.lsp.positions import Encoding, offset_at

NO_DOCUMENT: Final = None


class Documents:
    """Documents by URI. Every change makes a new snapshot."""

    def __init__(self) -> None:
        self._snapshots: dict[str, DocumentSnapshot] = {}
        self.encoding = Encoding.UTF_16

    def open(self, item: types.TextDocumentItem) -> None:
        """Take a document that the client opened; opening it again starts afresh."""
        self._snapshots[item.uri] = DocumentSnapshot(
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
        snapshot = self._snapshots.get(identifier.uri)
        if snapshot is None:
            return False
        for change in changes:
            text = _changed(snapshot, change, self.encoding)
            snapshot = DocumentSnapshot(
                snapshot.uri, snapshot.language_id, identifier.version, text
            )
        self._snapshots[identifier.uri] = snapshot
        return True

    def close(self, uri: str) -> None:
        """Forget the document ``uri``, if it is open."""
        self._snapshots.pop(uri, NO_DOCUMENT)

    def get(self, uri: str) -> DocumentSnapshot | None:
        """Return the newest snapshot of ``uri``, or None if it is not open."""
        return self._snapshots.get(uri)

    def others(self, uri: str) -> tuple[DocumentSnapshot, ...]:
        """Return the snapshots of all open documents but ``uri``, in the order of opening."""
        return tuple(s for key, s in self._snapshots.items() if key != uri)


def _changed(
    snapshot: DocumentSnapshot, change: types.TextDocumentContentChangeEvent, encoding: Encoding
) -> str:
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return change.text
    ends = (
        offset_at(snapshot, change.range.start, encoding),
        offset_at(snapshot, change.range.end, encoding),
    )
    return snapshot.text[: min(ends)] + change.text + snapshot.text[max(ends) :]
