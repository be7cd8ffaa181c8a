"""``fusionls refactor`` with real models, processes, files, ``git apply`` and ``patch``."""

import ast
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

from fusionls.cli.unified_diff import FileChange, unified_diff
from tests.e2e.server_environment import server_environment

PATIENCE_S = 120
CODE = '''\
import math


def area(r):
    """Return the area of a circle."""
    x = math.pi * r
    return x * r


def add(first, second):
    total = first + second
    return total
'''
# Long budgets: what these tests show is what comes out, on a machine however busy.
SMOLLM2 = '[pools.default]\nmembers = ["smollm2-135m"]\n[refactor]\nbudget_ms = 90000\n'
FAR = '[members.far]\nwire = "openai"\nmodel = "qwen2.5-coder-7b-instruct"\nendpoint = "http://127.0.0.1:{}"\n'


@pytest.fixture
def folder(tmp_path):
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / "src" / "app.py").write_text(CODE)
    return project


def command(folder, *arguments, settings=SMOLLM2, cwd=None):
    return {
        "args": [sys.executable, "-m", "fusionls", "refactor", *map(str, arguments)],
        "cwd": cwd or folder,
        "env": server_environment(folder.parent / "home", settings),
    }


def refactor(folder, *arguments, settings=SMOLLM2, cwd=None, stdin=b""):
    return subprocess.run(
        **command(folder, *arguments, settings=settings, cwd=cwd),
        input=stdin,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )


def git_applies(diff, cwd):
    done = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        cwd=cwd,
        input=diff,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_docstring_by_way_of_git_apply(smollm2, folder):
    cwd = folder / "src"
    done = refactor(folder, "app.py:10", "--refactoring", "docstring", cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert (folder / "src" / "app.py").read_text() == CODE, "nothing is written"
    git_applies(done.stdout, cwd)
    after = ast.parse((folder / "src" / "app.py").read_text())
    area, add = (one for one in after.body if isinstance(one, ast.FunctionDef))
    assert ast.get_docstring(add)
    add.body.pop(0)
    assert ast.dump(ast.Module([area, add], [])) == ast.dump(
        ast.Module(ast.parse(CODE).body[1:], [])
    ), "and nothing else is changed"


def test_a_rename_that_is_written(smollm2, folder):
    (folder / "src" / "app.py").write_text(CODE.replace("\n", "\r\n"), newline="")
    (folder / "src" / "app.py").chmod(0o640)
    done = refactor(folder, "src/app.py:6:5", "--refactoring", "rename", "--apply", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["applied"] is True
    name = document["hunks"][0]["text"]
    assert name.isidentifier()
    raw = (folder / "src" / "app.py").read_bytes().decode()
    assert raw == CODE.replace("x = ", f"{name} = ").replace("return x", f"return {name}").replace(
        "\n", "\r\n"
    )
    assert (folder / "src" / "app.py").stat().st_mode & 0o777 == 0o640
    assert {hunk["members"][0] for hunk in document["hunks"]} == {"smollm2-135m"}
    assert document["trace"]["kind"] == "refactor"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("src/app.py:99", "x"), "line 99 is outside"),
        (("src/app.py:1-", "x"), "write FILE"),
        (("src/absent.py", "x"), "cannot be read"),
        (("src/app.py",), "say what is to be done"),
        (("src/app.py", "x", "--refactoring", "magic"), "there is no refactoring"),
    ],
)
def test_wrong_usage(folder, arguments, sentence):
    done = refactor(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    said = " ".join(done.stderr.decode().split())
    assert sentence in said
    assert "Traceback" not in said


def test_a_file_that_looks_like_a_secret_is_shown_to_nobody(folder):
    (folder / ".env").write_text("TOKEN=abc\n")
    done = refactor(folder, ".env", "add a comment", settings=FAR.format(9))
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"secrets" in done.stderr


def test_a_server_that_is_not_there(folder):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    done = refactor(folder, "src/app.py:10", "simplify", settings=FAR.format(port))
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"far failed" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals of a terminal")
@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM"])
def test_who_is_interrupted_hangs_up_and_writes_nothing(folder, sent):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE_S)
        port = server.getsockname()[1]
        running = subprocess.Popen(
            **command(folder, "src/app.py:10", "x", "--apply", settings=FAR.format(port)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            asked = None
            while asked is None:
                connection, _ = server.accept()
                connection.settimeout(PATIENCE_S)
                if b"POST" in connection.recv(65536):
                    asked = connection
                else:
                    connection.close()
            # A terminal sends it to every process of the command.
            os.killpg(running.pid, signal.Signals[sent])
            began = time.monotonic()
            while asked.recv(65536):
                pass
            assert time.monotonic() - began < 5
            asked.close()
            stdout, stderr = running.communicate(timeout=PATIENCE_S)
        finally:
            running.kill()
            running.wait()
    assert (running.returncode, stdout) == (130, b"")
    said = stderr.decode().strip()
    assert said.endswith("interrupted: nothing was written")
    assert "exception" not in said
    assert "Traceback" not in said
    assert (folder / "src" / "app.py").read_text() == CODE


def test_a_lower_budget_ends_the_waiting(folder):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings = FAR.format(deaf.getsockname()[1])
        began = time.monotonic()
        done = refactor(
            folder, "src/app.py:10", "x", "--budget-ms", 1500, "--trace", settings=settings
        )
        assert time.monotonic() - began < 15
    assert (done.returncode, done.stdout) == (3, b"")
    assert "of 1500 ms" in done.stderr.decode()
    assert "far was not waited for: the time was up" in done.stderr.decode()


ENDS = ["\n", "\r\n", "\r", "\f", "\u2028", "\x85", "\x0b"]
NAMES = ["a.py", "my file.py", 'say "x".py', "\u20acuro.py", "tab\there.py", "back\\slash.py"]
FIXED = [
    ("", "x\n"),
    ("x\n", ""),
    ("x", "x\n"),
    ("x\n", "x"),
    ("x", "y"),
    ("a\r\nb\r\n", "a\r\nc\r\n"),
    ("a\rb\rc", "a\rB\rc"),
    ("a\fb\n\u2028c\n", "a\fb\n\u2028d\n"),
    ("--- a\n+++ b\n@@ -1 +1 @@\n", "--- a\n-- c\n++ d\n"),
    ("\ufeffa = 1\r\n", "\ufeffb = 1\r\n"),
]


def mixed(draw):
    return "".join(draw.choice("ab ") + draw.choice(ENDS) for _ in range(draw.randrange(30)))


def pairs():
    draw = random.Random(8)
    made = []
    for _ in range(20):
        before = mixed(draw)
        at = draw.randrange(len(before) + 1)
        made.append((before, before[:at] + mixed(draw)[:9] + before[at + draw.randrange(5) :]))
    return [(b, a) for b, a in [*FIXED, *made] if a != b]


@pytest.mark.parametrize("program", ["git", "patch"])
def test_other_programs_come_to_the_same_bytes(tmp_path, program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    changes = [
        FileChange(f"sub {n}/{NAMES[n % len(NAMES)]}", before, after)
        for n, (before, after) in enumerate(pairs())
    ]
    changes += [FileChange("new/in here.py", None, "x = 1"), FileChange("new/b.py", None, "\r\n")]
    for change in changes:
        if change.before is not None:
            path = tmp_path / change.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(change.before.encode())
    diff = unified_diff(changes).encode()
    if program == "git":
        git_applies(diff, tmp_path)
    else:
        subprocess.run(
            ["patch", "-p1", "--binary"],
            cwd=tmp_path,
            input=diff,
            check=True,
            capture_output=True,
            timeout=PATIENCE_S,
        )
    for change in changes:
        path = tmp_path / change.name
        found = path.read_bytes() if path.exists() else b""
        assert found == change.after.encode(), (change.name, change.before)
