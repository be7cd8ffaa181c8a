"""``fusionls plan``: what a budget costs by recorded traces, and whom it can do without."""

import json
import time

import pytest
from click.testing import CliRunner

from fusionls.cli.group import commands
from fusionls.core.panel import Panel, PanelAnswer
from fusionls.core.panel_json import panel_to_json
from fusionls.settings.paths import learned_file
from fusionls.simulating.planning import FEWEST_LEARNED, FEWEST_TRACES, planned
from fusionls.simulating.voting import Vote
from fusionls.state.ledger import Ledger, Observation
from tests.unit.test_kept_traces import kept

# a and b agree at once, c says something else first and d agrees late.
TYPICAL = (("a", 100, "x"), ("b", 120, "x"), ("c", 80, "y"), ("d", 900, "x"))


def panel(*answers, **more):
    found = tuple(
        PanelAnswer(name, at, klass, done_ms=at, tokens_out=5) for name, at, klass in answers
    )
    return Panel(more.pop("id", "r1"), found, 350.0, **more)


def plan(monkeypatch, tmp_path, *arguments, stdin=None):
    monkeypatch.setenv("FUSIONLS_STATE", str(tmp_path / "state"))
    return CliRunner().invoke(commands, ["plan", *map(str, arguments)], input=stdin)


def written(file, panels):
    file.write_text("".join(json.dumps(panel_to_json(one)) + "\n" for one in panels))
    return file


def test_a_budget_is_shown_with_half_of_it_twice_and_without():
    found = planned([panel(*TYPICAL)] * 200, 110.0)
    half, whole, double, none = found.budgets
    assert [row.budget_ms for row in found.budgets] == [55.0, 110.0, 220.0, None]
    assert (half.answered.count, whole.answered.count) == (0, 200)
    assert double.agreed.value == none.agreed.value == 1.0, "a and b are enough"
    assert (whole.p50_ms, double.p50_ms, none.p50_ms) == (110.0, 220.0, 900.0)
    assert whole.agreed.low < whole.agreed.value == 1.0


def test_a_member_that_changes_nothing_and_takes_long_can_go():
    found = planned([panel(*TYPICAL)] * 200, 1000.0)
    rows = {row.member: row for row in found.without}
    assert rows["d"].can_go
    assert (rows["d"].lost.count, rows["d"].p50_saved_ms, rows["d"].tokens) == (0, 780.0, 5.0)
    assert "d" not in found.recommended
    assert found.is_enough and "d" in found.why


def test_a_member_that_the_answer_hangs_on_stays():
    one = panel(("a", 100, "x"), ("b", 400, "x"), ("c", 300, "y"))
    other = panel(("a", 100, "x"), ("b", 400, "y"), ("c", 300, "x"))
    found = planned([one, other] * 100, 1000.0)
    rows = {row.member: row for row in found.without}
    assert (rows["a"].lost.value, rows["a"].can_go) == (0.5, False), "b and c are never of one mind"
    assert rows["b"].can_go and "a" in found.recommended


def test_with_many_traces_it_is_told_what_stopping_as_learned_gives():
    found = planned([panel(*TYPICAL)] * (FEWEST_LEARNED + 50), 300.0)
    [early] = [row for row in found.budgets if row.rule == "table"]
    assert early.p50_ms < 300.0 == found.budgets[1].p50_ms, "b and a agree long before"
    assert early.agreed.value > 0.9


def test_with_too_few_traces_nothing_is_recommended():
    found = planned([panel(*TYPICAL)] * (FEWEST_TRACES - 1), 300.0)
    assert not found.is_enough and found.recommended == ()
    assert str(FEWEST_TRACES) in found.why


def test_a_rare_loss_is_not_taken_for_none():
    panels = [panel(*TYPICAL)] * FEWEST_TRACES
    row = next(row for row in planned(panels, 1000.0).without if row.member == "d")
    assert row.lost.count == 0 and not row.can_go, "of so few, up to 3.7 % may be lost"


def test_what_was_accepted_is_counted_apart():
    taken = Panel(
        "r1",
        (PanelAnswer("a", 400.0, "x", right=1.0), PanelAnswer("b", 50.0, "y")),
        350.0,
        chosen="x",
    )
    found = planned([taken] * 10 + [panel(*TYPICAL)] * 10, 300.0)
    counts = [(row.kept.cases, row.kept.count) for row in found.budgets if row.kept]
    assert counts == [(10, 0), (10, 0), (10, 10), (10, 10)]


def test_what_the_server_chose_when_it_waited_for_all_counts_as_the_panels_answer():
    minority = panel(("a", 10, "x"), ("b", 20, "y"), ("c", 30, "y"), chosen="x", decided_ms=31.0)
    [outcome] = Vote([minority]).outcomes(("a", "b", "c"), 100.0)
    assert outcome.klass == "x"
    [hurried] = Vote([minority]).outcomes(("a", "b", "c"), 25.0)
    assert hurried.waited_ms == 25.0


@pytest.mark.parametrize(
    ("said", "ms"), [("300ms", 300), ("0.3s", 300), ("300", 300), ("2 S", 2000)]
)
def test_a_budget_can_be_written_in_several_ways(said, ms, tmp_path, monkeypatch):
    file = written(tmp_path / "t.jsonl", [panel(*TYPICAL)] * 120)
    found = plan(monkeypatch, tmp_path, "--budget", said, "--json", file)
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["budget_ms"] == ms


@pytest.mark.parametrize("said", ["", "soon", "nan", "1e999", "-3", "0", "3h"])
def test_a_budget_that_is_no_time_is_a_mistake(said, tmp_path, monkeypatch):
    found = plan(monkeypatch, tmp_path, "--budget", said, tmp_path / "t.jsonl")
    assert found.exit_code == 2
    assert "300ms" in found.stderr


def test_the_plan_is_told_to_people_and_as_one_document(tmp_path, monkeypatch):
    file = written(tmp_path / "t.jsonl", [panel(*TYPICAL)] * 200)
    found = plan(monkeypatch, tmp_path, "--budget", "1s", "--json", file)
    assert found.exit_code == 0, found.output
    for words in ("no limit", "200 traces can be used", "Recommended within 1000 ms"):
        assert words in found.stderr
    told = json.loads(found.stdout)
    assert (told["v"], told["traces"], told["enough"]) == (1, 200, True)
    assert told["budgets"][1]["agreed"]["share"] == 1.0
    assert {row["member"] for row in told["without"]} == set("abcd")


def test_too_few_traces_are_a_finding(tmp_path, monkeypatch):
    file = written(tmp_path / "t.jsonl", [panel(*TYPICAL)] * 7)
    found = plan(monkeypatch, tmp_path, "--budget", "300", file)
    assert (found.exit_code, found.stdout) == (1, "")
    assert "7 traces are too few" in found.stderr and "--record" in found.stderr


def test_panels_in_which_somebody_was_cut_off_are_left_out_and_counted(tmp_path, monkeypatch):
    cut = Panel("r", (PanelAnswer("a", 10.0, "x"), PanelAnswer("b", cut_ms=100.0)), 350.0)
    file = written(tmp_path / "t.jsonl", [panel(*TYPICAL)] * 120 + [cut] * 5)
    found = plan(monkeypatch, tmp_path, "--budget", "300", file)
    assert "left out: 5 x somebody was cut off" in found.stderr
    only = written(tmp_path / "cut.jsonl", [cut] * 5)
    found = plan(monkeypatch, tmp_path, "--budget", "300", only)
    assert found.exit_code == 2 and "no whole panel" in found.stderr


def test_without_files_it_asks_what_servers_have_kept(tmp_path, monkeypatch):
    found = plan(monkeypatch, tmp_path, "--budget", "300")
    assert found.exit_code == 2, found.output
    assert "there is no trace" in found.stderr and "--record" in found.stderr
    kept(tmp_path / "state" / "traces", "r1", "r2")
    found = plan(monkeypatch, tmp_path, "--budget", "300")
    assert "cut off" in found.stderr, "those traces tell that nobody was waited for"


def test_without_files_what_was_learned_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("FUSIONLS_STATE", str(tmp_path / "state"))
    cut = Panel("r", (*panel(*TYPICAL[:3]).answers, PanelAnswer("d", cut_ms=100.0)), 350.0)
    disagreed = panel(*TYPICAL, decided_ms=901.0)
    drawn = panel(*TYPICAL, decided_ms=120.0, explored=True)
    ledger = Ledger(learned_file())
    panels = [cut] * 50 + [disagreed] * 30 + [drawn] * 120
    ledger.write([Observation("pool", "", time.time(), one) for one in panels])
    ledger.close()
    found = plan(monkeypatch, tmp_path, "--budget", "300")
    assert found.exit_code == 0, found.output
    assert "what your servers have learned: 120 of 200 traces" in found.stderr
    assert "left out: 30 x all were waited for because they did not agree" in found.stderr
