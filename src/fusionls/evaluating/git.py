"""What git says of a repository that nobody has looked through: read only, nothing of it is executed.

Only plumbing is called, which takes no pager, alias, signature check, filter or text converter from the
repository's own configuration, and nothing is fetched.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

# Listing the commits of a very large repository takes a few seconds.
PATIENCE_S = 60.0
# What would point git at another repository, or at other objects.
_POINTING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "LC_ALL": "C",
}
_SAFE = (
    *("--no-pager", "--no-replace-objects", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"),
)
_NO_PROGRAMS = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames")


# So many files are taken into memory at once.
_AT_A_TIME = 200


class GitError(Exception):
    """git cannot be asked, or says no; the message is its own first line."""


class Git:
    """The repository that the folder ``folder`` lies in. Raises GitError if there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        top = self._asked("rev-parse", "--show-toplevel")
        self.root = Path(os.fsdecode(top.rstrip(b"\n")))
        self._folder = self.root

    def head(self) -> str:
        """Return the hash of the newest commit. Raises GitError."""
        try:
            return self._asked("rev-parse", "--verify", "HEAD^{commit}").decode("ascii").strip()
        except GitError as error:
            raise GitError(f"{self.root} has no commit yet ({error})") from error

    def commits(self, most: int) -> list[str]:
        """Return the hashes of up to ``most`` commits that are no merges, none before what came after it."""
        listed = self._asked(
            "rev-list", "--date-order", "--no-merges", f"--max-count={most}", "HEAD"
        )
        return listed.decode("ascii").split()

    def changed(self, commit: str) -> list[tuple[bytes, str, str]]:
        """Return path, mode and blob of each file that ``commit`` added or changed."""
        raw = self._asked(
            *("diff-tree", "-r", "--root", "-z", "--raw", "--no-commit-id", "--no-abbrev"),
            *(*_NO_PROGRAMS, "--diff-filter=AM", commit),
        )
        pieces = raw.split(b"\0")
        found = []
        for about, path in zip(pieces[0::2], pieces[1::2], strict=False):
            _, mode, _, blob, _ = about.decode("ascii").split(" ")
            found.append((path, mode, blob))
        return found

    def size(self, blob: str) -> int:
        """Return how many bytes a blob has."""
        return int(self._asked("cat-file", "-s", blob))

    def content(self, blob: str) -> bytes:
        """Return what a blob holds."""
        return self._asked("cat-file", "blob", blob)

    def hunks(self, commit: str, path: bytes) -> bytes:
        """Return the difference that ``commit`` made to ``path``, without lines around it."""
        return self._asked(
            *("diff-tree", "-r", "--root", "-p", "-U0", "--no-commit-id", *_NO_PROGRAMS, commit),
            *("--", os.fsdecode(path)),
        )

    def before(self, commit: str) -> str | None:
        """Return the commit that ``commit`` changed, None for the first one."""
        line = self._asked("rev-list", "--parents", "--max-count=1", commit).decode("ascii")
        return line.split()[1] if len(line.split()) > 1 else None

    def files(self, commit: str) -> list[tuple[bytes, str, str, int]]:
        """Return path, mode, blob and size in bytes of every file in ``commit``."""
        found = []
        for entry in self._asked("ls-tree", "-r", "-l", "-z", "--full-tree", commit).split(b"\0"):
            about, _, path = entry.partition(b"\t")
            mode, kind, blob, size = about.decode("ascii").split() if path else ("", "", "", "")
            if kind == "blob":
                found.append((path, mode, blob, int(size)))
        return found

    def contents(self, blobs: list[str]) -> Iterator[bytes]:
        """Yield what each blob holds, in order."""
        for at in range(0, len(blobs), _AT_A_TIME):
            asked = "".join(f"{blob}\n" for blob in blobs[at : at + _AT_A_TIME])
            told = BytesIO(self._asked("cat-file", "--batch", given=asked.encode("ascii")))
            while header := told.readline():
                content = told.read(int(header.split()[2]))
                told.read(1)
                yield content

    def _asked(self, *arguments: str, given: bytes = b"") -> bytes:
        git = shutil.which("git")
        if git is None:
            raise GitError("git is not installed, or not on the path")
        environment = {k: v for k, v in os.environ.items() if k not in _POINTING}
        try:
            done = subprocess.run(
                [git, *_SAFE, "-C", os.fspath(self._folder), *arguments],
                env=environment | _QUIET,
                input=given,
                capture_output=True,
                timeout=PATIENCE_S,
                check=False,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise GitError(f"git cannot be asked: {type(error).__name__}") from error
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
            raise GitError(said or f"git ended with {done.returncode}")
        return done.stdout
