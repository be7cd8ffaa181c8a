"""Keeping llama.cpp within reach for one file of weights.

This decides when a model is started, given up and started again for one server. The process itself is
behind ``child.py``: usually one that all servers of the user lease (``shared_child.py``), else a child of
this server alone.
"""

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from fusionls.core.reply import Failure, FailureKind
from fusionls.engine.ports import Endpoint, ModelFailure
from fusionls.local.child import Child, Spawn, processors
from fusionls.local.child_lines import Answer, Order, answer_from, line_of
from fusionls.local.shared_child import shared_models
from fusionls.local.start_failures import how_to_install, why_it_ended, why_it_failed

# Small models are ready in 0.5 to 2 s; on a machine that swaps it may take ten times that.
START_TIMEOUT_S = 30.0
# Starts were seen to fail once, for no reason that was found, and to succeed the next moment.
START_ATTEMPTS = 2
# The time between two starts after failures: doubled each time, so that a model that cannot run
# costs nothing, and short at first, so that a single crash is hardly noticed.
BACKOFF_FIRST_S = 1.0
BACKOFF_LONGEST_S = 60.0
# A child that served this long was not broken: its end is a new story.
HEALTHY_S = 60.0
# More threads share the same memory bandwidth.
MOST_THREADS = 2
# One processor is left to the editor and to us: with as many threads as processors a model that wrote a
# token in 10 ms alone took 80 ms beside two busy programs, because its threads wait for each other.
SPARED_PROCESSORS = 1
# Reading a prompt is few large steps, in which threads hardly wait for each other: with two of them a cold
# prompt of 250 tokens took 0.95 s instead of 1.7.
MOST_READING_THREADS = 4
_GGUF_MAGIC = b"GGUF"


def default_threads() -> int:
    """Return how many threads write an answer: two at most, and one processor is spared."""
    return max(1, min(MOST_THREADS, processors() - SPARED_PROCESSORS))


def default_reading_threads() -> int:
    """Return how many threads read a prompt: four at most."""
    return min(MOST_READING_THREADS, processors())


@dataclass(frozen=True, slots=True)
class KeeperOptions:
    """How a model is served. ``context`` is in tokens, ``cache_mib`` in MiB of memory.

    ``slots`` is how many prompts are kept and answered side by side, each with the whole context.
    ``swa_full`` and ``cache_reuse`` are the catalogue's. The cache holds the prompts of files that
    were left: 128 MiB are some tens of them, where llama.cpp alone would take 8 GiB. With more than one
    slot a request that comes before llama.cpp has noticed that the last one is over lands in another slot,
    and reads everything anew: 2.3 s for a prompt with 24 new code points.
    """

    context: int = 2048
    threads: int = field(default_factory=default_threads)
    reading_threads: int = field(default_factory=default_reading_threads)
    swa_full: bool = False
    cache_reuse: int = 0
    cache_mib: int = 128
    slots: int = 1


@dataclass(frozen=True, slots=True)
class _Serving:
    child: Child
    endpoint: Endpoint
    since_s: float
    weights: tuple[int, int, int] | None


class LlamaKeeper:
    """The endpoint of one .gguf file, started when it is first wanted. Implements EndpointSource."""

    def __init__(
        self,
        model: Path,
        options: KeeperOptions | None = None,
        *,
        spawn: Spawn = shared_models,
    ) -> None:
        # Absolute, because the process is not at home where we are.
        self._model = model.absolute()
        self._options = options or KeeperOptions()
        self._spawn = spawn
        self._serving: _Serving | None = None
        self._remains: Child | None = None
        self._starting: asyncio.Task[Endpoint | Failure] | None = None
        self._closed = False
        self._wait_s = BACKOFF_FIRST_S
        self._not_before_s = 0.0
        self._last_failure = ""

    def __repr__(self) -> str:
        return f"LlamaKeeper({self._model.name!r})"

    async def endpoint(self) -> Endpoint:
        """Return the endpoint, starting the child if need be. All callers share one start.

        Raises ModelFailure: NOT_INSTALLED if the weights or llama.cpp are not there, UNREACHABLE if
        the child does not start, or if it is too early to try again.
        """
        if self._closed:
            raise ModelFailure(self._failure("it was closed"))
        if self._serving is not None and self._is_good(self._serving):
            return self._serving.endpoint
        if self._starting is None:
            self._note_death()
            self._check_weights()
            self._check_backoff()
            self._starting = asyncio.create_task(self._start())
        starting = self._starting
        # Not `await starting`: who is cancelled here must not take the start from the others.
        await asyncio.wait({starting})
        if starting.cancelled():
            raise ModelFailure(self._failure("it was closed while it started"))
        outcome = starting.result()
        if isinstance(outcome, Failure):
            raise ModelFailure(outcome)
        return outcome

    def _is_good(self, serving: _Serving) -> bool:
        if serving.child.exit_code is not None:
            return False
        # Two microseconds. Weights that are merely gone are still in the memory of who serves them.
        return _stamp(self._model) in (serving.weights, None)

    async def aclose(self) -> None:
        """Let go of the model, and a start that is under way. Never raises."""
        self._closed = True
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait({self._starting})
        if self._serving is not None:
            await self._serving.child.end()
        await self._bury()

    async def _start(self) -> Endpoint | Failure:
        try:
            await self._bury()
            outcome, again = await self._try_to_start()
            for _ in range(1, START_ATTEMPTS):
                if again:
                    outcome, again = await self._try_to_start()
            if isinstance(outcome, Failure):
                self._last_failure = outcome.message
                self._postpone(asyncio.get_running_loop().time())
            return outcome
        finally:
            self._starting = None

    async def _bury(self) -> None:
        """Give back the pipes of a child that has died."""
        remains, self._remains = self._remains, None
        if remains is not None:
            await remains.end()

    async def _try_to_start(self) -> tuple[Endpoint | Failure, bool]:
        """Return the endpoint, or a failure and whether another attempt is worth while."""
        key = secrets.token_urlsafe(32)
        weights = _stamp(self._model)
        try:
            child = await self._spawn()
        except OSError as error:
            return self._failure(f"no process could be started: {error}"), True
        answer = None
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                answer = _understood(await child.ask(line_of(self._order(key))))
        except TimeoutError:
            return self._failure(f"it was not ready after {START_TIMEOUT_S:.0f} s"), False
        except OSError as error:
            return self._failure(f"no process could be started: {error}"), True
        finally:
            if answer is None or not answer.port:
                await child.end()
        if answer is None or not answer.port:
            return self._explained(answer, child)
        endpoint = Endpoint(f"http://127.0.0.1:{answer.port}", answer.key or key)
        self._serving = _Serving(child, endpoint, asyncio.get_running_loop().time(), weights)
        return endpoint, False

    def _order(self, key: str) -> Order:
        options = self._options
        return Order(
            model=str(self._model),
            key=key,
            context=options.context,
            threads=options.threads,
            reading_threads=options.reading_threads,
            swa_full=options.swa_full,
            cache_reuse=options.cache_reuse,
            cache_mib=options.cache_mib,
            slots=options.slots,
        )

    def _explained(self, answer: Answer | None, child: Child) -> tuple[Failure, bool]:
        if answer is not None and answer.missing:
            message = f'{answer.error}; run: pip install "fusionls[local]"'
            return Failure(FailureKind.NOT_INSTALLED, f"{self._model.name}: {message}"), False
        said = answer.error if answer is not None else ""
        return self._failure(why_it_failed(self._model, said, child.ending, child.last_words)), True

    def _note_death(self) -> None:
        """Count the end of a child that served, or that serves what the file no longer holds."""
        dead, self._serving = self._serving, None
        if dead is None:
            return
        self._remains = dead.child
        if dead.child.exit_code is None:
            why = "the file was changed"
        else:
            why = why_it_ended(dead.child.ending, dead.child.last_words)
        self._last_failure = f"{self._model.name}: {why}"
        if asyncio.get_running_loop().time() - dead.since_s >= HEALTHY_S:
            self._wait_s = BACKOFF_FIRST_S
        else:
            self._postpone(dead.since_s)

    def _postpone(self, since_s: float) -> None:
        """Allow the next start only some time after ``since_s`` on the loop's clock."""
        self._not_before_s = since_s + self._wait_s
        self._wait_s = min(BACKOFF_LONGEST_S, 2 * self._wait_s)

    def _check_backoff(self) -> None:
        wait = self._not_before_s - asyncio.get_running_loop().time()
        if wait > 0:
            message = f"{self._last_failure}; it is tried again in {wait:.1f} s"
            raise ModelFailure(Failure(FailureKind.UNREACHABLE, message))

    def _check_weights(self) -> None:
        """Refuse what is no model before a process is started for it; this costs microseconds."""
        try:
            with self._model.open("rb") as file:
                magic = file.read(len(_GGUF_MAGIC))
        except OSError as error:
            message = f"{self._model} cannot be read: {error.strerror}{how_to_install(self._model)}"
            raise ModelFailure(Failure(FailureKind.NOT_INSTALLED, message)) from error
        if magic != _GGUF_MAGIC:
            message = f"{self._model} is not a GGUF file{how_to_install(self._model)}"
            raise ModelFailure(Failure(FailureKind.NOT_INSTALLED, message))

    def _failure(self, why: str) -> Failure:
        return Failure(FailureKind.UNREACHABLE, f"{self._model.name}: {why}")


def _understood(line: bytes) -> Answer | None:
    """Read the child's line; None stands for a process that ended without one."""
    if not line:
        return None
    try:
        return answer_from(line)
    except (ValueError, TypeError):
        return Answer(error="the process wrote something else before its answer")


def _stamp(weights: Path) -> tuple[int, int, int] | None:
    """Return what changes when the file does, None if it is not there."""
    try:
        found = weights.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino
