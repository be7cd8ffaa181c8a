"""When a child is started, shared, given up and started again, in virtual time."""

import asyncio
from itertools import pairwise

import pytest

from fusionls.core.reply import FailureKind
from fusionls.engine.ports import ModelFailure
from fusionls.local.child_lines import Answer, line_of, order_from
from fusionls.local.keeper import KeeperOptions, LlamaKeeper
from tests.support.virtual_time import run_virtual

READY_AFTER_S = 0.5


class FakeChild:
    """A child that answers with ``line`` after half a second, or never."""

    def __init__(self, line: bytes | None, words: str = "") -> None:
        self.line = line
        self.last_words = words
        self.exit_code: int | None = None
        self.order = b""

    @property
    def ending(self) -> str:
        code = self.exit_code
        return f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"

    async def ask(self, line: bytes) -> bytes:
        self.order = line
        await asyncio.sleep(READY_AFTER_S if self.line is not None else 1000)
        assert self.line is not None
        return self.line

    async def end(self) -> None:
        self.exit_code = 7 if self.exit_code is None else self.exit_code


def serves(port: int) -> FakeChild:
    return FakeChild(line_of(Answer(port=port)))


class Spawner:
    """Starts the given children, one after the other."""

    def __init__(self, *children: FakeChild | OSError) -> None:
        self.waiting = list(children)
        self.started: list[FakeChild] = []

    async def __call__(self) -> FakeChild:
        child = self.waiting.pop(0)
        if isinstance(child, OSError):
            raise child
        self.started.append(child)
        return child


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"GGUF...")
    return path


async def failure_of(keeper: LlamaKeeper) -> tuple[FailureKind, str]:
    with pytest.raises(ModelFailure) as caught:
        await keeper.endpoint()
    return caught.value.failure.kind, caught.value.failure.message


def test_all_callers_share_one_start(weights):
    async def main() -> None:
        spawner = Spawner(serves(5001))
        keeper = LlamaKeeper(weights, KeeperOptions(threads=1, swa_full=True), spawn=spawner)
        endpoints = await asyncio.gather(*(keeper.endpoint() for _ in range(5)))
        assert {endpoint.url for endpoint in endpoints} == {"http://127.0.0.1:5001"}
        assert await keeper.endpoint() == endpoints[0]
        (child,) = spawner.started
        order = order_from(child.order)
        assert (order.model, order.threads, order.swa_full) == (str(weights), 1, True)
        assert order.key == endpoints[0].key
        assert len(order.key) > 30
        assert order.key not in repr((order, endpoints, keeper))
        await keeper.aclose()
        assert child.exit_code is not None

    run_virtual(main())


def test_who_is_cancelled_does_not_take_the_start_along(weights):
    async def main() -> None:
        keeper = LlamaKeeper(weights, spawn=Spawner(serves(5001)))
        first, second = (asyncio.create_task(keeper.endpoint()) for _ in range(2))
        await asyncio.sleep(READY_AFTER_S / 2)
        first.cancel()
        assert (await second).url == "http://127.0.0.1:5001"
        assert first.cancelled()
        await keeper.aclose()

    run_virtual(main())


def test_a_start_that_everybody_left_still_warms_the_model(weights):
    async def main() -> None:
        keeper = LlamaKeeper(weights, spawn=Spawner(serves(5001)))
        waiter = asyncio.create_task(keeper.endpoint())
        await asyncio.sleep(0.1)
        waiter.cancel()
        await asyncio.sleep(READY_AFTER_S)
        before = asyncio.get_running_loop().time()
        await keeper.endpoint()
        assert asyncio.get_running_loop().time() == before
        await keeper.aclose()

    run_virtual(main())


def test_one_odd_start_is_not_noticed(weights):
    async def main() -> None:
        for odd in (FakeChild(b""), FakeChild(b"noise\n"), OSError("fork refused")):
            keeper = LlamaKeeper(weights, spawn=Spawner(odd, serves(5002)))
            assert (await keeper.endpoint()).url == "http://127.0.0.1:5002"
            await keeper.aclose()

    run_virtual(main())


def test_two_failed_starts_say_why_and_when_it_is_tried_again(weights):
    async def main() -> None:
        words = "0.1 I loading\n0.2 E bad tensor\n0.3 E giving up\n"
        spawner = Spawner(FakeChild(b"", words), FakeChild(b"", words), serves(5003))
        keeper = LlamaKeeper(weights, spawn=spawner)
        kind, message = await failure_of(keeper)
        assert kind is FailureKind.UNREACHABLE
        assert message == "tiny.gguf: the process ended with code 7 (bad tensor)"
        await asyncio.sleep(0.4)
        _, message = await failure_of(keeper)
        assert message.endswith("(bad tensor); it is tried again in 0.6 s")
        assert len(spawner.started) == 2
        await asyncio.sleep(0.61)
        assert (await keeper.endpoint()).url == "http://127.0.0.1:5003"
        await keeper.aclose()

    run_virtual(main())


def test_a_start_that_hangs_is_given_up(weights):
    async def main() -> None:
        spawner = Spawner(FakeChild(None), serves(5004))
        keeper = LlamaKeeper(weights, spawn=spawner)
        _, message = await failure_of(keeper)
        assert message == "tiny.gguf: it was not ready after 30 s"
        assert asyncio.get_running_loop().time() == 30
        assert spawner.started[0].exit_code is not None
        await keeper.aclose()

    run_virtual(main())


def test_a_child_that_died_after_long_service_is_replaced_at_once(weights):
    async def main() -> None:
        spawner = Spawner(serves(5001), serves(5002))
        keeper = LlamaKeeper(weights, spawn=spawner)
        first = await keeper.endpoint()
        await asyncio.sleep(100)
        spawner.started[0].exit_code = -9
        second = await keeper.endpoint()
        assert second.url == "http://127.0.0.1:5002"
        assert second.key != first.key
        await keeper.aclose()

    run_virtual(main())


def test_weights_that_are_replaced_are_served_anew(weights):
    async def main() -> None:
        spawner = Spawner(serves(5001), serves(5002))
        keeper = LlamaKeeper(weights, spawn=spawner)
        await keeper.endpoint()
        await asyncio.sleep(100)
        weights.write_bytes(b"GGUF... of another model")
        assert (await keeper.endpoint()).url == "http://127.0.0.1:5002"
        assert spawner.started[0].exit_code is not None
        # What is deleted is still in the memory of who serves it.
        weights.unlink()
        assert (await keeper.endpoint()).url == "http://127.0.0.1:5002"
        await keeper.aclose()

    run_virtual(main())


def test_a_child_that_dies_soon_after_each_start_is_started_less_and_less(weights):
    async def main() -> None:
        spawner = Spawner(*(serves(port) for port in range(5001, 5010)))
        keeper = LlamaKeeper(weights, spawn=spawner)
        loop = asyncio.get_running_loop()
        starts = []
        for _ in range(8):
            while True:
                try:
                    await keeper.endpoint()
                    break
                except ModelFailure as error:
                    assert "ended by signal 11" in error.failure.message
                    await asyncio.sleep(0.5)
            starts.append(loop.time())
            spawner.started[-1].exit_code = -11
        gaps = [round(b - a - READY_AFTER_S) for a, b in pairwise(starts)]
        assert gaps == [1, 2, 4, 8, 16, 32, 60]
        await keeper.aclose()

    run_virtual(main())


def test_what_is_missing_says_how_to_install_it(tmp_path, weights):
    async def main() -> None:
        spawner = Spawner()
        absent = LlamaKeeper(tmp_path / "smollm2-135m.gguf", spawn=spawner)
        kind, message = await failure_of(absent)
        assert kind is FailureKind.NOT_INSTALLED
        assert message.endswith("run: fusionls models install smollm2-135m")
        weights.write_bytes(b"<html>")
        kind, message = await failure_of(LlamaKeeper(weights, spawn=spawner))
        assert (kind, message) == (FailureKind.NOT_INSTALLED, f"{weights} is not a GGUF file")
        # As soon as it is there it is used: a look costs nothing, so there is no waiting time.
        weights.write_bytes(b"GGUF...")
        answer = Answer(error="the package xllamacpp is not installed", missing=True)
        spawner.waiting = [FakeChild(line_of(answer))]
        kind, message = await failure_of(LlamaKeeper(weights, spawn=spawner))
        assert kind is FailureKind.NOT_INSTALLED
        assert 'pip install "fusionls[local]"' in message

    run_virtual(main())


def test_closing_while_starting_ends_the_child_and_tells_who_waits(weights):
    async def main() -> None:
        spawner = Spawner(FakeChild(None))
        keeper = LlamaKeeper(weights, spawn=spawner)
        waiter = asyncio.create_task(failure_of(keeper))
        await asyncio.sleep(0.1)
        await asyncio.gather(keeper.aclose(), keeper.aclose())
        await keeper.aclose()
        assert (await waiter)[1] == "tiny.gguf: it was closed while it started"
        assert (await failure_of(keeper))[1] == "tiny.gguf: it was closed"
        assert spawner.started[0].exit_code is not None
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(main())
