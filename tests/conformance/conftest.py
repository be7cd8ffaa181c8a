"""``--server "command"`` points the rows at any server; a table of rows ends the report."""

import os
import re
from collections import defaultdict

import pytest

from tests.conformance.talking import NEEDS_OURS, target_of

ROW = re.compile(r"test_row_(\d\d)_")
VARIABLE = "CONFORMANCE_SERVER"
_verdicts = pytest.StashKey[dict[int, set[str]]]()
_left_out = pytest.StashKey[dict[str, set[str]]]()


def pytest_addoption(parser):
    parser.addoption("--server", default="", help="the command of the server that is tested")


def pytest_configure(config):
    config.addinivalue_line("markers", f"{NEEDS_OURS}(why): cannot be asked of a foreign server")
    config.stash[_verdicts] = defaultdict(set)
    config.stash[_left_out] = defaultdict(set)


def foreign_server(config):
    # Unknown when pytest finds this file only while it collects.
    return config.getoption("server", "") or os.environ.get(VARIABLE, "")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    if not foreign_server(config):
        return
    asked, left_out = [], []
    for item in items:
        marker = item.get_closest_marker(NEEDS_OURS)
        if "conformance" in item.path.parts and marker:
            left_out.append(item)
            config.stash[_left_out][marker.args[0]].add(item.originalname)
        else:
            item.add_marker(pytest.mark.child_process("the server that --server names"))
            asked.append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = asked


@pytest.fixture
def target(request, tmp_path):
    return target_of(foreign_server(request.config), tmp_path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    row = ROW.match(item.name)
    if row and (call.when == "call" or report.failed):
        item.config.stash[_verdicts][int(row[1])].add(report.outcome)
    return report


def pytest_terminal_summary(terminalreporter, config):
    verdicts = config.stash.get(_verdicts, {})
    if not verdicts:
        return
    failing = sorted(row for row, outcomes in verdicts.items() if outcomes != {"passed"})
    kept = len(verdicts) - len(failing)
    terminalreporter.section("LSP rows")
    terminalreporter.line(f"{kept} of {len(verdicts)} rows kept")
    if failing:
        terminalreporter.line(f"not kept: {', '.join(map(str, failing))}")
    for why, names in sorted(config.stash[_left_out].items()):
        rows = sorted({row[1] for row in map(ROW.match, names) if row})
        terminalreporter.line(f"left out, {why}: {', '.join(rows)}")
