"""Which of the offered files a model means."""

import re
from collections.abc import Iterable

_OUTSIDE = re.compile(r"(?:[/\\~]|[A-Za-z]:|\w+://)")
_LONGEST = 500


def offered_file(named: str, files: Iterable[str]) -> str | None:
    """Return the name of the offered file that ``named`` means, None if it is none or leads outside.

    A model may write ``./`` or leave folders out that all names have; ``..``, absolute paths, drives
    and addresses are taken only if a file was offered by that very name.
    """
    known = sorted(files)
    if named in known:
        return named
    if len(named) > _LONGEST:
        return None
    path = named.replace("\\", "/")
    if _OUTSIDE.match(path) or ".." in path.split("/"):
        return None
    path = path.removeprefix("./")
    if not path:
        return None
    ways = [name for name in known if name == path or name.endswith("/" + path)]
    ways = ways or [name for name in known if path.endswith("/" + name.removeprefix("./"))]
    return ways[0] if len(ways) == 1 else None
