"""Which files of a folder are left out: as git ignores them, and what nobody writes by hand."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from fusionls.core.kept_in import NO_RULES, Keep, PrivacyRules, may_leave
from fusionls.core.path_patterns import is_void, pattern_of
from fusionls.core.secrets import looks_secret

# Read in each folder, the later ones last: their rules win.
IGNORE_FILES = (".gitignore", ".ignore")
# Installed packages, caches and version control, where no ignore file says so.
_FOLDERS = frozenset(
    {
        "__pycache__",
        "bower_components",
        "jspm_packages",
        "node_modules",
        "site-packages",
        ".bzr",
        ".git",
        ".hg",
        ".jj",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
    }
)
# A folder that holds one of these is an environment or a cache (bford.info/cachedir).
_MARKS = ("pyvenv.cfg", "CACHEDIR.TAG")
_ENDINGS = (
    *(
        ".7z",
        ".a",
        ".bin",
        ".bmp",
        ".bz2",
        ".class",
        ".dat",
        ".db",
        ".dll",
        ".dylib",
        ".eot",
        ".exe",
    ),
    *(".gguf", ".gif", ".gz", ".ico", ".jar", ".jpeg", ".jpg", ".lock", ".log", ".map", ".min.css"),
    *(".min.js", ".mo", ".mp3", ".mp4", ".npy", ".npz", ".o", ".obj", ".onnx", ".otf", ".parquet"),
    *(".pdf", ".pickle", ".pkl", ".png", ".pt", ".pyc", ".pyd", ".pyo", ".rar", ".so", ".sqlite"),
    *(
        ".svg",
        ".tar",
        ".tgz",
        ".ttf",
        ".wasm",
        ".wav",
        ".webp",
        ".whl",
        ".woff",
        ".woff2",
        ".xz",
        ".zip",
    ),
)
_NAMES = frozenset({"package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum"})
# An ignore file that is longer was not written to be one; of what it says more, nothing can be trusted to be
# left out, so that nothing beside it is read.
MOST_OF_AN_IGNORE_FILE = 100_000
MOST_RULES = 5000
# Whatever lies in a folder that holds secrets is one, code included.
_ANYTHING = "x.py"
_EVERYTHING = "*"

# What the lines of the ignore files of a folder say, the last one first: ignored or not, if it matches.
_Spec = tuple[tuple[bool, "re.Pattern[str]"], ...]


class Ignoring:
    """What is left out of the folder ``root``: read as it is needed. Never raises.

    As git does it, the ignore files of folders above count, too, up to the one that holds ``.git``.
    ``rules`` are those of the project.
    """

    def __init__(self, root: Path, rules: PrivacyRules = NO_RULES) -> None:
        self._root = root
        self._real_root = Path(os.path.realpath(root))
        self._rules = rules
        self._specs: dict[Path, _Spec] = {}
        self._top = _top_of(root)
        self._excluded = _spec(_lines(self._top / ".git" / "info" / "exclude"))

    def leaves_out(self, path: Path, *, folder: bool) -> bool:
        """Tell whether ``path``, which lies in the root, is left out; its parents are not looked at.

        It must be no link, or it is to be looked at where it leads.
        """
        name = path.name
        if folder and (name in _FOLDERS or any((path / mark).exists() for mark in _MARKS)):
            return True
        if not folder and (name in _NAMES or name.lower().endswith(_ENDINGS)):
            return True
        return self._is_kept_in(path, folder=folder) or self._is_ignored(path, folder=folder)

    def leaves_out_deep(self, path: Path) -> bool:
        """Tell whether the file ``path`` or a folder between it and the root is left out.

        So is what lies behind a link: it may lead anywhere.
        """
        folders = self._folders_to(path)
        if folders is None or any(self.leaves_out(at, folder=True) for at in folders):
            return True
        as_written = str(self._real_root / path.parent.relative_to(self._root))
        # A system that does not tell cases apart may write one path in several.
        if os.path.realpath(path.parent).casefold() != as_written.casefold():
            return True
        return self.leaves_out(path, folder=False)

    def is_ignored_deep(self, path: Path) -> bool:
        """Tell whether an ignore file leaves out ``path`` or a folder between it and the root.

        This is what is asked for a document that is open: its name and what kind of file it is are
        looked at elsewhere. What lies outside of the root is not ignored.
        """
        folders = self._folders_to(path)
        if folders is None:
            return False
        return any(self._is_ignored(at, folder=True) for at in folders) or self._is_ignored(
            path, folder=False
        )

    def _folders_to(self, path: Path) -> list[Path] | None:
        if not path.is_relative_to(self._root) or path == self._root:
            return None
        return [
            at
            for at in reversed(path.parents)
            if at != self._root and at.is_relative_to(self._root)
        ]

    def _is_kept_in(self, path: Path, *, folder: bool) -> bool:
        paths = [str(path)]
        if self._real_root != self._root:
            paths.append(str(self._real_root / path.relative_to(self._root)))
        if not folder:
            return may_leave(paths, self._rules) is Keep.NOTHING
        return any(
            looks_secret(f"{one}/{_ANYTHING}") or self._rules.keep(one) is Keep.NOTHING
            for one in paths
        )

    def _is_ignored(self, path: Path, *, folder: bool) -> bool:
        # The nearest folder that says anything of the path decides.
        for parent in self._parents(path):
            said = _said(self._spec_of(parent), parent, path, folder=folder)
            if said is not None:
                return said
        return bool(_said(self._excluded, self._top, path, folder=folder))

    def _parents(self, path: Path) -> Iterator[Path]:
        for parent in path.parents:
            yield parent
            if parent == self._top:
                return

    def _spec_of(self, folder: Path) -> _Spec:
        if folder not in self._specs:
            self._specs[folder] = _spec([line for n in IGNORE_FILES for line in _lines(folder / n)])
        return self._specs[folder]


def _top_of(root: Path) -> Path:
    """Return the folder whose version control ``root`` is under, ``root`` itself if there is none."""
    for folder in (root, *root.parents):
        try:
            if (folder / ".git").exists():
                return folder
        except OSError:
            break
    return root


def _said(spec: _Spec, parent: Path, path: Path, *, folder: bool) -> bool | None:
    if not spec:
        return None
    relative = path.relative_to(parent).as_posix() + ("/" if folder else "")
    return next((ignored for ignored, regex in spec if regex.match(relative)), None)


def _lines(path: Path) -> list[str]:
    try:
        if not path.is_file():
            return []
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(MOST_OF_AN_IGNORE_FILE + 1)
    except OSError:
        return []
    return text.split("\n") if len(text) <= MOST_OF_AN_IGNORE_FILE else [_EVERYTHING]


def _spec(lines: list[str]) -> _Spec:
    rules = [line.removeprefix("\ufeff") for line in lines if not is_void(line)]
    if len(rules) > MOST_RULES:
        rules = [_EVERYTHING]
    # Git passes over a pattern that means nothing, too.
    read = ((not rule.startswith("!"), pattern_of(rule.removeprefix("!"))) for rule in rules)
    return tuple((ignored, regex) for ignored, regex in read if regex is not None)[::-1]
