"""The real llama.cpp server in a child process of one server's own, where nothing is shared."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress

import pytest

from fusionls.core.reply import FailureKind
from fusionls.engine.ports import Endpoint, ModelFailure
from fusionls.local.child import ProcessChild, spawn_llama_child
from fusionls.local.keeper import LlamaKeeper

# A parent that starts the model, says where it is served, and waits to be killed.
PARENT = """
import asyncio, pathlib, sys
from fusionls.local.child import spawn_llama_child
from fusionls.local.keeper import LlamaKeeper

async def main() -> None:
    keeper = LlamaKeeper(pathlib.Path(sys.argv[1]), spawn=spawn_llama_child)
    print((await keeper.endpoint()).url, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


class Spawner:
    """Starts real children and remembers them."""

    def __init__(self) -> None:
        self.children: list[ProcessChild] = []
        self.started = asyncio.Event()

    async def __call__(self):
        child = await spawn_llama_child()
        self.children.append(child)
        self.started.set()
        return child


def ask(endpoint: Endpoint, path: str, body=None, *, key: str | None = None):
    """Return the status and the body of one HTTP exchange."""
    content = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"Bearer {endpoint.key if key is None else key}"}
    request = urllib.request.Request(endpoint.url + path, content, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return error.code, {}


def is_served(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/health", timeout=5):
            return True
    except OSError:
        return False


def gone_within(seconds: float, url: str) -> bool:
    deadline = time.monotonic() + seconds
    while is_served(url):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_the_model_completes_and_every_request_needs_the_key(smollm2):
    async def main() -> None:
        keeper = LlamaKeeper(smollm2, spawn=spawn_llama_child)
        endpoint = await keeper.endpoint()
        prompt = {"prompt": "def add(a, b):\n    return", "n_predict": 6, "temperature": 0}
        status, answer = ask(endpoint, "/completion", prompt)
        assert (status, answer["content"].split("\n")[0]) == (200, " a + b")
        for path, body in [("/completion", prompt), ("/slots", None), ("/props", None)]:
            assert ask(endpoint, path, body)[0] == 200
            for wrong in ("", "wrong", endpoint.key[:-1]):
                assert ask(endpoint, path, body, key=wrong)[0] == 401
        await keeper.aclose()
        await keeper.aclose()
        assert not is_served(endpoint.url)

    asyncio.run(main())


def test_a_killed_child_is_replaced(smollm2):
    async def main() -> None:
        spawner = Spawner()
        keeper = LlamaKeeper(smollm2, spawn=spawner)
        first = await keeper.endpoint()
        os.kill(spawner.children[0].pid, signal.SIGTERM)
        assert gone_within(5, first.url)
        deadline = time.monotonic() + 10
        while True:
            await asyncio.sleep(0.1)
            with suppress(ModelFailure):
                second = await keeper.endpoint()
                break
            assert time.monotonic() < deadline
        assert second.key != first.key
        assert ask(second, "/props")[0] == 200
        await keeper.aclose()
        assert not is_served(second.url)

    asyncio.run(main())


def test_a_killed_parent_leaves_no_child(smollm2):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(smollm2)], stdout=subprocess.PIPE, text=True
    ) as parent:
        try:
            assert parent.stdout is not None
            url = parent.stdout.readline().strip()
            assert is_served(url)
        finally:
            parent.kill()
    assert gone_within(5, url)


def test_an_interrupt_from_the_keyboard_reaches_only_the_parent(smollm2):
    async def main() -> None:
        spawner = Spawner()
        keeper = LlamaKeeper(smollm2, spawn=spawner)
        endpoint = await keeper.endpoint()
        os.kill(spawner.children[0].pid, signal.SIGINT)
        await asyncio.sleep(0.3)
        assert is_served(endpoint.url)
        await keeper.aclose()

    asyncio.run(main())


def test_nothing_in_the_current_folder_is_imported(smollm2, tmp_path, monkeypatch):
    for name in ("xllamacpp", "json", "fusionls"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a workspace ran its own code')")
    monkeypatch.chdir(tmp_path)

    async def main() -> None:
        keeper = LlamaKeeper(smollm2, spawn=spawn_llama_child)
        assert ask(await keeper.endpoint(), "/props")[0] == 200
        await keeper.aclose()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"<!doctype html>", FailureKind.NOT_INSTALLED, "is not a GGUF file"),
        (b"GGUF" + b"\3\0\0\0" + b"\xff" * 4096, FailureKind.UNREACHABLE, "did not start"),
    ],
)
def test_garbage_is_refused_with_a_reason(tmp_path, content, kind, words):
    path = tmp_path / "garbage.gguf"
    path.write_bytes(content)

    async def main() -> None:
        keeper = LlamaKeeper(path, spawn=spawn_llama_child)
        with pytest.raises(ModelFailure, match=words) as caught:
            await keeper.endpoint()
        assert caught.value.failure.kind is kind
        await keeper.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_closing_while_the_model_loads(smollm2):
    async def main() -> None:
        spawner = Spawner()
        keeper = LlamaKeeper(smollm2, spawn=spawner)
        waiter = asyncio.create_task(keeper.endpoint())
        await asyncio.wait_for(spawner.started.wait(), 10)
        await keeper.aclose()
        with pytest.raises(ModelFailure, match="closed"):
            await waiter
        assert spawner.children[0].exit_code is not None

    asyncio.run(main())
