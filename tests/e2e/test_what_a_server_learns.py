"""What a real server keeps of a session, also if it is killed, and that `fusionls forget` deletes it."""

import asyncio
import json
import subprocess
import sys

import pytest

from fusionls.state.ledger import Ledger
from tests.e2e.server_environment import server_environment
from tests.support.raw_client import RawClient

PATIENCE_S, ASK_AGAIN_S = 60, 0.2
COMMAND = (sys.executable, "-m", "fusionls", "--stdio")
# No model is needed: the memory is a member like any other.
SETTINGS = '[pools.default]\nmembers = ["memory"]\n'
TEXT = "secret_total = first_price + second_price\nprint(secret_total)\n" * 3 + "secret_total = "


def file_in(folder):
    return folder / "state" / "learned" / "learned.sqlite"


def learned(folder):
    ledger = Ledger(file_in(folder))
    try:
        return [one for pool in ledger.pools() for one in ledger.read(pool, 1000)]
    finally:
        ledger.close()


async def session(folder, end):
    """Ask a server for a completion, and end it by ``end``."""
    variables = server_environment(folder, SETTINGS)
    client = await RawClient.spawn(COMMAND, variables)
    project = (folder / "project").as_uri()
    await client.request(
        "initialize",
        {
            "processId": None,
            "rootUri": project,
            "workspaceFolders": [{"uri": project, "name": "project"}],
            "capabilities": {
                "textDocument": {"inlineCompletion": {}},
                "workspace": {"workspaceFolders": True},
            },
        },
    )
    client.notify("initialized", {})
    uri = f"{project}/paying.py"
    document = {"uri": uri, "languageId": "python", "version": 1, "text": TEXT}
    client.notify("textDocument/didOpen", {"textDocument": document})
    asked = {
        "textDocument": {"uri": uri},
        "position": {"line": TEXT.count("\n"), "character": len("secret_total = ")},
        "context": {"triggerKind": 1},
    }
    for _ in range(round(PATIENCE_S / ASK_AGAIN_S)):
        # The memory reads the document when it is opened, which takes a moment.
        answer = await client.request("textDocument/inlineCompletion", asked)
        if "first_price" in json.dumps(answer["result"]):
            break
        await asyncio.sleep(ASK_AGAIN_S)
    else:
        pytest.fail(f"nothing was offered: {answer}")
    await end(client, folder)


async def leaves(client, folder):
    assert await client.stop() == 0


async def is_killed(client, folder):
    for _ in range(round(PATIENCE_S / ASK_AGAIN_S)):
        if any(panel.answers[0].is_sound for panel in learned(folder)):
            break
        await asyncio.sleep(ASK_AGAIN_S)
    client.process.kill()
    await client.process.wait()


@pytest.mark.parametrize("end", [leaves, is_killed])
def test_a_request_is_learned_without_its_code_and_can_be_forgotten(tmp_path, end):
    (tmp_path / "project").mkdir()
    asyncio.run(session(tmp_path, end))
    panels = learned(tmp_path)
    assert {panel.members for panel in panels} == {("memory",)}
    assert panels[-1].answers[0].is_sound
    for part in file_in(tmp_path).parent.iterdir():
        for word in (b"secret_total", b"first_price", b"paying"):
            assert word not in part.read_bytes()
    done = subprocess.run(
        [*COMMAND[:3], "forget", "--project", "project", "--json"],
        cwd=tmp_path,
        env=server_environment(tmp_path, SETTINGS),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert (said["requests"], said["projects"]) == (len(panels), [str(tmp_path / "project")])
    assert learned(tmp_path) == []
