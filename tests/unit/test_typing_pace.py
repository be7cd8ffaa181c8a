import pytest

from fusionls.core.typing_pace import TypingPace


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
