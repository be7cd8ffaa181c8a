"""Which files of a folder are left out: as git ignores them, and what nobody writes by hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fusionls.core.secrets import looks_secret

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

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
# An ignore file that is longer was not written to be one.
MOST_OF_AN_IGNORE_FILE = 100_000


class Ignoring:
    """The rules for the folder ``root``, read as they are needed. Never raises."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._specs: dict[Path, GitIgnoreSpec | None] = {}
        self._excluded = _spec(_lines(root / ".git" / "info" / "exclude"))

    def leaves_out(self, path: Path, *, folder: bool) -> bool:
        """Tell whether ``path``, which lies in the root, is left out; its parents are not looked at."""
        name = path.name
        if folder and (name in _FOLDERS or any((path / mark).exists() for mark in _MARKS)):
            return True
        if not folder and (name in _NAMES or name.lower().endswith(_ENDINGS)):
            return True
        if looks_secret(f"{path}/x" if folder else str(path)):
            return True
        return self._is_ignored(path, folder=folder)

    def leaves_out_deep(self, path: Path) -> bool:
        """Tell whether the file ``path`` or a folder between it and the root is left out."""
        try:
            parts = path.relative_to(self._root).parts
        except ValueError:
            return True
        at = self._root
        for part in parts[:-1]:
            at /= part
            if self.leaves_out(at, folder=True):
                return True
        return self.leaves_out(path, folder=False)

    def _is_ignored(self, path: Path, *, folder: bool) -> bool:
        # The nearest folder that says anything of the path decides.
        for parent in self._parents(path):
            spec = self._spec_of(parent)
            if spec is None:
                continue
            relative = path.relative_to(parent).as_posix() + ("/" if folder else "")
            said = spec.check_file(relative).include
            if said is not None:
                return said
        if self._excluded is None:
            return False
        relative = path.relative_to(self._root).as_posix() + ("/" if folder else "")
        return bool(self._excluded.check_file(relative).include)

    def _parents(self, path: Path) -> Iterator[Path]:
        for parent in path.parents:
            yield parent
            if parent == self._root:
                return

    def _spec_of(self, folder: Path) -> "GitIgnoreSpec | None":
        if folder not in self._specs:
            self._specs[folder] = _spec([line for n in IGNORE_FILES for line in _lines(folder / n)])
        return self._specs[folder]


def _lines(path: Path) -> list[str]:
    try:
        if not path.is_file():
            return []
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(MOST_OF_AN_IGNORE_FILE).split("\n")
    except OSError:
        return []


def _spec(lines: list[str]) -> "GitIgnoreSpec | None":
    if not any(line.strip() for line in lines):
        return None
    # Loaded only where there are rules.
    from pathspec import GitIgnoreSpec

    good = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            # Git passes over a pattern that means nothing, too.
            continue
        good.append(line)
    return GitIgnoreSpec.from_lines(good)
