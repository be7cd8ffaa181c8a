"""Runs a program that nobody has read, with limits. It is no jail: who runs tests says so by an option.

The program gets a folder of its own, no environment, no input, and so much time, memory and disk. On Linux
it gets no network either, where the kernel lets people make such rooms. It can still read what the person
who runs it can read.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# What the packs' own arbiter gives a program.
PATIENCE_S = 10.0
# The tests of the packs need a few megabytes; one that needs more has gone wrong.
MEMORY_BYTES = 1 << 30
WRITTEN_BYTES = 16 << 20
OPEN_FILES = 64
# node reserves far more address space than it uses, so only its heap can be limited (megabytes).
NODE_HEAP = 512
_PROBE_S = 5.0
# Limits are set in the child itself, by code that then becomes the program: what runs between fork and exec
# in a process with threads may hang.
_LIMITED = """
import os, sys
try:
    import resource
    seconds, memory, written, files = map(int, sys.argv[1:5])
    limits = [(resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, written),
              (resource.RLIMIT_NOFILE, files), (resource.RLIMIT_CORE, 0)]
    limits += [(resource.RLIMIT_AS, memory)] if memory else []
    for which, most in limits:
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))
except ImportError:
    import subprocess
    sys.exit(subprocess.call(sys.argv[5:]))
os.execv(sys.argv[5], sys.argv[5:])
"""


@dataclass(frozen=True, slots=True)
class Runtime:
    """How programs of a language are run: the command, the file's ending, and the memory limit (bytes)."""

    command: tuple[str, ...]
    ending: str
    memory: int


@cache
def runtime_for(language: str) -> Runtime | None:
    """Return how programs of ``language`` are run on this machine, None if they cannot be."""
    if language == "python":
        return Runtime((sys.executable, "-I"), ".py", MEMORY_BYTES)
    node = shutil.which("node") if language in ("javascript", "js") else None
    return Runtime((node, f"--max-old-space-size={NODE_HEAP}"), ".js", 0) if node else None


async def passes(program: str, runtime: Runtime, patience_s: float = PATIENCE_S) -> bool:
    """Tell whether ``program`` ends well within ``patience_s`` seconds and its limits.

    Whatever it started in its group is ended with it. Raises nothing but cancellation and OSError.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / f"program{runtime.ending}"
        file.write_text(program, encoding="utf-8", errors="replace")
        limits = (int(patience_s) + 1, runtime.memory, WRITTEN_BYTES, OPEN_FILES)
        process = await asyncio.create_subprocess_exec(
            *_alone(),
            *(sys.executable, "-I", "-S", "-c", _LIMITED, *map(str, limits)),
            *(*runtime.command, str(file)),
            cwd=folder,
            env=_bare_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(patience_s):
                return await process.wait() == 0
        except TimeoutError:
            return False
        finally:
            _end(process.pid)
            await process.wait()


def _end(pid: int) -> None:
    """End what is left of the program and of what it started in its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)
        else:
            os.killpg(pid, signal.SIGKILL)


def _bare_environment(folder: str) -> dict[str, str]:
    """Return an environment without the person's: a key in a variable is none of a test's business."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return {"HOME": folder, "TMPDIR": folder, "PATH": os.defpath, "LANG": "C.UTF-8", **kept}


@cache
def _alone() -> tuple[str, ...]:
    """Return what keeps a command from the network, nothing where that cannot be done."""
    unshare = shutil.which("unshare") if sys.platform == "linux" else None
    if unshare is None:
        return ()
    wrapped = (unshare, "--user", "--map-root-user", "--net")
    try:
        probe = subprocess.run(
            [*wrapped, sys.executable, "-I", "-S", "-c", ""],
            capture_output=True,
            timeout=_PROBE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return wrapped if probe.returncode == 0 else ()


def keeps_from_network() -> bool:
    """Tell whether programs are kept from the network on this machine."""
    return bool(_alone())
