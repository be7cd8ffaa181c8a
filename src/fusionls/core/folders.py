"""Which workspace folder a document belongs to."""

from collections.abc import Iterable

from fusionls.core.uris import DocumentKey, document_key


def nearest_folder(folders: Iterable[str], uri: str) -> str:
    """Return the innermost of ``folders`` that ``uri`` lies in, as it is written there; "" if in none."""
    document = document_key(uri)
    around = [folder for folder in folders if _lies_in(document, document_key(folder))]
    return max(around, key=lambda folder: len(_path(document_key(folder))), default="")


def _lies_in(document: DocumentKey, folder: DocumentKey) -> bool:
    path, around = _path(document), _path(folder)
    return document[:2] == folder[:2] and (path == around or path.startswith(f"{around}/"))


def _path(key: DocumentKey) -> str:
    return key[2].rstrip("/")
