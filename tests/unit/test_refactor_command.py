"""``fusionls refactor`` as a person calls it: what is asked, printed and written, and the exit code."""

import json
import os

import pytest
from click.testing import CliRunner

from fusionls.cli.commands.refactor import COMMAND
from fusionls.core.editing.edit import Hunk
from fusionls.core.refactoring import EditSuggestion
from fusionls.core.trace import DecisionTrace, MemberTrace, Trace

TEXT = "def add(a, b):\n    return a + b\n\n\ndef twice(a):\n    return add(a, a)\n"
DOC = '    """Add two numbers."""\n'
DIFF = (
    "--- a/app.py\n+++ b/app.py\n@@ -1,4 +1,5 @@\n def add(a, b):\n"
    '+    """Add two numbers."""\n     return a + b\n \n \n'
)


class Script:
    """In the place of the members: what they propose, and what they were asked."""

    def __init__(self):
        self.hunks: tuple[Hunk, ...] = ()
        self.dropped = ()
        self.refusal = ""
        self.failed = False
        self.members = ()
        self.asked = None
        self.budget_ms = None
        self.meanwhile = lambda: None

    async def __call__(self, request, budget_ms):
        self.asked, self.budget_ms = request, budget_ms
        self.meanwhile()
        decision = DecisionTrace(12.0, "the one that passes", None, None, bool(self.hunks))
        trace = Trace(
            "e1", "refactor", "command line", "python", 20_000.0, "on", self.members, decision
        )
        return EditSuggestion(
            request,
            trace,
            request.files,
            self.hunks,
            self.dropped,
            "add a docstring",
            self.refusal,
            self.failed,
        )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FUSIONLS_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setattr("fusionls.wiring.opening.policy_file", lambda: tmp_path / "no policy.toml")
    project = tmp_path / "project"
    project.mkdir()
    (project / ".git").mkdir()
    monkeypatch.chdir(project)
    (project / "app.py").write_bytes(TEXT.encode())
    return project


@pytest.fixture
def script(folder, monkeypatch):
    script = Script()
    script.hunks = (Hunk("app.py", 15, 15, DOC, ("near", "far")),)
    monkeypatch.setattr("fusionls.cli.asking.edit_suggestion", script)
    return script


def run(*arguments, stdin=""):
    return CliRunner().invoke(COMMAND, [str(argument) for argument in arguments], input=stdin)


def test_a_diff_and_nothing_else_goes_to_stdout(script, folder):
    done = run("app.py:1", "add a docstring")
    assert (done.exit_code, done.stdout, done.stderr) == (0, DIFF, "")
    assert (folder / "app.py").read_text() == TEXT
    asked = script.asked
    assert (asked.instruction, asked.refactoring, asked.trigger) == (
        "add a docstring",
        "rewrite",
        "command line",
    )
    assert (asked.start, asked.end, asked.first.name) == (0, 0, "app.py")
    assert asked.first.document.uri == (folder / "app.py").as_uri()
    assert asked.first.document.language_id == "python"


def test_the_files_are_written(script, folder):
    done = run("app.py:1", "add a docstring", "--apply")
    assert (done.exit_code, done.stdout) == (0, "")
    assert (folder / "app.py").read_text() == TEXT[:15] + DOC + TEXT[15:]
    assert done.stderr == "add a docstring: app.py\n"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_and_byte_order_mark_stay(script, folder, mark, end):
    before, doc = (text.replace("\n", end) for text in (TEXT, DOC))
    (folder / "app.py").write_bytes((mark + before).encode())
    at = before.index("    return")
    script.hunks = (Hunk("app.py", at, at, doc, ("near",)),)
    assert run("app.py", "add a docstring", "--apply").exit_code == 0
    assert script.asked.first.document.text == before, "no model is shown the mark"
    written = (folder / "app.py").read_bytes().decode()
    assert written == mark + before[:at] + doc + before[at:]


def test_all_of_it_as_one_document(script, folder):
    script.dropped = (Hunk("app.py", 16, 20, "x", ("far",), True, "only one wants it"),)
    script.members = (MemberTrace("near", "answered"),)
    done = run("app.py:1", "add a docstring", "--json")
    document = json.loads(done.stdout)
    assert done.exit_code == 0
    assert document["hunks"] == [
        {
            "file": "app.py",
            "start": {"line": 2, "column": 1},
            "end": {"line": 2, "column": 1},
            "text": DOC,
            "members": ["near", "far"],
            "unsure": False,
            "why": "",
        }
    ]
    [dropped] = document["dropped"]
    assert (dropped["members"], dropped["why"]) == (["far"], "only one wants it")
    assert (document["diff"], document["applied"], document["refusal"]) == (DIFF, False, "")
    assert document["trace"]["members"][0]["name"] == "near"


def test_what_is_to_be_confirmed_is_said(script):
    script.hunks = (Hunk("app.py", 15, 15, DOC, ("near",), True, "wanted by 1 of 2"),)
    done = run("app.py:1", "add a docstring")
    assert done.stdout == DIFF
    assert done.stderr == "please look at app.py:2: wanted by 1 of 2\n"


def test_places_with_one_reason_are_said_once(script):
    why = "rename: wanted by 1 of 2"
    script.hunks = tuple(Hunk("app.py", at, at, "# x\n", ("near",), True, why) for at in (0, 15))
    assert run("app.py", "x").stderr == f"please look at app.py:1, 2: {why}\n"


def test_who_named_a_whole_file_hears_how_to_name_less(script):
    script.hunks, script.refusal = (), "there is no function or class here to describe"
    whole, line = run("app.py", "--refactoring", "docstring"), run("app.py:1", "x")
    assert whole.stderr.endswith("the whole file was meant: app.py:LINE means what stands there\n")
    assert "whole file" not in line.stderr


def test_who_answered_is_shown_on_stderr(script):
    script.members = (MemberTrace("near", "answered"), MemberTrace("far", "late"))
    done = run("app.py:1", "add a docstring", "--trace")
    assert done.stdout == DIFF
    assert "near" in done.stderr
    assert "late" in done.stderr


def test_nothing_offered(script):
    script.hunks, script.refusal = (), "no answer passed"
    done = run("app.py:1", "add a docstring", "--apply")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "nothing to offer: no answer passed\n"


def test_nothing_offered_as_a_document(script):
    script.hunks, script.refusal = (), "no answer passed"
    done = run("app.py:1", "add a docstring", "--json")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["refusal"], document["hunks"]) == (1, "no answer passed", [])


def test_every_member_failed(script):
    script.hunks, script.failed, script.refusal = (), True, "nobody answered"
    script.members = (MemberTrace("near", "failed", "connection refused"),)
    done = run("app.py:1", "add a docstring")
    assert done.exit_code == 3
    assert done.stderr == "nothing to offer: near failed: connection refused\n"


@pytest.mark.parametrize("as_json", [False, True])
def test_a_file_that_was_changed_meanwhile_is_not_written(script, folder, as_json):
    script.meanwhile = lambda: (folder / "app.py").write_text("theirs")
    done = run("app.py:1", "add a docstring", "--apply", *(["--json"] if as_json else []))
    assert done.exit_code == 1
    assert "app.py changed since it was read" in done.stderr
    assert (folder / "app.py").read_text() == "theirs"
    if as_json:
        assert json.loads(done.stdout)["applied"] is False


def test_a_link_out_of_the_project_is_not_written_through(script, folder):
    outside = folder.parent / "outside.py"
    outside.write_text(TEXT)
    (folder / "link.py").symlink_to(outside)
    script.hunks = (Hunk("link.py", 15, 15, DOC, ("near",)),)
    done = run("link.py", "add a docstring", "--apply")
    assert done.exit_code == 1
    assert "link.py is a link that leads out of" in done.stderr
    assert outside.read_text() == TEXT


def test_more_files_and_one_that_is_new(script, folder):
    (folder / "lib").mkdir()
    (folder / "lib" / "b.py").write_text("x = 1\n")
    script.hunks = (
        Hunk("app.py", 0, 0, "# app\n", ("near",)),
        Hunk("lib/b.py", 4, 5, "2", ("near",)),
        Hunk("t/new.py", 0, 0, "y = 1\n", ("near",)),
    )
    also = ("--also", "lib/b.py", "--also", "t/new.py", "--also", folder / "app.py")
    done = run("app.py", "spread it", *also)
    assert [file.name for file in script.asked.files] == ["app.py", "lib/b.py", "t/new.py"]
    assert [file.exists for file in script.asked.files] == [True, True, False]
    assert "--- a/lib/b.py\n+++ b/lib/b.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n" in done.stdout
    assert done.stdout.endswith("--- /dev/null\n+++ b/t/new.py\n@@ -0,0 +1 @@\n+y = 1\n")
    assert run("app.py", "spread it", *also, "--apply").exit_code == 0
    assert (folder / "t" / "new.py").read_text() == "y = 1\n"
    assert (folder / "lib" / "b.py").read_text() == "x = 2\n"


def test_names_are_those_in_the_project_and_in_the_diff_those_from_here(
    script, folder, monkeypatch
):
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    (folder / "sub" / "c.py").write_text(TEXT)
    script.hunks = (Hunk("sub/c.py", 15, 15, DOC, ("near",)),)
    done = run("c.py", "add a docstring")
    assert script.asked.first.name == "sub/c.py"
    assert (done.stdout, done.stderr) == (DIFF.replace("app.py", "c.py"), "")
    script.hunks = (Hunk("app.py", 15, 15, DOC, ("near",)),)
    done = run("../app.py", "add a docstring")
    assert (done.stdout, done.stderr) == (DIFF, f"to be applied in {folder}\n")


def test_files_outside_of_the_project_may_be_named(script, folder):
    (folder.parent / "other").mkdir()
    (folder.parent / "other" / "d.py").write_text("x = 1\n")
    run("app.py", "spread it", "--also", "../other/d.py")
    assert [file.name for file in script.asked.files] == ["project/app.py", "other/d.py"]


def test_an_instruction_from_stdin(script):
    run("app.py:1", "-", stdin="  add\na docstring\n")
    assert script.asked.instruction == "add\na docstring"


def test_a_refactoring_says_what_is_to_be_done(script):
    assert run("app.py:1:5", "--refactoring", "docstring", "--budget-ms", "500").exit_code == 0
    assert (script.asked.refactoring, script.asked.instruction) == ("docstring", "")
    assert (script.asked.start, script.budget_ms) == (4, 500)


def test_a_test_is_written_into_a_file_of_its_own(script, folder):
    script.hunks = (Hunk("test_app.py", 0, 0, "def test_add(): ...\n", ("near",)),)
    done = run("app.py:1", "--refactoring", "test")
    assert [file.name for file in script.asked.files] == ["app.py", "test_app.py"]
    assert done.stdout.startswith("--- /dev/null\n+++ b/test_app.py\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("app.py",), "say what is to be done"),
        (("app.py", "  "), "say what is to be done"),
        (("app.py", "x", "--diff", "--apply"), "choose one"),
        (("app.py", "x", "--refactoring", "magic"), "there is no refactoring 'magic'; there are"),
        (("app.py", "x", "--budget-ms", "0"), "--budget-ms"),
        (("app.py", "x" * 10_001), "more than 10000 characters"),
        (("app.py:9", "x"), "line 9 is outside app.py, which has 7 lines"),
        (("absent.py", "x"), "absent.py cannot be read"),
        ((".", "x"), "is a folder"),
        (("picture.png", "x"), "picture.png is not UTF-8 text (byte 0)"),
        (("zero.py", "x"), "zero.py is no text"),
        (("app.py", "x", "--also", "picture.png"), "picture.png is not UTF-8 text"),
        (("app.py", "x", "--also", "dangling.py"), "is a link that leads nowhere"),
        pytest.param(
            ("pipe.py", "x"),
            "pipe.py is no plain file",
            marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here"),
        ),
    ],
)
def test_what_cannot_be_done(script, folder, arguments, sentence):
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "zero.py").write_bytes(b"x = 1\0")
    (folder / "dangling.py").symlink_to("nowhere.py")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.py")
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in " ".join(done.stderr.split())
    assert script.asked is None


def test_ctrl_c_ends_it_and_nothing_is_written(script, folder):
    def interrupt():
        raise KeyboardInterrupt

    script.meanwhile = interrupt
    done = run("app.py:1", "add a docstring", "--apply")
    assert done.exit_code == 130
    assert done.stderr == "interrupted: nothing was written\n"
    assert (folder / "app.py").read_text() == TEXT


def test_a_terminal_is_shown_colours_and_nothing_that_acts(script, monkeypatch):
    script.hunks = (Hunk("app.py", 15, 15, "    # \x1b[2Jgone\n", ("near",)),)
    monkeypatch.setattr("fusionls.cli.showing._is_terminal", lambda: True)
    done = CliRunner().invoke(COMMAND, ["app.py:1", "x"], color=True)
    assert "\x1b[32m+    # \ufffd[2Jgone\x1b[0m\n" in done.stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in CliRunner().invoke(COMMAND, ["app.py:1", "x"], color=True).stdout


def test_nobody_to_ask(folder, monkeypatch):
    monkeypatch.setenv("FUSIONLS_DATA", str(folder / "no models"))
    done = run("app.py:1", "add a docstring")
    assert done.exit_code == 2
    assert "fusionls models install smollm2-135m" in done.stderr


def test_broken_settings(folder):
    (folder.parent / "none.toml").write_text("[refactor]\nbudget = 3\n")
    done = run("app.py:1", "add a docstring")
    assert done.exit_code == 2
    assert "refactor.budget" in done.stderr
