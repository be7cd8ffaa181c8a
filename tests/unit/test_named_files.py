"""Files that are named for an edit and are not open: which are read, and why others are not."""

import os

import pytest

from fusionls.core.kept_in import NO_RULES, PrivacyRules
from fusionls.engine.ports import NoFile
from fusionls.local import named_files
from fusionls.local.named_files import named_file


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def read(path, *folders, rules=NO_RULES, must_exist=True):
    uris = [folder.as_uri() for folder in folders]
    return named_file(path.as_uri(), uris, [rules], must_exist=must_exist)


def refusal(path, *folders, rules=NO_RULES, must_exist=True):
    with pytest.raises(NoFile) as raised:
        read(path, *folders, rules=rules, must_exist=must_exist)
    return str(raised.value)


def written(path, content=b"a = 1\r\nb = 2\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_in_a_workspace_folder_is_read_as_it_stands(work):
    found = read(written(work / "src/a.py"), work)
    assert (found.text, found.version, found.uri) == (
        "a = 1\r\nb = 2\n",
        -1,
        (work / "src/a.py").as_uri(),
    )
    assert read(written(work / "b.py", b"\xef\xbb\xbfx"), work).text == "x"


def test_one_that_need_not_exist_is_empty(work):
    assert refusal(work / "new.py", work) == "there is no file new.py"
    assert read(work / "new.py", work, must_exist=False).text == ""
    assert read(work / "deep/new.py", work, must_exist=False).text == ""
    assert read(written(work / "old.py"), work, must_exist=False).text.startswith("a = 1")


@pytest.mark.parametrize("must_exist", [True, False])
def test_nothing_outside_of_the_folders_is_read_or_created(work, tmp_path, must_exist):
    said = "a.py is not in a folder that is open"
    outside = tmp_path / "other/a.py"
    assert refusal(outside, work, must_exist=must_exist) == said
    assert refusal(work / "../other/a.py", work, must_exist=must_exist) == said
    assert refusal(tmp_path / "works/a.py", work, must_exist=must_exist) == said
    assert refusal(work / "a.py", must_exist=must_exist) == said
    written(outside)
    (work / "a.py").symlink_to(outside)
    (work / "linked").symlink_to(tmp_path / "other")
    assert refusal(work / "a.py", work, must_exist=must_exist) == said
    assert refusal(work / "linked/a.py", work, must_exist=must_exist) == said


def test_what_is_no_file_of_this_machine_is_none(work):
    for uri in ("untitled:Untitled-1", "file://server/share/a.py", "https://x/a.py", "", "a.py"):
        with pytest.raises(NoFile):
            named_file(uri, [work.as_uri()], [NO_RULES])


@pytest.mark.parametrize("name", [".env", "id_rsa", "deploy.pem", "sub/.env.local"])
@pytest.mark.parametrize("must_exist", [True, False])
def test_secrets_stay_where_they_are(work, name, must_exist):
    assert "secrets" in refusal(written(work / name), work, must_exist=must_exist)


def test_a_harmless_name_for_a_secret_is_a_secret(work):
    (work / "notes.py").symlink_to(written(work / ".env"))
    assert "secrets" in refusal(work / "notes.py", work)


def test_what_is_excluded_or_ignored_is_left_alone(work):
    rules = PrivacyRules(exclude=("hr/**",), root=str(work))
    assert "excluded in the settings" in refusal(written(work / "hr/a.py"), work, rules=rules)
    written(work / ".gitignore", b"build/\n*.gen.py\n")
    assert "is ignored" in refusal(written(work / "build/a.py"), work)
    assert "is ignored" in refusal(written(work / "x.gen.py"), work)
    assert "is ignored" in refusal(work / "y.gen.py", work, must_exist=False)
    assert "is ignored" in refusal(written(work / ".git/hooks/pre-commit"), work)
    assert "is ignored" in refusal(work / ".git/hooks/post-commit", work, must_exist=False)
    inner = work / "inner"
    assert "is ignored" in refusal(written(inner / "z.gen.py"), work, inner)


def test_only_texts_of_a_sensible_size_are_read(work, monkeypatch):
    assert refusal(written(work / "a.bin", b"a\0b"), work) == "a.bin is no text"
    assert refusal(written(work / "b.py", b"\xff\xfe"), work) == "b.py is no text in UTF-8"
    monkeypatch.setattr(named_files, "MOST_BYTES", 10)
    assert refusal(written(work / "c.py", b"x" * 11), work) == "c.py has more than 10 bytes"
    assert read(written(work / "d.py", b"x" * 10), work).text == "x" * 10


def test_a_pipe_or_a_folder_is_not_waited_for(work):
    os.mkfifo(work / "pipe.py")
    (work / "folder.py").mkdir()
    assert refusal(work / "pipe.py", work) == "pipe.py is no plain file"
    assert refusal(work / "folder.py", work).startswith("folder.py ")
    (work / "loop.py").symlink_to(work / "loop.py")
    assert refusal(work / "loop.py", work)
    (work / "dangling.py").symlink_to(work / "nothing.py")
    assert read(work / "dangling.py", work, must_exist=False).text == ""


def test_a_name_that_could_write_on_a_terminal_does_not(work):
    assert refusal(work / "a\x1b[31m.py", work) == "there is no file a\\x1b[31m.py"
