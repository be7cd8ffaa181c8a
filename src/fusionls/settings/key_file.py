"""A key in a file that is the user's alone."""

import os
import stat
import sys
from pathlib import Path
from typing import NoReturn

from fusionls.settings.key_text import MOST_BYTES, KeyUnavailable

# Others may neither read nor write the file.
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_private_file(path: str) -> bytes:
    """Return what the file at ``path`` holds, at most one byte more than a key may have.

    It must be a plain file with mode 0600 or less that belongs to the user, and no link. Raises
    KeyUnavailable.
    """
    whole = Path(path).expanduser()
    if not whole.is_absolute():
        # It would depend on the folder that fusionls was started in, which may be a repository.
        raise KeyUnavailable('the key file must be named by its whole path, like "~/.openai-key"')
    try:
        # Opened first and looked at then: what was looked at is what is read.
        descriptor = os.open(whole, _READING)
    except OSError as error:
        if whole.is_symlink():
            _refuse("is a link: name the file itself")
        raise KeyUnavailable(f"the key file cannot be opened ({type(error).__name__})") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            _refuse("is not a plain file")
        _check_owner(whole, status)
        return os.read(descriptor, MOST_BYTES + 1)
    finally:
        os.close(descriptor)


def _refuse(why: str) -> NoReturn:
    raise KeyUnavailable(f"the key file {why}")


if sys.platform == "win32":
    _READING = os.O_RDONLY | os.O_BINARY

    def _check_owner(path: Path, status: os.stat_result) -> None:
        # There are no modes; what lies in the person's own folder is theirs and the administrators' alone.
        if path.is_symlink() or not path.resolve().is_relative_to(Path.home().resolve()):
            _refuse("must lie in your own user folder")
else:
    # Without blocking, for a pipe of that name would wait for its other end.
    _READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

    def _check_owner(path: Path, status: os.stat_result) -> None:
        if status.st_uid != os.geteuid():
            _refuse("belongs to somebody else")
        if status.st_mode & _OF_OTHERS:
            _refuse("can be read or changed by others: run chmod 600 on it")
