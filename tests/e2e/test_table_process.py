"""The process that solves when to stop waiting: what comes out of it, and that it never stays or disturbs."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import pairwise

import pytest

from fusionls.core.panel import Panel, PanelAnswer
from fusionls.core.stopping.problem import Problem, problem_of
from fusionls.local import table_child, table_process
from fusionls.local.table_process import TableSolver
from tests.e2e.server_environment import HAS_PROCESS_LIST, PROCESSES, still_running

MEMBERS = ("quick", "middling", "slow")
PATIENCE_S = 60


def problem(members=MEMBERS):
    """The problem of members of which each takes 60 ms more than the one before."""
    panels = [
        Panel(
            f"r{n}",
            tuple(
                PanelAnswer(name, at, "ab"[(n + k) % 3 == 0], 0.0, None, at, right=0.5)
                for k, name in enumerate(members)
                for at in [60.0 * (k + 1) + n % 7]
            ),
            350.0,
            chosen="a",
        )
        for n in range(60)
    ]
    return problem_of(panels, members, cap_ms=350.0)


def python(source):
    return (sys.executable, "-c", source)


def solved(solver, *problems):
    async def ask():
        tables = await asyncio.gather(*map(solver.solve, problems))
        await solver.aclose()
        return tables

    return asyncio.run(ask())


def children():
    """The processes that we have started and that are there, zombies included."""
    found = []
    for status in PROCESSES.glob("[0-9]*/stat") if HAS_PROCESS_LIST else ():
        with suppress(OSError):
            # "pid (name) state parent ...", and a name may hold anything.
            state, parent, *_ = status.read_text(errors="replace").rpartition(")")[2].split()
            if int(parent) == os.getpid():
                found.append((status.parent.name, state))
    return found


def test_the_table_is_that_of_the_solver():
    from fusionls.core.stopping.solving import solve

    asked = problem()
    [table] = solved(TableSolver(), asked)
    # What crosses the border is rounded.
    direct = solve(Problem.from_json(json.loads(json.dumps(asked.to_json()))))
    assert table is not None
    assert table.to_json() == direct.to_json()
    assert not table.advice((-1, -1, -1), 0.0).stop, "nobody has answered yet"


def test_a_second_problem_waits_for_the_first(monkeypatch):
    at = []
    answer = table_process._Run._answer

    def noted(run):
        at.append(("from", time.monotonic()))
        try:
            return answer(run)
        finally:
            at.append(("to", time.monotonic()))

    monkeypatch.setattr(table_process._Run, "_answer", noted)
    tables = solved(TableSolver(), problem(), problem(MEMBERS[:2]), problem())
    assert [table.members for table in tables] == [MEMBERS, MEMBERS[:2], MEMBERS]
    assert [word for word, _ in at] == ["from", "to"] * 3
    assert all(one[1] <= other[1] for one, other in pairwise(at))


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("/nowhere/at/all",), "no process can be started"),
        (python("raise SystemExit(3)"), "its process ended with code 3"),
        (python("import sys; sys.stdin.read(); print('{}')"), "said something else"),
        (python("import sys; sys.stdin.read(); print('[' * 50000)"), "said something else"),
        (python("print('x' * 20_000_000)"), "its process said more than"),
        (python("import os; os.kill(os.getpid(), 9)"), "its process ended with code -9"),
        (python("import time; time.sleep(600)"), "it was not done within 0.3 s"),
        (
            python("import sys, time; sys.stdout.close(); time.sleep(600)"),
            "it was not done within 0.3 s",
        ),
    ],
)
def test_without_a_table_simple_rules_decide_and_one_line_says_why(caplog, command, why):
    within_s = 0.3 if "0.3" in why else PATIENCE_S
    solver = TableSolver(command, within_s)
    assert solved(solver, problem(), problem()) == [None, None]
    [record] = caplog.records
    assert why in record.getMessage()
    assert children() == []


@pytest.mark.parametrize("after_s", [0.0, 0.001, 0.02, 0.1])
def test_who_is_cancelled_leaves_no_process(after_s):
    async def play():
        solver = TableSolver(python("import time; time.sleep(600)"), PATIENCE_S)
        solving = [asyncio.create_task(solver.solve(problem())) for _ in range(3)]
        await asyncio.sleep(after_s)
        if HAS_PROCESS_LIST and after_s >= 0.1:
            assert len(children()) == 1, "one at a time"
        for one in solving:
            one.cancel()
        assert all(
            isinstance(end, asyncio.CancelledError)
            for end in await asyncio.gather(*solving, return_exceptions=True)
        )
        await solver.aclose()

    asyncio.run(play())
    deadline = time.monotonic() + 5
    while children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert children() == []


def test_closing_ends_what_runs_and_what_waits(caplog):
    async def play():
        solver = TableSolver(python("import time; time.sleep(600)"), PATIENCE_S)
        solving = [asyncio.create_task(solver.solve(problem())) for _ in range(3)]
        await asyncio.sleep(0.1)
        await solver.aclose()
        assert await asyncio.gather(*solving) == [None, None, None]
        assert children() == []
        assert await solver.solve(problem()) is None
        await solver.aclose()

    asyncio.run(play())
    assert caplog.records == []


@pytest.mark.skipif(not HAS_PROCESS_LIST, reason="looks at /proc")
def test_the_process_gives_way_and_is_bounded():
    show = (
        "import os, resource, sys\n"
        "from fusionls.local.table_child import give_way\n"
        "give_way()\n"
        "print(os.nice(0), *resource.getrlimit(resource.RLIMIT_CPU))\n"
        "print(*(name for name in ('numpy', 'asyncio', 'httpx', 'pygls') if name in sys.modules))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", show], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    seconds, niceness = table_child.PROCESSOR_S, os.nice(0) + table_child.NICENESS
    assert shown == f"{niceness} {seconds} {seconds}\n\n"


@pytest.mark.skipif(not HAS_PROCESS_LIST, reason="kill -9")
def test_a_server_that_is_killed_takes_the_process_along_or_is_outlived_by_seconds():
    command = (sys.executable, "-P", "-m", "fusionls.local.table_child")
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(json.dumps(problem().to_json()).encode())
    # What the end of a killed server looks like to it.
    child.stdout.close()
    child.stdin.close()
    child.wait(timeout=PATIENCE_S)
    assert still_running([child.pid]) == []
    assert child.returncode != -signal.SIGKILL


def test_nobody_waits_for_the_solver():
    async def tick_beside():
        solving = asyncio.create_task(TableSolver().solve(problem(("a", "b", "c", "d", "e"))))
        ticks = 0
        while not solving.done():
            await asyncio.sleep(0.001)
            ticks += 1
        assert await solving is not None
        return ticks

    # Some 200 on an idle machine; were the loop held up, it would be one.
    assert asyncio.run(tick_beside()) > 10
