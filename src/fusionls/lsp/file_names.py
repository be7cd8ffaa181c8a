"""What files are called among models and people, and back: paths in their workspace folder."""

import posixpath
from collections.abc import Iterable
from urllib.parse import quote

from fusionls.core.folders import nearest_folder
from fusionls.core.uris import document_key


def name_of(folders: Iterable[str], uri: str) -> str:
    """Return the path of ``uri`` in the innermost of ``folders``; its last part if it lies in none."""
    folder = nearest_folder(folders, uri)
    path = document_key(uri)[2]
    if folder:
        path = path.removeprefix(document_key(folder)[2].rstrip("/")).strip("/")
    else:
        path = posixpath.basename(path)
    # A lone surrogate stands for bytes that are no text, and no model can be told it.
    return path.encode("utf-8", "replace").decode("utf-8") or "unnamed"


def uri_beside(folders: Iterable[str], uri: str, name: str) -> str:
    """Return the URI of the file that ``name_of`` calls ``name``, in the folder of ``uri``."""
    root = nearest_folder(folders, uri) or uri.rpartition("/")[0]
    return f"{root.rstrip('/')}/{quote(name)}"


def told_apart(names: Iterable[str]) -> list[str]:
    """Return ``names``, each of those that several files share with a number of its own."""
    found: list[str] = []
    for name in names:
        number, apart = 1, name
        while apart in found:
            number += 1
            stem, extension = posixpath.splitext(name)
            apart = f"{stem} ({number}){extension}"
        found.append(apart)
    return found
