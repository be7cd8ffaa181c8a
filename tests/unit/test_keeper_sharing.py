"""How servers of one user find one keeper, in virtual time, with real locks and records in a folder."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from fusionls.engine.ports import ModelFailure
from fusionls.local.child_lines import Answer, line_of, order_from
from fusionls.local.keeper import KeeperOptions, LlamaKeeper
from fusionls.local.lease import Record, welcome_line
from fusionls.local.runtime_folder import KeeperFiles, SharingImpossible, private_folder
from fusionls.local.shared_child import SharedModels, Streams
from tests.support.virtual_time import run_virtual

START_S = 0.5


class Writer:
    """The half of a connection that is written to; it feeds the other half."""

    def __init__(self, desk: "FakeKeeper", reader: asyncio.StreamReader) -> None:
        self.desk, self.reader = desk, reader

    def write(self, line: bytes) -> None:
        if self.desk.mute:
            return
        answer = welcome_line(self.desk.secret, line, self.desk.llama_port, self.desk.key)
        if answer is None:
            self.reader.feed_eof()
            return
        self.desk.leases.add(self)
        self.reader.feed_data(answer)

    def close(self) -> None:
        self.desk.leases.discard(self)


class FakeKeeper:
    """A keeper process: holds its lock, has a record, hands out leases, can die."""

    def __init__(self, files: KeeperFiles, port: int, order: bytes) -> None:
        self.files, self.port, self.llama_port = files, port, port + 1000
        self.secret, self.key, self.mute = f"secret{port}", order_from(order).key, False
        self.leases: set[Writer] = set()
        self.lock = files.alive_lock()
        self.lock.acquire(timeout=0)
        files.write_record(Record(1, port, self.secret))

    def die(self) -> None:
        """End as a killed process does: its record stays."""
        self.lock.release()
        for lease in self.leases:
            lease.reader.feed_eof()


class Machine:
    """The processes of one user on one machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keepers: list[FakeKeeper] = []
        self.private = 0
        self.said: list[str] = []
        self.launch_answers: list[bytes] = []

    def server(self, weights: Path, options: KeeperOptions | None = None, **parts) -> LlamaKeeper:
        """Return what a server process of its own would use."""
        parts = {"private": self.spawn_private, "launch": self.launch, **parts}
        models = SharedModels(
            lambda: self.folder, connect=self.connect, say=self.said.append, **parts
        )
        return LlamaKeeper(weights, options or KeeperOptions(threads=1), spawn=models)

    async def launch(self, files: KeeperFiles, line: bytes) -> bytes:
        await asyncio.sleep(START_S)
        if self.launch_answers:
            return self.launch_answers.pop(0)
        keeper = FakeKeeper(files, 5000 + len(self.keepers), line)
        self.keepers.append(keeper)
        return line_of(Answer(port=keeper.llama_port))

    async def connect(self, port: int) -> Streams:
        for keeper in self.keepers:
            if keeper.port == port and keeper.lock.is_locked:
                reader = asyncio.StreamReader()
                # A writer is a class of asyncio, and this one has what is used of it.
                return reader, Writer(keeper, reader)  # type: ignore[return-value]  # a stand-in
        raise ConnectionRefusedError

    async def spawn_private(self) -> "PrivateChild":
        self.private += 1
        return PrivateChild()


class PrivateChild:
    exit_code: int | None = None
    ending = "with code 0"
    last_words = ""

    async def ask(self, line: bytes) -> bytes:
        return line_of(Answer(port=7000))

    async def end(self) -> None:
        self.exit_code = 0


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"GGUF...")
    return path


@pytest.fixture
def machine(tmp_path):
    return Machine(private_folder(tmp_path / "keepers"))


def check(scene: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(1000):
            await scene()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(main())


def test_servers_that_start_in_the_same_second_share_one_keeper(weights, machine):
    async def scene() -> None:
        servers = [machine.server(weights) for _ in range(10)]
        endpoints = await asyncio.gather(*(server.endpoint() for server in servers))
        assert len(machine.keepers) == 1
        assert len(set(endpoints)) == 1
        assert endpoints[0].url == "http://127.0.0.1:6000"
        assert endpoints[0].key == machine.keepers[0].key
        assert len(machine.keepers[0].leases) == 10
        for server in servers:
            await server.aclose()
        assert not machine.keepers[0].leases
        assert machine.private == 0

    check(scene)


def test_a_server_that_is_killed_while_it_starts_the_keeper_holds_nobody_up(weights, machine):
    async def never(files: KeeperFiles, line: bytes) -> bytes:
        await asyncio.sleep(10)
        raise AssertionError

    async def scene() -> None:
        first = machine.server(weights, launch=never)
        starting = asyncio.create_task(first.endpoint())
        await asyncio.sleep(0.1)
        second = machine.server(weights)
        waiting = asyncio.create_task(second.endpoint())
        await asyncio.sleep(1)
        assert not waiting.done()
        # Closing gives its lock back as the system does for a killed process.
        await first.aclose()
        with pytest.raises(ModelFailure, match="closed"):
            await starting
        assert (await waiting).url == "http://127.0.0.1:6000"
        await second.aclose()

    check(scene)


def test_all_servers_notice_the_end_of_the_keeper_and_one_starts_it_again(weights, machine):
    async def scene() -> None:
        servers = [machine.server(weights) for _ in range(3)]
        for server in servers:
            await server.endpoint()
        await asyncio.sleep(100)
        machine.keepers[0].die()
        await asyncio.sleep(0)
        endpoints = await asyncio.gather(*(server.endpoint() for server in servers))
        assert len(machine.keepers) == 2
        assert {endpoint.url for endpoint in endpoints} == {"http://127.0.0.1:6001"}
        for server in servers:
            await server.aclose()

    check(scene)


def test_a_keeper_that_is_just_ending_is_waited_for(weights, machine):
    async def scene() -> None:
        first = machine.server(weights)
        await first.endpoint()
        old = machine.keepers[0]
        old.files.remove_record()
        second = machine.server(weights)
        waiting = asyncio.create_task(second.endpoint())
        await asyncio.sleep(1)
        assert len(machine.keepers) == 1
        assert not waiting.done()
        old.die()
        assert (await waiting).url == "http://127.0.0.1:6001"
        await first.aclose()
        await second.aclose()

    check(scene)


def test_what_differs_does_not_share(weights, machine, tmp_path, monkeypatch):
    async def scene() -> None:
        other = tmp_path / "other.gguf"
        other.write_bytes(b"GGUF...")
        servers = [
            machine.server(weights),
            machine.server(other),
            machine.server(weights, KeeperOptions(threads=1, context=512)),
        ]
        urls = [(await server.endpoint()).url for server in servers]
        # The same file in another version of llama.cpp.
        monkeypatch.setattr("fusionls.local.shared_child.llama_version", lambda: "0.0.1")
        servers.append(machine.server(weights))
        urls.append((await servers[-1].endpoint()).url)
        assert len(set(urls)) == len(machine.keepers) == 4
        for server in servers:
            await server.aclose()

    check(scene)


def test_whoever_took_the_port_of_a_dead_keeper_gets_no_endpoint_accepted(weights, machine):
    async def scene() -> None:
        first = machine.server(weights)
        await first.endpoint()
        old = machine.keepers[0]
        old.die()
        await first.aclose()
        # The record is still there, and somebody who cannot read it answers at its port.
        impostor = FakeKeeper(KeeperFiles(machine.folder, "impostor"), old.port, ORDER)
        machine.keepers[0] = impostor
        assert impostor.secret == old.secret
        impostor.secret += " guessed"
        second = machine.server(weights)
        assert (await second.endpoint()).url == "http://127.0.0.1:6001"
        assert not impostor.leases
        await second.aclose()

    check(scene)


ORDER = (
    b'{"model":"m","key":"k","context":1,"threads":1,"reading_threads":1,"swa_full":false,'
    b'"cache_reuse":0,"cache_mib":1,"slots":1}'
)


def test_a_keeper_that_hangs_is_left_for_a_model_of_ones_own(weights, machine):
    async def scene() -> None:
        first = machine.server(weights)
        await first.endpoint()
        machine.keepers[0].mute = True
        second = machine.server(weights)
        assert (await second.endpoint()).url == "http://127.0.0.1:7000"
        (said,) = machine.said
        assert said.startswith(
            "the process 1, which keeps a model for all servers, does not answer"
        )
        await first.aclose()
        await second.aclose()

    check(scene)


def test_without_a_folder_every_server_has_its_own_model_and_says_so_once(weights, tmp_path):
    async def scene() -> None:
        machine = Machine(tmp_path)
        (tmp_path / "file").write_text("no folder")

        def refused() -> Path:
            return private_folder(tmp_path / "file" / "keepers")

        models = SharedModels(refused, private=machine.spawn_private, say=machine.said.append)
        for _ in range(2):
            server = LlamaKeeper(weights, spawn=models)
            assert (await server.endpoint()).url == "http://127.0.0.1:7000"
            await server.aclose()
        assert machine.private == 2
        (said,) = machine.said
        assert said.startswith(f"{tmp_path / 'file' / 'keepers'} cannot be used (Not a directory)")
        assert "set XDG_RUNTIME_DIR" in said

    check(scene)


def test_a_folder_that_others_can_enter_is_closed_and_a_link_refused(tmp_path):
    folder = tmp_path / "keepers"
    folder.mkdir(mode=0o755)
    assert private_folder(folder).stat().st_mode & 0o777 == 0o700
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(SharingImpossible, match="it is not a folder"):
        private_folder(tmp_path / "link")


def test_broken_weights_are_tried_twice_and_explained(weights, machine):
    async def scene() -> None:
        machine.launch_answers = [line_of(Answer(error="llama.cpp did not start"))] * 2
        server = machine.server(weights)
        with pytest.raises(ModelFailure, match=r"tiny.gguf: llama.cpp did not start$"):
            await server.endpoint()
        assert not machine.launch_answers
        with pytest.raises(ModelFailure, match=r"tried again in 1\.0 s"):
            await server.endpoint()
        await server.aclose()
        assert machine.private == 0

    check(scene)


@pytest.mark.parametrize("left", ["", "{", "[]", '{"pid":1,"port":0,"secret":"x"}', "null"])
def test_a_record_that_is_broken_is_as_good_as_none(weights, machine, left):
    async def scene() -> None:
        first = machine.server(weights)
        await first.endpoint()
        [record] = machine.folder.glob("*.json")
        machine.keepers[0].die()
        await first.aclose()
        record.write_text(left)
        second = machine.server(weights)
        assert (await second.endpoint()).url == "http://127.0.0.1:6001"
        await second.aclose()

    check(scene)
