import pytest

from fusionls.core.typing_pace import Rhythm, TypingPace


def typed(*keys):
    """Return the expected gap after ``keys``: (ms after the one before, code points further, longer)."""
    pace, now, offset, length = TypingPace().after(0, 10, 100), 0, 10, 100
    for gap, further, longer in keys:
        now, offset, length = now + gap, offset + further, length + longer
        pace = pace.after(now, offset, length)
    return pace.next_key_ms


def test_a_steady_hand():
    assert typed(*[(125, 1, 1)] * 3) == 125
    assert typed((100, 1, 1), (120, 1, 2), (300, 1, 1)) == 120


@pytest.mark.parametrize(
    "last", [(125, 30, 0), (125, -1, -1), (900, 1, 1), (125, 40, 40), (125, 1, 0), (125, 0, 0)]
)
def test_a_jump_a_pause_or_a_paste_begins_anew(last):
    assert typed(*[(125, 1, 1)] * 5, last) is None
    assert typed(*[(125, 1, 1)] * 5, last, *[(80, 1, 1)] * 3) == 80


def test_two_keys_are_no_typing_yet():
    assert typed((125, 1, 1), (125, 1, 1)) is None


def test_the_rhythm_knows_keys_and_pauses_but_no_absences():
    pace, rhythm, now = TypingPace().after(0, 10, 100), Rhythm(), 0
    for number, gap in enumerate((80, 90, 1500, 20_000, 70), 1):
        now += gap
        pace = pace.after(now, 10 + number, 100 + number)
        rhythm = rhythm.after(pace.pause_ms)
    assert rhythm.gaps_ms == (80, 90, 1500, 70)


def test_the_gap_before_a_key_is_that_of_a_run():
    pace = TypingPace().after(0, 10, 100)
    assert pace.gap_ms is None
    assert pace.after(80, 11, 101).gap_ms == 80
    assert pace.after(900, 11, 101).gap_ms is None
