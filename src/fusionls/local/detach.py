"""Starts a module as a process that nobody waits for, and ends at once.

Run as ``python -P -m fusionls.local.detach MODULE ARGUMENT...``. A keeper must outlive the server that
started it, and the interrupt from that server's terminal; being its grandchild, it leaves no zombie behind
in it either. The three standard streams are handed on. On Windows, where this was not run, the flags are
meant to do the same; an editor that puts its children into a job and closes it takes keepers along, and
the next server starts them again.
"""

import subprocess
import sys

_DETACHED_ON_WINDOWS = 0x00000008 | 0x00000200  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP


def main() -> None:
    """Start what the arguments name. Raises OSError if it cannot be started."""
    on_windows = sys.platform == "win32"
    subprocess.Popen(
        [sys.executable, "-P", "-m", *sys.argv[1:]],
        stdin=sys.stdin,
        stdout=sys.stdout,
        stderr=sys.stderr,
        start_new_session=not on_windows,
        creationflags=_DETACHED_ON_WINDOWS if on_windows else 0,
    )


if __name__ == "__main__":
    main()
