"""The process that reads and fuses edits: what comes out of it, and that nobody is harmed by what goes in."""

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from fusionls.core.editing import answers
from fusionls.core.editing.orders import EditOrder, PromptOrder, ReadOrder, Style
from fusionls.engine.edit_ports import DeskFailed
from fusionls.engine.inline_desk import InlineDesk
from fusionls.local import edit_child, edit_process, line_process
from fusionls.local.edit_lines import answer_line, call_line
from fusionls.local.edit_process import EditProcess
from tests.e2e.server_environment import HAS_PROCESS_LIST, PROCESSES, still_running

BEFORE = """def area(width, height):
    return width * height


def volume(width, height, depth):
    return area(width, height) * depth
"""
ORDER = EditOrder({"a.py": BEFORE}, {"a.py": "python"}, "a.py", 4, 8, "say what area returns")
ANSWERS = [
    (
        "m",
        '```python\ndef area(width, height):\n    """Return the area."""\n    return width * height\n```',
    ),
    (
        "n",
        '```python\ndef area(width, height):\n    """Return the area."""\n    return width * height\n```',
    ),
    ("o", "I cannot do that."),
]
READY = json.dumps({"answer": "ready"})


def python(source):
    """A process that says that it is ready, and then runs ``source``."""
    return (sys.executable, "-c", f"import sys; print({READY!r}, flush=True)\n{source}")


def children():
    """The processes that we have started and that are there, zombies included."""
    found = []
    for status in PROCESSES.glob("[0-9]*/stat") if HAS_PROCESS_LIST else ():
        with suppress(OSError):
            _, parent, *_ = status.read_text(errors="replace").rpartition(")")[2].split()
            if int(parent) == os.getpid():
                found.append(int(status.parent.name))
    return found


async def until(so):
    """Wait until ``so`` returns true, which takes five seconds at most."""
    for _ in range(500):
        if so():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come to that")


@pytest.fixture(autouse=True)
def nobody_is_left():
    yield
    deadline = time.monotonic() + 5
    while children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert children() == []


async def edited(desk):
    """Everything that a request asks of a desk."""
    return [
        await desk.open(ORDER),
        await desk.prompt(PromptOrder(Style.CHAT)),
        *[await desk.read(ReadOrder(name, 0, text)) for name, text in ANSWERS],
        await desk.judge_prompt(PromptOrder(Style.CHAT)),
        decision := await desk.decide(1000),
        await desk.rebase(decision.hunks, {"a.py": "# new\n" + BEFORE}),
    ]


def played(play, *args, **more):
    """Return what ``play`` returns with an EditProcess of these ``args``, which is closed behind it."""

    async def run():
        desks = EditProcess(*args, **more)
        try:
            return await play(desks)
        finally:
            await desks.aclose()

    return asyncio.run(run())


def test_the_edit_is_the_one_that_would_be_made_here():
    async def play(desks):
        desk = desks.desk()
        there = await edited(desk)
        await desk.aclose()
        assert there == await edited(InlineDesk())
        assert there[-2].hunks, "something is offered"

    played(play)


def test_the_next_request_finds_a_process_that_is_ready_and_knows_nothing():
    async def play(desks):
        desk = desks.desk()
        await desk.open(ORDER)
        first = children()
        await desk.aclose()
        next_desk = desks.desk()
        decided = await next_desk.decide(100)
        assert (decided.hunks, decided.why) == ((), "nothing was asked for")
        assert (await next_desk.open(ORDER)).refusal == ""
        if HAS_PROCESS_LIST:
            assert children() == first
        await next_desk.aclose()
        await next_desk.aclose()

    played(play)


def test_two_requests_at_once_have_a_process_each():
    async def play(desks):
        both = desks.desk(), desks.desk()
        await asyncio.gather(*(desk.open(ORDER) for desk in both))
        if HAS_PROCESS_LIST:
            assert len(children()) == 2
        for desk in both:
            await desk.aclose()

    played(play)


def test_who_comes_when_many_are_at_work_has_the_process_of_the_first_that_is_done(monkeypatch):
    monkeypatch.setattr(edit_process, "MOST_AT_ONCE", 2)

    async def play(desks):
        first, second, third, gone, fifth = (desks.desk() for _ in range(5))
        await asyncio.gather(first.open(ORDER), second.open(ORDER))
        later = [asyncio.create_task(desk.open(ORDER)) for desk in (third, fifth)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in later)
        if HAS_PROCESS_LIST:
            assert len(children()) == 2
        before = children()
        # Who gives up while it waits takes nobody's place.
        await gone.aclose()
        await first.aclose()
        assert (await later[0]).refusal == ""
        assert not later[1].done()
        if HAS_PROCESS_LIST:
            assert children() == before
        await second.aclose()
        assert (await later[1]).refusal == ""
        for desk in (third, fifth):
            await desk.aclose()

    played(play)


def test_who_still_waits_for_a_process_when_all_ends_is_told(monkeypatch):
    monkeypatch.setattr(edit_process, "MOST_AT_ONCE", 1)

    async def play(desks):
        desks.desk()
        waiting = asyncio.create_task(desks.desk().open(ORDER))
        await asyncio.sleep(0)
        await desks.aclose()
        with pytest.raises(DeskFailed, match="it was closed"):
            await waiting

    played(play)


def test_a_spare_process_does_not_stay_for_ever(monkeypatch):
    monkeypatch.setattr(edit_process, "SPARE_S", 0.2)

    async def play(desks):
        desk = desks.desk()
        await desk.open(ORDER)
        await desk.aclose()
        await asyncio.sleep(0.1)
        if HAS_PROCESS_LIST:
            assert len(children()) == 1
        await until(lambda: not children())

    played(play)


def test_a_process_is_started_before_anything_is_asked():
    async def play(desks):
        desks.desk()
        await until(lambda: len(children()) == 1)

    if HAS_PROCESS_LIST:
        played(play)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("/nowhere/at/all",), "no process can be started"),
        (python("raise SystemExit(3)"), "its process ended"),
        (python("import os; os.kill(os.getpid(), 9)"), "its process ended"),
        (python("sys.stdin.readline(); print('{}')"), "its process said something else"),
        (python("sys.stdin.readline(); print('[' * 50000)"), "its process said something else"),
        (python("sys.stdin.readline(); print('x' * 70_000_000)"), "said something else"),
        (python('sys.stdin.readline(); print(\'{"failed": "E at x.py:1"}\')'), "E at x.py:1"),
        (python("import time; time.sleep(600)"), "it was not done within 0.5 s"),
        ((sys.executable, "-c", "print('hello')"), "its process said something else"),
        ((sys.executable, "-c", ""), "its process ended"),
    ],
)
def test_a_process_that_fails_is_told_in_a_sentence_and_the_next_is_a_fresh_one(command, why):
    async def play(desks):
        said = []
        for _ in range(2):
            desk = desks.desk()
            for _ in range(2):
                with pytest.raises(DeskFailed) as failed:
                    await desk.open(ORDER)
                said.append(str(failed.value))
            await desk.aclose()
        assert all(why in one and one.startswith("the edits could not be read") for one in said)

    played(play, command, 0.5 if "0.5" in why else 30.0)


def test_a_process_that_is_killed_takes_one_request_along():
    async def play(desks):
        desk = desks.desk()
        await desk.open(ORDER)
        for pid in children():
            os.kill(pid, 9)
        with pytest.raises(DeskFailed, match="its process ended"):
            await desk.prompt(PromptOrder(Style.CHAT))
        await desk.aclose()
        fresh = desks.desk()
        assert (await fresh.open(ORDER)).refusal == ""
        await fresh.aclose()

    if HAS_PROCESS_LIST:
        played(play)


def test_who_stops_waiting_for_one_answer_keeps_the_others():
    async def play(desks):
        desk = desks.desk()
        await desk.open(ORDER)
        reading = [
            asyncio.create_task(desk.read(ReadOrder(name, 0, text))) for name, text in ANSWERS
        ]
        await asyncio.sleep(0)
        reading[0].cancel()
        cancelled, *others = reading
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert [(await one).passes for one in others] == [True, False]
        assert (await desk.decide(1000)).hunks
        await desk.aclose()

    played(play)


@pytest.mark.parametrize("after_s", [0.0, 0.001, 0.02, 0.1, 0.5])
def test_closing_ends_what_runs_at_any_moment(after_s):
    async def play(desks):
        asking = [asyncio.create_task(desks.desk().open(ORDER)) for _ in range(2)]
        await asyncio.sleep(after_s)
        await desks.aclose()
        ends = await asyncio.gather(*asking, return_exceptions=True)
        assert all(isinstance(end, DeskFailed) for end in ends), ends

    played(play, python("import time; time.sleep(600)"))


def test_a_desk_that_is_closed_at_work_ends_its_process():
    async def play(desks):
        desk = desks.desk()
        asking = asyncio.create_task(desk.open(ORDER))
        await asyncio.sleep(0.3)
        await desk.aclose()
        with pytest.raises(DeskFailed, match="it was closed"):
            await asking
        await until(lambda: not children())

    played(play, python("import time; time.sleep(600)"))


HOSTILE = {
    "openings.js": "{a:" * 200_000,
    "brackets.js": "[" * 300_000,
    "brackets.py": "(" * 300_000,
    "lambdas.py": "lambda: " * 50_000,
    "ifs.c": "#if 1\n" * 50_000,
    "generics.rs": "a<" * 100_000,
    "strings.py": '"' * 300_001,
}
LANGUAGES = {"js": "javascript", "py": "python", "c": "c", "rs": "rust"}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_text_that_was_written_to_harm_ends_in_a_sentence(name):
    """As the file and as an answer: nobody else waits, and the next request is served."""
    language = LANGUAGES[name.rpartition(".")[2]]
    text = HOSTILE[name]

    async def hostile(desk, files, answer):
        try:
            opened = await desk.open(EditOrder(files, {name: language}, name, 0, 0, "tidy up"))
            if not opened.refusal:
                reading = await desk.read(ReadOrder("m", 0, answer))
                assert not reading.passes or reading.klass
                await desk.decide(1000)
        except DeskFailed as failed:
            assert "could not be read" in str(failed)
        finally:
            await desk.aclose()

    async def play(desks):
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0.005)
                ticks += 1

        ticking = asyncio.create_task(tick())
        await hostile(desks.desk(), {name: text}, f"```\n{text[:1000]}\n```")
        await hostile(desks.desk(), {name: "a\n"}, f"```\n{text}\n```")
        assert ticks >= 3, "the server was held up"
        ticking.cancel()
        desk = desks.desk()
        assert (await desk.open(ORDER)).refusal == ""
        await desk.aclose()

    played(play, call_s=3.0)


def test_an_answer_that_is_too_long_is_not_sent_in_full_and_refused_all_the_same():
    assert answers.MOST_CODE_POINTS < edit_process.MOST_SENT

    async def play(desks):
        desk = desks.desk()
        await desk.open(ORDER)
        reading = await desk.read(ReadOrder("m", 0, "x = 1\n" * 1_300_000))
        assert reading.why == ("the answer is too long to be read",)
        await desk.aclose()

    played(play)


@pytest.mark.skipif(not HAS_PROCESS_LIST, reason="looks at /proc")
def test_the_process_gives_way_is_bounded_and_holds_no_key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-never")
    show = (
        "import os, resource\n"
        "from fusionls.local.edit_child import allow_seconds, be_modest, give_way\n"
        "give_way(); be_modest(); allow_seconds(7)\n"
        "limits = [resource.getrlimit(one)[0] for one in"
        " (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)]\n"
        "print(os.nice(0), *limits, os.environ.get('OPENAI_API_KEY'), sep='|')"
    )
    shown = subprocess.run(
        [sys.executable, "-c", show],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=line_process._environment(),
    ).stdout
    niceness = os.nice(0) + edit_child.NICENESS
    assert shown == f"{niceness}|7|{edit_child.ADDRESS_BYTES}|0|0|None\n"


@pytest.mark.skipif(not HAS_PROCESS_LIST, reason="kill -9")
@pytest.mark.parametrize("at_work", [False, True])
def test_a_server_that_is_killed_takes_the_process_along(at_work):
    child = subprocess.Popen(line_process.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    assert child.stdout.readline() == answer_line("ready")
    if at_work:
        text = "x = [1, 2, 3]\n" * 20_000
        order = EditOrder({"a.py": text}, {"a.py": "python"}, "a.py", 0, 0, "tidy up")
        child.stdin.write(call_line("open", order))
    # What the end of a killed server looks like to it.
    child.stdout.close()
    child.stdin.close()
    child.wait(timeout=edit_child.PROCESSOR_S + 10)
    assert still_running([child.pid]) == []
