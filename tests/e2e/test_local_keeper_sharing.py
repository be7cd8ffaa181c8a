"""One real llama.cpp for several real servers, and what becomes of it when they are killed."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from fusionls.engine.ports import Endpoint, ModelFailure
from fusionls.local.keeper import KeeperOptions, LlamaKeeper
from fusionls.local.lease import FIRST_LEASE_S, Lifetime, knock_line, welcome_from
from fusionls.local.lease_desk import LeaseDesk
from fusionls.local.runtime_folder import private_folder
from fusionls.local.shared_child import SharedModels
from tests.support.keepers import HAS_PROCESS_LIST, end_keepers, keepers_in, keepers_left

# A server as far as it has to do with models: it says where the model is, or what went wrong, and stays.
SERVER = """
import asyncio, pathlib, resource, sys
from fusionls.engine.ports import ModelFailure
from fusionls.local.keeper import LlamaKeeper

if limit := int(sys.argv[2]):
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

async def main() -> None:
    keeper = LlamaKeeper(pathlib.Path(sys.argv[1]))
    try:
        print((await keeper.endpoint()).url, flush=True)
    except ModelFailure as error:
        print(error, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""
PROMPT = {"prompt": "def add(a, b):\n    return", "n_predict": 4, "temperature": 0}
# The last lease is 30 s ago by then, and the machine may be busy.
GONE_AFTER_S = 45.0
OF_THE_RECORD = "what only the record says"

pytestmark = pytest.mark.skipif(not HAS_PROCESS_LIST, reason="counts processes in /proc")


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    """A runtime folder of one's own, and nobody in it afterwards."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    end_keepers(folder)


@contextmanager
def server(weights: Path, megabytes: int = 0):
    """Run a server until the end of the block, and kill it there."""

    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(weights), str(megabytes * 1_000_000)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def complete(endpoint: Endpoint) -> str:
    headers = {"Authorization": f"Bearer {endpoint.key}"}
    content = json.dumps(PROMPT).encode()
    request = urllib.request.Request(endpoint.url + "/completion", content, headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return str(json.loads(reply.read())["content"])


async def until(keeper: LlamaKeeper, not_key: str) -> Endpoint:
    """Ask for the endpoint as requests do, again and again, until it is another one."""
    deadline = time.monotonic() + 20
    while True:
        try:
            endpoint = await keeper.endpoint()
            if endpoint.key != not_key:
                return endpoint
            await asyncio.sleep(0.01)
        except ModelFailure:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)


def test_servers_share_one_keeper_which_ends_after_all_were_killed(smollm2, runtime):
    with ExitStack() as stack:
        servers = [stack.enter_context(server(smollm2)) for _ in range(4)]
        urls = {line_of(process) for process in servers}
        assert len(urls) == 1
        assert urls.pop().startswith("http://127.0.0.1:")
        [keeper] = keepers_in(runtime)
        assert keeper.loaded
    # A window that is closed and opened again finds its model warm.
    assert keepers_in(runtime) == [keeper]
    with server(smollm2) as process:
        assert line_of(process).startswith("http://127.0.0.1:")
    assert keepers_in(runtime) == [keeper]
    start = time.monotonic()
    assert keepers_left(runtime, GONE_AFTER_S) == []
    assert time.monotonic() - start > 25
    left = [file for file in (runtime / "fusionls" / "keepers").iterdir() if file.stat().st_size]
    assert left == [], "a keeper that ended in peace leaves empty lock files only"


def test_a_server_that_is_killed_while_the_model_loads_harms_nobody(smollm2, runtime):
    for delay_s in (0.05, 0.15, 0.25, 0.4):
        with server(smollm2):
            time.sleep(delay_s)
    with server(smollm2) as process:
        assert line_of(process).startswith("http://127.0.0.1:")
        assert len([keeper for keeper in keepers_in(runtime) if keeper.loaded]) == 1


def test_a_killed_keeper_is_replaced_for_all_servers(smollm2, runtime):
    async def main() -> None:
        first, second = LlamaKeeper(smollm2), LlamaKeeper(smollm2)
        before = await first.endpoint()
        assert await second.endpoint() == before
        assert complete(before).startswith(" a + b")
        [keeper] = keepers_in(runtime)
        os.kill(keeper.pid, signal.SIGSEGV)
        after = await until(first, before.key)
        assert await until(second, before.key) == after
        assert complete(after).startswith(" a + b")
        [replaced] = keepers_in(runtime)
        assert replaced.pid != keeper.pid
        await first.aclose()
        await second.aclose()

    asyncio.run(main())


def test_weights_that_are_replaced_or_cut_off_under_us(smollm2, runtime, tmp_path):
    weights = tmp_path / "mine.gguf"
    shutil.copy(smollm2, weights)

    async def main() -> None:
        keeper = LlamaKeeper(weights)
        before = await keeper.endpoint()
        [old] = keepers_in(runtime)
        # Replaced as an installation does it.
        shutil.copy(smollm2, tmp_path / "new")
        (tmp_path / "new").replace(weights)
        assert complete(await until(keeper, before.key)).startswith(" a + b")
        assert {seen.pid for seen in keepers_in(runtime)} > {old.pid}
        # Cut off in place, while llama.cpp has it in its memory.
        os.truncate(weights, 40_000_000)
        message = ""
        while "cut off" not in message:
            await asyncio.sleep(0.1)
            with pytest.raises(ModelFailure) as caught:
                await keeper.endpoint()
            message = caught.value.failure.message
        assert f"{weights} is cut off or damaged: fetch it again" in message
        await keeper.aclose()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_model_that_does_not_fit_into_memory_is_explained(smollm2, runtime):
    with server(smollm2, megabytes=300) as process:
        message = line_of(process)
    assert "smollm2-135m.gguf" in message
    assert "close other programs or take a smaller model" in message
    # The next server is not held up by it.
    with server(smollm2) as process:
        assert line_of(process).startswith("http://127.0.0.1:")


def test_a_model_without_a_tokenizer_is_explained(smollm2, runtime, tmp_path):
    weights = tmp_path / "speechless.gguf"
    content = smollm2.read_bytes()
    head = content[:4_000_000].replace(b"tokenizer.ggml.", b"tokenizer.none.")
    weights.write_bytes(head + content[4_000_000:])
    with server(weights) as process:
        assert f"{weights} has no tokenizer that llama.cpp knows" in line_of(process)
    assert keepers_left(runtime, GONE_AFTER_S) == []


def test_without_a_runtime_folder_the_model_serves_all_the_same(smollm2, tmp_path):
    (tmp_path / "file").write_text("no folder")
    said: list[str] = []
    models = SharedModels(lambda: private_folder(tmp_path / "file" / "x"), say=said.append)

    async def main() -> None:
        keeper = LlamaKeeper(smollm2, KeeperOptions(context=512), spawn=models)
        assert complete(await keeper.endpoint()).startswith(" a + b")
        await keeper.aclose()

    asyncio.run(main())
    assert len(said) == 1


def test_nothing_that_is_completed_is_written_down(smollm2, runtime):
    async def main() -> None:
        keeper = LlamaKeeper(smollm2)
        complete(await keeper.endpoint())
        folder = runtime / "fusionls" / "keepers"
        assert folder.stat().st_mode & 0o777 == 0o700
        for file in folder.iterdir():
            assert file.stat().st_mode & 0o077 == 0
            assert b"def add" not in file.read_bytes()
        await keeper.aclose()

    asyncio.run(main())


@contextmanager
def desk(lifetime: Lifetime, withdraw=lambda: None):
    """Run a desk without a model, and wait for its end."""
    served = LeaseDesk(OF_THE_RECORD, 4711, "key", lifetime)
    thread = threading.Thread(target=served.serve, args=(lambda: None, withdraw, lambda: None))
    thread.start()
    yield served
    thread.join(10)
    assert not thread.is_alive()


def knock(port: int, secret: str) -> tuple[socket.socket, str, bytes]:
    connection = socket.create_connection(("127.0.0.1", port), timeout=8)
    nonce, line = knock_line(secret)
    connection.sendall(line)
    said = b""
    with suppress(ConnectionError):
        said = connection.recv(1024)
    return connection, nonce, said


def ends_in(seconds: float) -> Lifetime:
    """Return a lifetime that is over so soon if nobody comes."""
    return Lifetime(time.monotonic() - 100, time.monotonic() - FIRST_LEASE_S + seconds)


def test_only_who_knows_the_secret_gets_a_lease(monkeypatch):
    monkeypatch.setattr("fusionls.local.lease.IDLE_S", 0.0)
    with desk(ends_in(3)) as served:
        for wrong in ("", "other"):
            connection, _, said = knock(served.port, wrong)
            assert said == b""
            connection.close()
        connection, nonce, said = knock(served.port, OF_THE_RECORD)
        welcome = welcome_from(OF_THE_RECORD, nonce, said)
        assert welcome is not None
        assert (welcome.port, served.leased) == (4711, True)
        connection.close()


def test_who_comes_in_the_very_last_moment_is_served(monkeypatch):
    monkeypatch.setattr("fusionls.local.lease.IDLE_S", 0.0)
    came: list[tuple[socket.socket, str, bytes]] = []
    guest = threading.Thread(target=lambda: came.append(knock(served.port, OF_THE_RECORD)))

    def withdraw() -> None:
        if not came:
            guest.start()

    with desk(ends_in(0.2), withdraw) as served:
        time.sleep(2)
        guest.join()
        [(connection, nonce, said)] = came
        assert welcome_from(OF_THE_RECORD, nonce, said) is not None
        assert served.leased
        connection.close()


def test_who_says_nothing_is_shown_out():
    with desk(ends_in(7)) as served:
        with socket.create_connection(("127.0.0.1", served.port), timeout=9) as silent:
            assert silent.recv(1) == b""
        assert not served.leased
