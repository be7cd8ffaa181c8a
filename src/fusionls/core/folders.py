"""Which workspace folder a document belongs to."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

# Windows: clients write the drive in either case, and its colon in either form.
_DRIVE = re.compile(r"^file:///[A-Za-z]:")


def nearest_folder(folders: Iterable[str], uri: str) -> str:
    """Return the innermost of ``folders`` that ``uri`` lies in, as it is written there; "" if in none."""
    path = _comparable(uri)
    around = [folder for folder in folders if _lies_in(path, _comparable(folder))]
    return max(around, key=lambda folder: len(_comparable(folder)), default="")


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _comparable(uri: str) -> str:
    """Return ``uri`` in the one form that its spellings share."""
    plain = unquote(uri) if "%" in uri else uri
    drive = _DRIVE.match(plain)
    if drive is not None:
        plain = drive.group().lower() + plain[drive.end() :]
    return plain.rstrip("/")
