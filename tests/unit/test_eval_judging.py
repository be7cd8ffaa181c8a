"""What members said is judged in virtual time: alone, by vote, fused, within the caps."""

import asyncio

import pytest

from fusionls.core.member import Caps, Member, Price, Privacy
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.core.wish import ReadWish
from fusionls.engine.deaf import Deaf
from fusionls.engine.ports import ModelFailure, Pool, PoolMember
from fusionls.evaluating.case import Case
from fusionls.evaluating.journal import Journal, JournalError
from fusionls.evaluating.judging import Way, found_by_all, judged
from fusionls.evaluating.running import (
    MOST_SILENT_CASES,
    NobodyAnswers,
    ask_all,
    judge_all,
    planned,
)
from fusionls.evaluating.said import Said
from fusionls.evaluating.summary import outcome_of, summary_of
from tests.support.bare_client import BareClient
from tests.support.virtual_time import run_virtual

PREFIX, SUFFIX = "def f(a, b):\n    return ", "\n\n\nprint(f(1, 2))\n"
CASE = Case("c1", "g", "file:///a.py", "python", PREFIX, SUFFIX, "a + b")
FAILED = Failure(FailureKind.UNREACHABLE, "no answer from the server")


def said(member, text, after_ms=50.0, tokens_in=None, failure=None):
    chunks = ((after_ms, Chunk(text, tokens=3, tokens_in=tokens_in)),) if text else ()
    return Said(member, "", "", "", None, chunks, after_ms, failure)


def pool_of(*names, caps=None, threshold=0.0):
    members = (PoolMember(Member(name, prior=0.3), Talker(None)) for name in names)
    return Pool(tuple(members), caps or Caps(), threshold=threshold)


def outcomes(*answers, case=CASE, passed=None, caps=None, threshold=0.0):
    names = dict.fromkeys(one.member for one in answers)
    found = found_by_all(case, pool_of(*names, caps=caps, threshold=threshold), answers)
    return judged(case, answers, found, passed)


def line(summary, way, who=""):
    found = summary.line(way, who)
    assert found is not None
    return found


def came_to(one, way, who=""):
    found = outcome_of(one, way, who)
    assert found is not None
    return found


def texts(one):
    return {(o.way, o.who): o.text for o in one.outcomes}


def test_each_alone_the_vote_and_the_pool():
    one = outcomes(said("x", "a - b"), said("y", "a + b"), said("z", "a + b"))
    assert texts(one)[Way.ALONE, "x"] == "a - b"
    assert texts(one)[Way.VOTE, ""] == texts(one)[Way.FUSED, ""] == "a + b"
    rights = {(o.way, o.who): o.right for o in one.outcomes}
    assert rights[Way.ALONE, "y"] and not rights[Way.ALONE, "x"]
    assert rights[Way.FUSED, ""] and rights[Way.ORACLE, ""]


def test_what_a_member_breaks_is_counted_as_it_came_and_never_fused():
    one = outcomes(said("x", "a + b\nif ]]]:\n"))
    raw, alone = came_to(one, Way.RAW, "x"), came_to(one, Way.ALONE, "x")
    assert raw.broken and not raw.right
    assert alone.text == "a + b" and alone.right and not alone.broken


def test_what_comes_after_the_cap_is_not_in_time():
    one = outcomes(said("x", "a + b", after_ms=900.0), caps=Caps(350.0, 1500.0))
    assert came_to(one, Way.FUSED).right
    late = came_to(one, Way.IN_TIME)
    assert late.text is None and late.ms is None and not late.right


def test_what_is_unlikely_right_is_judged_and_not_shown():
    one = outcomes(said("x", "a + b"), said("y", "b"), threshold=0.99)
    assert came_to(one, Way.FUSED).text is not None
    assert came_to(one, Way.SHOWN).text is None and came_to(one, Way.IN_TIME).text is None
    assert came_to(outcomes(said("x", "a + b")), Way.SHOWN).right


def test_times_are_those_of_the_members():
    one = outcomes(said("x", "a + b", after_ms=80.0), said("y", "b", after_ms=700.0))
    assert came_to(one, Way.ALONE, "x").ms == pytest.approx(80, abs=1)
    assert came_to(one, Way.FUSED).ms == pytest.approx(700, abs=1)


def test_a_member_that_failed_is_wrong_and_stops_nobody():
    one = outcomes(said("x", "", failure=FAILED), said("y", "a + b"))
    assert came_to(one, Way.ALONE, "x").text is None
    assert came_to(one, Way.FUSED).right


def test_tests_judge_where_they_were_run():
    one = outcomes(said("x", "b + a"), passed=lambda text: text == "b + a")
    assert one.tested and came_to(one, Way.ALONE, "x").right
    assert not outcomes(said("x", "b + a")).tested


def test_sums_say_what_everybody_costs():
    cases = [
        outcomes(said("x", "a + b", tokens_in=100), said("y", "a - b")),
        outcomes(said("x", "a - b", tokens_in=100), said("y", "a + b")),
    ]
    found = summary_of(cases, {"x": Price(1.0, 10.0, "EUR")})
    x, y, fused = (line(found, *way) for way in ((Way.ALONE, "x"), (Way.ALONE, "y"), (Way.FUSED,)))
    assert (x.tokens_in, x.tokens_out, x.cost) == (200, 6, pytest.approx(0.00026))
    assert (y.tokens_in, y.tokens_out, y.cost) == (None, 6, None)
    assert (fused.tokens_in, fused.tokens_out, fused.cost) == (200, 12, pytest.approx(0.00026))
    assert (x.right.count, x.right.cases, line(found, Way.ORACLE).right.count) == (1, 2, 2)
    assert found.to_json()["lines"][0]["right"]["share"] is not None


class Talker(BareClient):
    """Says the same to everybody and counts how often; ``None`` fails."""

    def __init__(self, text):
        self.text, self.asked = text, 0

    async def stream(self, prompt):
        self.asked += 1
        await asyncio.sleep(0.02)
        if self.text is None:
            raise ModelFailure(FAILED)
        yield Chunk(self.text)


class Talkers(Deaf):
    def __init__(self, near, far=None):
        members = [PoolMember(Member("near"), near)]
        if far is not None:
            members.append(PoolMember(Member("far", privacy=Privacy.CLOUD), far))
        self.pool = Pool(tuple(members), Caps())

    def pool_for(self, uri, wish, language_id=""):
        return self.pool

    def read_wish(self, block):
        return ReadWish(None)

    async def aclose(self):
        pass


CASES = [Case(f"c{n}", "g", "file:///a.py", "python", PREFIX, SUFFIX, "a + b") for n in range(12)]


def asked(pools, journal, progress=lambda *_: None, allow_remote=False):
    evaluation = planned(CASES, pools, allow_remote=allow_remote)
    run_virtual(ask_all(evaluation, pools, journal, progress))
    return evaluation


def test_a_run_that_was_ended_goes_on_where_it_was(tmp_path):
    file, near = tmp_path / "j", Talker("a + b")

    def stop(stage, done, total):
        if done == 5:
            raise KeyboardInterrupt

    journal = Journal(file, {"n": 12})
    with pytest.raises(KeyboardInterrupt):
        asked(Talkers(near), journal, stop)
    journal.close()
    with file.open("ab") as torn:
        torn.write(b'{"case": "c5", "sa')
    journal = Journal(file, {"n": 12})
    evaluation = asked(Talkers(near), journal)
    assert near.asked == 12
    cases = judge_all(evaluation, journal, lambda *_: None, run_tests=False)
    assert [case.case.id for case in cases] == [case.id for case in CASES]
    assert line(summary_of(cases, {}), Way.FUSED).right.count == 12
    journal.close()
    again = Journal(file, {"n": 12})
    asked(Talkers(near), again)
    assert near.asked == 12, "nobody is asked twice"


def test_members_elsewhere_are_asked_only_where_that_is_allowed(tmp_path):
    near, far = Talker("a + b"), Talker("a - b")
    asked(Talkers(near, far), Journal(tmp_path / "a", {}))
    assert (near.asked, far.asked) == (12, 0)
    asked(Talkers(near, far), Journal(tmp_path / "b", {}), allow_remote=True)
    assert far.asked == 12


def test_where_nobody_answers_it_ends_soon_and_keeps_nothing(tmp_path):
    silent = Talker(None)
    journal = Journal(tmp_path / "j", {})
    with pytest.raises(NobodyAnswers, match="near: no answer from the server"):
        asked(Talkers(silent), journal)
    assert silent.asked == MOST_SILENT_CASES
    assert all(journal.said(case.id) is None for case in CASES)


def test_the_journal_of_another_evaluation_is_not_gone_on_with(tmp_path):
    Journal(tmp_path / "j", {"pack": "sha256:1", "n": 5}).close()
    with pytest.raises(JournalError, match=r"another evaluation \(another n\)"):
        Journal(tmp_path / "j", {"pack": "sha256:1", "n": 6})
    before = (tmp_path / "j").read_bytes()
    Journal(tmp_path / "j", {"pack": "sha256:1", "n": 5}).close()
    assert (tmp_path / "j").read_bytes() == before


@pytest.mark.parametrize("content", [b"my notes\n", b"\x00\xff", b"[1]\n", b'{"v":1}\n{"x":1}\n'])
def test_no_other_file_is_overwritten(tmp_path, content):
    (tmp_path / "notes").write_bytes(content)
    with pytest.raises(JournalError):
        Journal(tmp_path / "notes", {})
    assert (tmp_path / "notes").read_bytes() == content


def test_what_was_said_goes_to_the_journal_and_back(tmp_path):
    told = said("x", "a\u2028\ud800", tokens_in=7, failure=FAILED)
    journal = Journal(tmp_path / "j", {})
    journal.keep_said("c", [told])
    journal.keep_passed("hash", passed=True)
    journal.close()
    again = Journal(tmp_path / "j", {})
    assert again.said("c") == (told,)
    assert (again.passed("hash"), again.passed("other")) == (True, None)
    assert (tmp_path / "j").stat().st_mode & 0o077 == 0
