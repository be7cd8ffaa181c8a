"""What may leave this machine, or be shown to any model at all: decided for a file by its paths."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from urllib.parse import unquote

from fusionls.core.path_patterns import PathPatterns, folded
from fusionls.core.secrets import looks_secret

# Paths of a project that are asked for again and again: at every key, and for every open document.
_REMEMBERED = 2048
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")
_WILD = re.compile(r"([*?\[\]\\!# ])")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
# A file's URI may name this machine; long paths on Windows have a beginning of their own.
_BEFORE_PATH = re.compile(r"file:(?://[^/]*)?/*(?=/)|//\?/", re.IGNORECASE)


class Keep(IntEnum):
    """Who may be shown a file. Of two answers the smaller one counts."""

    NOTHING = (
        0  # nobody: no member, not even one in this process, and it is no context for other files
    )
    LOCAL = 1  # members on this machine
    ALL = 2  # every member


@dataclass(frozen=True, slots=True)
class PrivacyRules:
    """The rules of one project, compiled once.

    ``exclude`` and ``local_paths`` are patterns as in a ``.gitignore``, relative to ``root`` and to each of
    the folders ``above``; case does not matter. One that begins with a slash, a drive or ``~/`` also means
    the absolute path. A pattern only ever adds: one that begins with ``!`` takes nothing back, or a
    project could lift what its user has set. ``real_root`` is the root with its links resolved, and ``home``
    what ``~`` stands for. ``unread`` are the patterns that cannot be used, to be told to the person.
    """

    exclude: tuple[str, ...] = ()
    local_paths: tuple[str, ...] = ()
    local_only: bool = False
    root: str = ""
    real_root: str = ""
    home: str = ""
    above: tuple[str, ...] = ()
    unread: tuple[str, ...] = field(init=False, compare=False)
    _excluded: PathPatterns = field(init=False, repr=False, compare=False)
    _local: PathPatterns = field(init=False, repr=False, compare=False)
    _roots: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        excluded = PathPatterns(_with_home(line, self.home) for line in self.exclude)
        local = PathPatterns(_with_home(line, self.home) for line in self.local_paths)
        roots = {
            _meant(root).rstrip("/") for root in (self.root, self.real_root, *self.above) if root
        }
        for name, value in (
            ("_excluded", excluded),
            ("_local", local),
            ("_roots", tuple(sorted(roots, key=len, reverse=True))),
            ("unread", (*excluded.unread, *local.unread)),
        ):
            object.__setattr__(self, name, value)

    def keep(self, path: str) -> Keep:
        """Return what the patterns and ``local_only`` say of ``path``, whatever its name looks like."""
        meant = _meant(path)
        if self._matches(self._excluded, meant):
            return Keep.NOTHING
        if self.local_only or self._matches(self._local, meant):
            return Keep.LOCAL
        return Keep.ALL

    def _matches(self, patterns: PathPatterns, path: str) -> bool:
        if patterns.is_empty:
            return False
        inside = [path[len(root) + 1 :] for root in self._roots if path.startswith(f"{root}/")]
        return any(map(patterns.match, inside)) or patterns.match_absolute(
            path.removeprefix("/"), outside=not inside
        )


NO_RULES = PrivacyRules()


def may_leave(real_paths: Sequence[str], privacy: PrivacyRules = NO_RULES) -> Keep:
    """Return who may be shown the file that ``real_paths`` name.

    Give every path that is known of it: as the editor writes it, and the real one behind links; a URI
    will do. What one of them forbids is forbidden. Never raises.
    """
    keep = Keep.LOCAL if privacy.local_only else Keep.ALL
    for path in dict.fromkeys(real_paths):
        if looks_secret(path):
            return Keep.NOTHING
        keep = min(keep, privacy.keep(path))
    return keep


@lru_cache(maxsize=_REMEMBERED)
def _meant(path: str) -> str:
    """Return ``path`` in one spelling: no ``.``, no ``..``, single slashes, none at the end, no case."""
    if "%" in path and _SCHEME.match(path):
        path = unquote(path)
    path = path.replace("\\", "/")
    if before := _BEFORE_PATH.match(path):
        path = path[before.end() :]
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return folded(
        ("/" if path.startswith("/") and not _DRIVE.match(path[1:]) else "") + "/".join(parts)
    )


def _with_home(line: str, home: str) -> str:
    """Return the pattern ``line`` with an absolute path where it means one."""
    if line.startswith(("~/", "~\\")) or line == "~":
        if not home:
            # It would mean a folder of that name: what cannot be used is told.
            return f"!{line}"
        return _rooted(_WILD.sub(r"\\\1", home.replace("\\", "/").rstrip("/")) + "/" + line[2:])
    return _rooted(line.replace("\\", "/")) if _DRIVE.match(line) else line


def _rooted(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"
