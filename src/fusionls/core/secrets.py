"""Which files are likely to hold secrets. Nothing of theirs is remembered or shown to a model.

A name is all that is looked at, so the list is broad: a file that is left out in vain costs little. The
lists are in ``core/secret_names.py``; what is here are the ways in which one name can be spelled.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote

from fusionls.core.secret_names import (
    CODE,
    CODE_NAMES,
    ENDINGS,
    FOLDER_PAIRS,
    FOLDERS,
    FOLDERS_OF_SETTINGS,
    NAME,
    NAMES,
    SCRIPTS,
    STEM,
)

# A path that was escaped again and again is unescaped so often; nobody escapes more than twice.
MOST_ESCAPES = 4
# A path is at most 4,096 bytes on Linux and 32,767 characters on Windows; a longer text is no path.
LONGEST_PATH = 33_000
# A name is at most 255 bytes or characters on every file system in use; reading longer ones could take long.
LONGEST_NAME = 512
# What editors, archivers and people put around the name of a copy.
_AROUND = re.compile(
    r"""
    \A(?:\.?[#]|~\$|\._|copy\ of\ )(?=.)
    | (?<=.)(?:~\d*~?|[#]|\$|[ ._-]+(?:\(\d+\)|copy|bak|backup|bkp|old|orig|save|sav|tmp|temp
        |swp|swo|swn|swx|new|dist|part|rej|gz|bz2|xz|zst|lz4|zip|7z|tar|tgz|rar|lnk|link|symlink|txt
        |\d{1,8})(?:[ ]?\(\d+\))?)\Z
    """,
    re.VERBOSE | re.DOTALL,
)
# Windows does not see dots and blanks at the end of a name.
_UNSEEN = ". \t\0"
_SLASHES = re.compile(r"[/\\]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:")
# Letters of other alphabets that look like Latin ones.
_ALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0455\u0458\u0501\u04bb\u051b\u051d\u043a\u043c\u0442\u0432"
    "\u03b1\u03b5\u03b9\u03bf\u03c5\u03ba\u03bd\u03c1\u03c4\u03c7\u0131\u0578\u2044\u2215\u29f8\u29f5\u2216",
    "aeopcxyisjdhqwkmtb" + "aeioukvptx" + "in" + "///\\\\",
)


@lru_cache(maxsize=4096)
def looks_secret(path: str) -> bool:
    """Tell whether the file at ``path`` is likely to hold keys or passwords, by its name and folders.

    ``path`` may be a URI. Case does not matter, nor do escapes, letters that look alike, blanks and dots
    at the end, and both kinds of slashes part folders. Give it the real path, too: a harmless name
    may be a link to a key. Never raises; a text that is too long for a path is secret.
    """
    if len(path) > LONGEST_PATH:
        return True
    return any(_is_secret(spelling) for spelling in _spellings(path))


def _spellings(path: str) -> Iterator[str]:
    """Yield ``path`` in lower case as it is written and as it may be meant, each once."""
    seen = set()
    for _ in range(MOST_ESCAPES):
        path = _plain(path)
        if path in seen:
            return
        seen.add(path)
        yield path
        if _SCHEME.match(path) and ("?" in path or "#" in path):
            # What stands behind the path in a URI.
            yield re.split("[?#]", path, maxsplit=1)[0]
        path = unquote(path)


def _plain(text: str) -> str:
    """Return ``text`` in lower case without accents and hidden signs, and in Latin letters."""
    if text.isascii():
        return text.lower()
    letters = (
        sign
        for sign in unicodedata.normalize("NFKD", text.casefold())
        if unicodedata.category(sign) not in ("Mn", "Me", "Cf", "Cc")
    )
    return "".join(letters).casefold().translate(_ALIKE)


def _is_secret(path: str) -> bool:
    parts = [
        part.strip(" \t").rstrip(_UNSEEN) for part in _SLASHES.split(path.rstrip("/\\" + _UNSEEN))
    ]
    *folders, name = parts
    if not FOLDERS.isdisjoint(folders):
        return True
    if len(name) > LONGEST_NAME:
        return True
    names = {bare for one in _without_stream(name) for bare in _bare_names(one)}
    if _holds_settings(folders) and not any(map(_is_code, names)):
        return True
    return any(map(_is_secret_name, names))


def _holds_settings(folders: list[str]) -> bool:
    return not FOLDERS_OF_SETTINGS.isdisjoint(folders) or not FOLDER_PAIRS.isdisjoint(
        pairwise(folders)
    )


def _without_stream(name: str) -> list[str]:
    # "name:stream:$TYPE" on Windows, "untitled:name" in an editor.
    return [name, *name.split(":")] if ":" in name else [name]


def _bare_names(name: str) -> Iterator[str]:
    """Yield ``name`` and what it is a copy of."""
    yield name
    while True:
        bare = _AROUND.sub("", name).rstrip(". \t")
        if bare == name or not bare:
            return
        name = bare
        yield name
        if name.startswith("."):
            # A swap file of Vim has a dot before the name.
            yield name[1:]


def _is_secret_name(name: str) -> bool:
    if not name:
        return False
    if name in CODE_NAMES or name.startswith((".env.", ".env-", ".env_")):
        return True
    stem, _, ending = name.rpartition(".")
    if ending in CODE and stem:
        return False
    if ending in SCRIPTS and stem:
        return name in NAMES or bool(STEM.fullmatch(stem))
    return ending in ENDINGS or name in NAMES or bool(NAME.fullmatch(name))


def _is_code(name: str) -> bool:
    stem, _, ending = name.rpartition(".")
    return bool(stem) and ending in CODE
