"""What holds for every test: nothing outside tests/e2e touches the network, other processes or files."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent
# Where `make models` puts the weights; a test run by hand finds them too.
os.environ.setdefault("FUSIONLS_DATA", str(REPOSITORY / ".fusionls-data"))
# Models that the person's own editors use are not for tests, nor the other way round.
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="fusionls-tests-")
# What servers keep of their suggestions is the person's own, too.
os.environ["FUSIONLS_STATE"] = tempfile.mkdtemp(prefix="fusionls-tests-")
for variable in ("XDG_RUNTIME_DIR", "FUSIONLS_STATE"):
    atexit.register(shutil.rmtree, os.environ[variable], ignore_errors=True)
# A busy machine is no reason to fail an example. Continuous integration judges a change by the same
# examples every time; new ones are looked for wherever people run the tests.
settings.register_profile("people", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "people")
WATCHED = {"socket.connect", "socket.bind", "subprocess.Popen", "os.posix_spawn", "os.exec", "open"}
WRITING = set("wax+")


class Watch:
    """Fails a unit test that reaches outside. An audit hook cannot be removed, so it can be paused."""

    def __init__(self) -> None:
        self.active = False
        self.allowed_folders: tuple[str, ...] = ()

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.active or event not in WATCHED:
            return
        if event == "open" and self._harmless(arguments):
            return
        raise AssertionError(f"a unit test reached outside: {event}{arguments!r}")

    def _harmless(self, arguments: tuple[object, ...]) -> bool:
        path, mode = arguments[0], arguments[1]
        if (
            not isinstance(path, str | bytes)
            or not isinstance(mode, str)
            or not WRITING & set(mode)
        ):
            return True
        return os.path.realpath(os.fsdecode(path)).startswith(self.allowed_folders)


watch = Watch()
sys.addaudithook(watch)

# The few unit tests that run a real child process (an offline pip) say so by this marker.
CHILD_PROCESS = "child_process"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", f"{CHILD_PROCESS}(reason): runs a child process, and says why"
    )


@pytest.fixture(autouse=True)
def _stay_inside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    outside = "e2e" in request.path.parts or request.node.get_closest_marker(CHILD_PROCESS)
    if outside:
        yield
        return
    # Hypothesis keeps its examples, and pytest its cache, in the working tree.
    folders = [
        tmp_path_factory.getbasetemp(),
        REPOSITORY / ".hypothesis",
        REPOSITORY / ".pytest_cache",
    ]
    if os.environ.get("UPDATE_EXPECT"):
        folders.append(REPOSITORY / "tests")
    watch.allowed_folders = tuple(os.path.realpath(folder) for folder in folders)
    watch.active = True
    try:
        yield
    finally:
        watch.active = False
