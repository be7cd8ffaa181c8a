"""Files are written all or none, and never over what somebody else wrote."""

import os
import stat
from pathlib import Path

import pytest

from fusionls.cli.writing import NotWritten, Writing, write_all

RUNS_AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def writing(path, after, before=...):
    before = path.read_bytes() if before is ... else before
    return Writing(path, before, after, path.parent)


def content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def two(tmp_path):
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path / "a.py", tmp_path / "b.py"


def test_all_are_written_and_nothing_else_is_left(two, tmp_path):
    write_all(
        [writing(two[0], b"A"), writing(two[1], b""), writing(tmp_path / "t/c.py", b"C", None)]
    )
    assert content(tmp_path) == {"a.py": b"A", "b.py": b"", "t/c.py": b"C"}


@pytest.mark.skipif(os.name == "nt", reason="files have no such modes there")
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o664])
def test_the_mode_stays(two, mode):
    two[0].chmod(mode)
    write_all([writing(two[0], b"A")])
    assert stat.S_IMODE(two[0].stat().st_mode) == mode
    assert two[0].read_bytes() == b"A"


def refused(writings, sentence, folder):
    before = content(folder)
    with pytest.raises(NotWritten, match=sentence):
        write_all(writings)
    assert content(folder) == before


def test_a_file_that_was_changed_meanwhile(two, tmp_path):
    ours = [writing(two[0], b"A"), writing(two[1], b"B")]
    two[1].write_bytes(b"theirs")
    refused(ours, "b.py changed since it was read", tmp_path)


def test_a_file_that_was_deleted_meanwhile(two, tmp_path):
    ours = [writing(two[0], b"A"), Writing(tmp_path / "gone.py", b"x", b"y", tmp_path)]
    refused(ours, "gone.py", tmp_path)


def test_a_file_that_came_into_being_meanwhile(two, tmp_path):
    refused(
        [writing(two[0], b"A"), writing(two[1], b"B", None)],
        "b.py came into being since it was read",
        tmp_path,
    )


def test_a_file_that_is_read_only(two, tmp_path):
    two[1].chmod(0o444)
    refused([writing(two[0], b"A"), writing(two[1], b"B")], "b.py is read-only", tmp_path)


def test_a_link_goes_on_to_be_one_within_the_folder(two, tmp_path):
    link = tmp_path / "link.py"
    link.symlink_to("a.py")
    write_all([writing(link, b"A")])
    assert link.is_symlink()
    assert two[0].read_bytes() == b"A"


def test_a_link_that_leads_out_of_the_folder(two, tmp_path):
    (tmp_path / "in").mkdir()
    link = tmp_path / "in" / "link.py"
    link.symlink_to("../a.py")
    refused([writing(link, b"A")], "link.py is a link that leads out of", tmp_path)


def test_what_was_written_is_taken_back_if_the_rest_cannot_be(two, tmp_path, monkeypatch):
    new = tmp_path / "deep" / "er" / "c.py"
    ours = [writing(two[0], b"A"), writing(new, b"C", None), writing(two[1], b"B")]
    two[0].chmod(0o640)
    replace = Path.replace

    def failing(self, target):
        if Path(target) == two[1]:
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    refused(ours, "No space left on device", tmp_path)
    assert not (tmp_path / "deep").exists()
    assert stat.S_IMODE(two[0].stat().st_mode) == 0o640


def test_so_it_is_if_somebody_interrupts(two, tmp_path, monkeypatch):
    ours = [writing(two[0], b"A"), writing(two[1], b"B")]
    replace = Path.replace

    def interrupted(self, target):
        if Path(target) == two[1]:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    before = content(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        write_all(ours)
    assert content(tmp_path) == before


def test_what_cannot_be_taken_back_is_named(two, tmp_path, monkeypatch):
    ours = [writing(two[0], b"A"), writing(two[1], b"B")]
    replace, calls = Path.replace, []

    def dying(self, target):
        calls.append(target)
        if len(calls) > 1:
            raise OSError(5, "Input/output error", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", dying)
    with pytest.raises(NotWritten, match=r"could not be put back: .*a\.py"):
        write_all(ours)


@pytest.mark.skipif(RUNS_AS_ROOT, reason="root may write everywhere")
def test_a_folder_that_nobody_may_write_in(two, tmp_path):
    tmp_path.chmod(0o555)
    try:
        refused([writing(two[0], b"A")], "Permission denied", tmp_path)
    finally:
        tmp_path.chmod(0o755)
