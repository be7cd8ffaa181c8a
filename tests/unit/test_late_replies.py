"""The bench of late replies, with fewer requests: nobody waits beyond the cap, whatever the members do."""

import pytest

from tests.bench_late_replies import BAR_WITH_TEXT, charged, free_of_charge

REQUESTS = 1500


@pytest.mark.parametrize("run", [free_of_charge, charged])
def test_no_reply_is_late_and_whoever_can_be_answered_is(run):
    tally = run(REQUESTS, seed=7)
    assert tally.replies >= REQUESTS
    assert (tally.late, tally.slowly_cancelled) == (0, 0)
    assert tally.with_text >= BAR_WITH_TEXT * tally.answerable, tally.nulls
    assert (tally.left_running, tally.left_tasks) == (0, 0)


def test_the_same_script_gives_the_same_answers():
    first, second = (free_of_charge(200, seed=3) for _ in range(2))
    assert (first.with_text, first.right, first.overtaken) == (
        second.with_text,
        second.right,
        second.overtaken,
    )
