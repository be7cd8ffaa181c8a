"""Every .txt file beside this one is a scenario (tests/support/scenario.py says how to read it)."""

from pathlib import Path

import pytest

from tests.support.scenario import check

SCENARIOS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path):
    check(path)
