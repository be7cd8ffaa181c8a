"""``fusionls eval`` as a person calls it: a real repository, a real model, and runs that are ended."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fusionls.evaluating.git import Git, GitError
from tests.e2e.server_environment import SMOLLM2_SETTINGS, server_environment

PATIENCE_S = 150
HOSTILE = "<img src=x onerror=alert(1)>.py"
CODE = """def {name}(a, b):
    total = a + b
    return total


def use_{name}():
    first = {name}(1, 2)
    return first
"""
REMOTE = """
[members.far]
wire = "openai"
endpoint = "https://models.example"
model = "gpt-4o"
[pools.default]
members = {members}
"""
PLANTED_LINE = "DATABASE_PASSWORD = 'hunter2-hunter2'\n"
# What a repository could plant to have code run by whoever looks into it.
PLANTED_CONFIG = """
[core]
    fsmonitor = touch {mark}
    pager = touch {mark}
    sshCommand = touch {mark}
[log]
    showSignature = true
[gpg]
    program = touch {mark}
[diff]
    external = touch {mark}
[diff "planted"]
    textconv = touch {mark}
    command = touch {mark}
[alias]
    rev-list = !touch {mark}
"""


def git(folder, *arguments):
    who = {
        f"GIT_{role}_{what}": "x@y"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *arguments],
        cwd=folder,
        env=os.environ | who | {"GIT_CONFIG_GLOBAL": os.devnull},
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repo"
    (folder / "secrets").mkdir(parents=True)
    (folder / "hr").mkdir()
    git(folder, "init")
    (folder / ".fusionls.toml").write_text('[privacy]\nexclude = ["hr/**"]\n')
    for name in ("alpha", "beta"):
        (folder / f"{name}.py").write_text(CODE.format(name=name))
    git(folder, "add", ".")
    git(folder, "commit", "-m", "one")
    (folder / HOSTILE).write_text(CODE.format(name="hostile"))
    (folder / "gamma.py").write_text(CODE.format(name="gamma"))
    (folder / "secrets" / "prod.json").write_text('{"token": "sesame-sesame"}\n')
    (folder / ".env").write_text(PLANTED_LINE)
    (folder / "hr" / "pay.py").write_text(CODE.format(name="payroll_of_everybody"))
    (folder / "link.py").symlink_to("/etc/hostname")
    git(folder, "add", "-f", ".")
    git(folder, "commit", "-m", "two")
    return folder


def command(folder, *arguments, settings=SMOLLM2_SETTINGS):
    return {
        "args": [sys.executable, "-m", "fusionls", "eval", *map(str, arguments)],
        "cwd": folder,
        # What a run that is killed leaves behind is not left in everybody's folder.
        "env": server_environment(folder, settings) | {"TMPDIR": str(folder)},
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "encoding": "utf-8",
    }


def evaluated(folder, *arguments, **more):
    return subprocess.run(**command(folder, *arguments, **more), timeout=PATIENCE_S, check=False)


def said_in(journal):
    rows = [json.loads(line) for line in journal.read_text("utf-8").split("\n") if line]
    return [row["case"] for row in rows if "case" in row]


def test_holes_of_a_repository_with_a_real_model(smollm2, tmp_path, repository):
    done = evaluated(tmp_path, "--repo", repository, "--n", 5, "-o", "report.html", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["cases"] == 4, "two files of each commit"
    ways = {(line["way"], line["who"]) for line in found["lines"]}
    assert ways >= {
        ("alone", "smollm2-135m"),
        ("fused", ""),
        ("plain vote", ""),
        ("any member right", ""),
    }
    fused = next(line for line in found["lines"] if line["way"] == "fused")
    assert fused["broken"] == 0 and fused["tokens_out"] > 0 and fused["ms_p50"] > 0
    journal = tmp_path / "report.journal.jsonl"
    asked = said_in(journal)
    assert {case.split(":")[1] for case in asked} == {"alpha.py", "beta.py", "gamma.py", HOSTILE}
    report = (tmp_path / "report.html").read_text("utf-8")
    assert "<img" not in report and "<script" not in report and "<svg" in report
    for kept_in in ("hunter2", "sesame", "payroll"):
        assert kept_in not in report + journal.read_text("utf-8")
    assert "2 x it looks like a secret" in done.stderr
    [row] = [line for line in done.stderr.split("\n") if "smollm2-135m, as it came" in line]
    assert "%-" in row and "…" not in row, "figures that are cut cannot be read"
    assert "1 x the settings keep it from everybody who is asked" in done.stderr
    assert journal.stat().st_mode & 0o077 == 0


def test_a_run_that_was_killed_goes_on(smollm2, tmp_path, repository):
    journal = tmp_path / "j.jsonl"
    arguments = ("--repo", repository, "--n", 4, "--journal", journal, "-o", tmp_path / "r.html")
    running = subprocess.Popen(**command(tmp_path, *arguments))
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and not (journal.exists() and said_in_part(journal)):
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    before = said_in_part(journal)
    assert len(before) >= 1
    done = evaluated(tmp_path, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    after = said_in(journal)
    assert after[: len(before)] == before and len(after) == len(set(after)) == 4
    assert json.loads(done.stdout)["cases"] == 4
    again = evaluated(tmp_path, *arguments, "--json")
    assert said_in(journal) == after
    assert json.loads(again.stdout) == json.loads(done.stdout), "the same answers, the same figures"
    other = evaluated(tmp_path, *arguments, "--seed", 2)
    assert other.returncode == 2 and "another evaluation (another seed)" in other.stderr


def said_in_part(journal):
    """Return the cases in a journal whose last line may be torn."""
    whole = journal.read_bytes().rpartition(b"\n")[0]
    rows = [json.loads(line) for line in whole.split(b"\n") if line]
    return [row["case"] for row in rows if "case" in row]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_says_how_to_go_on_and_leaves_no_code_behind(
    smollm2, tmp_path, repository, how
):
    arguments = ("--repo", repository, "--n", 4, "--journal", tmp_path / "j.jsonl")
    called = command(tmp_path, *arguments)
    (tmp_path / "temporary").mkdir()
    called["env"]["TMPDIR"] = str(tmp_path / "temporary")
    running = subprocess.Popen(**called)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and not list((tmp_path / "temporary").iterdir()):
        time.sleep(0.02)
    running.send_signal(how)
    out, err = running.communicate(timeout=PATIENCE_S)
    assert (running.returncode, out) == (130, ""), err
    assert "the same command goes on where it was" in err
    assert "Traceback" not in err
    assert list((tmp_path / "temporary").rglob("*.py")) == []


def test_members_elsewhere_are_not_asked_without_leave(smollm2, tmp_path, repository):
    both = REMOTE.format(members='["smollm2-135m", "far"]')
    done = evaluated(tmp_path, "--repo", repository, "--n", 1, "--json", settings=both)
    assert done.returncode == 0, done.stderr
    assert "not asked, as they do not run on this machine: far" in done.stderr
    assert all(line["who"] != "far" for line in json.loads(done.stdout)["lines"])
    alone = REMOTE.format(members='["far"]')
    refused = evaluated(tmp_path, "--repo", repository, "--n", 1, settings=alone)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "nobody may be asked" in refused.stderr or "no case was found" in refused.stderr
    assert "--allow-remote" in refused.stderr


def test_a_pack_with_tests_runs_them_only_where_that_is_said(smollm2, tmp_path):
    case = {
        "suite": "s",
        "uid": "u1",
        "language": "python",
        "prefix": "def add(a, b):\n    return ",
        "suffix": "\n",
        "gold": "b + a",
        "test": f"open({str(tmp_path / 'ran')!r}, 'w')\nassert add(2, 3) == 5",
    }
    pack = tmp_path / "pack.jsonl"
    pack.write_text(json.dumps(case) + "\n" + json.dumps({"before": "x", "test": ""}) + "\n")
    unread = evaluated(tmp_path, pack, "--json")
    assert unread.returncode == 0, unread.stderr
    assert json.loads(unread.stdout)["tested"] == 0 and not (tmp_path / "ran").exists()
    assert "--run-tests" in unread.stderr
    done = evaluated(tmp_path, pack, "--run-tests", "--json")
    found = json.loads(done.stdout)
    assert found["tested"] == 1 and (tmp_path / "ran").exists()
    fused = next(line for line in found["lines"] if line["way"] == "fused")
    assert (fused["right"]["count"], fused["exact"]["count"]) == (1, 0), "a + b is right, too"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "name a PACK, or a repository with --repo"),
        (("absent.jsonl",), "absent.jsonl: No such file"),
        (("--repo", "."), "not a git repository"),
        (("broken.jsonl",), "line 1: not JSON"),
        (("edits.jsonl",), "no case was found"),
    ],
)
def test_what_cannot_be_evaluated_gets_a_sentence(tmp_path, arguments, sentence):
    (tmp_path / "broken.jsonl").write_text("{\n")
    (tmp_path / "edits.jsonl").write_text('{"before": "x"}\n')
    done = evaluated(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_repository_without_a_commit_gets_a_sentence(tmp_path):
    git(tmp_path, "init", "empty")
    done = evaluated(tmp_path, "--repo", tmp_path / "empty")
    assert (done.returncode, done.stdout) == (2, "")
    assert "empty has no commit yet" in done.stderr


def test_nothing_that_a_repository_configures_is_executed(tmp_path, repository):
    mark = tmp_path / "mark"
    with (repository / ".git" / "config").open("a") as config:
        config.write(PLANTED_CONFIG.format(mark=mark))
    (repository / ".gitattributes").write_text("* diff=planted filter=planted\n")
    found = Git(repository)
    [newest, _] = found.commits(10)
    for path, _, blob in found.changed(newest):
        found.size(blob)
        found.content(blob)
        found.hunks(newest, path)
    assert not mark.exists()
    with pytest.raises(GitError, match="not a git repository"):
        Git(tmp_path)
    assert isinstance(found.root, Path)
