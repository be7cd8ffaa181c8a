"""What a real server process needs around it: settings, weights, folders of its own. And who is left."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from fusionls.settings.paths import data_folder

# Long caps: what these tests show is what comes out, on a machine however busy.
SMOLLM2_SETTINGS = """
[pools.default]
members = ["smollm2-135m"]

[completion]
budget_ms = 10000
manual_budget_ms = 10000
"""
# How long a process may take to notice that the one it serves is gone.
GONE_WITHIN_S = 5.0
PROCESSES = Path("/proc")
HAS_PROCESS_LIST = (PROCESSES / "self" / "stat").exists()


def server_environment(
    folder: Path, settings: str = SMOLLM2_SETTINGS, weights: Path | None = None
) -> dict[str, str]:
    """Return the variables for a server whose settings file lies in ``folder``.

    ``weights`` is the folder of the installed models, by default the one of these tests. What the user
    has set up for fusionls does not reach the server.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = settings_file(folder)
    file.write_text(settings, encoding="utf-8")
    inherited = {name: v for name, v in os.environ.items() if not name.startswith("FUSIONLS_")}
    return inherited | {
        "FUSIONLS_CONFIG": str(file),
        "FUSIONLS_DATA": str(weights or data_folder()),
        "FUSIONLS_STATE": str(folder / "state"),
        # Also where an editor that is started with these variables keeps its own files.
        **{f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")},
    }


def settings_file(folder: Path) -> Path:
    """Return the path of the settings file that ``server_environment`` writes."""
    return folder / "fusionls.toml"


def still_running(pids: Iterable[int]) -> list[int]:
    """Wait until the processes ``pids`` are gone; return those that are not after GONE_WITHIN_S."""
    deadline = time.monotonic() + GONE_WITHIN_S
    left = [pid for pid in pids if _command_line(pid)]
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [pid for pid in left if _command_line(pid)]
    return left


def _command_line(pid: int) -> str:
    """Return the command line; empty for a process that has ended, also if nobody has asked how."""
    try:
        return (PROCESSES / str(pid) / "cmdline").read_text(errors="replace")
    except OSError:
        return ""
