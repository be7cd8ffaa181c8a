"""Every fault over every wire, in the wire's own framing and in virtual time.

``asking.meet`` checks what always holds: no exception but ModelFailure, every connection given back, neither
key nor code in any words, no other host asked, and the next request answered.
"""

from collections import Counter

import pytest

from fusionls.core.reply import FailureKind
from fusionls.providers.wires import wires
from tests.contract.asking import meet
from tests.contract.content_faults import ERROR_FAULTS, SHAPE_FAULTS, TEXT_FAULTS
from tests.contract.fault import Fault
from tests.contract.speech import speech
from tests.contract.status_faults import STATUS_FAULTS
from tests.contract.stream_faults import (
    ENDLESS_FAULTS,
    FORM_FAULTS,
    NETWORK_FAULTS,
    SLOW_FAULTS,
)
from tests.contract.transcript import Transcript, one_per_way, one_per_wire

# These depend on the dialect of the answer, which is another one for each kind of prompt.
OF_ANSWERS = (*ENDLESS_FAULTS, *FORM_FAULTS, *TEXT_FAULTS, *SHAPE_FAULTS)
# These do not: once for each wire.
OF_WIRES = (*STATUS_FAULTS, *NETWORK_FAULTS, *SLOW_FAULTS, *ERROR_FAULTS)
FAULTS = (*OF_WIRES, *OF_ANSWERS)


def tellings_of(fault: Fault) -> list[Transcript]:
    """The transcripts that ``fault`` is tried with."""
    every = one_per_way() if fault in OF_ANSWERS else one_per_wire()
    return [told for told in every if fault.fits(speech(told))]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.row for fault in FAULTS])
def test_a_fault(fault: Fault):
    wrong: dict[str, str] = {}
    for told in tellings_of(fault):
        # All wires are told of in one message: most mistakes are either of one wire or of all.
        try:
            check_fault(fault, told)
        except AssertionError as error:
            wrong[told.name] = str(error)
    assert wrong == {}


def check_fault(fault: Fault, told: Transcript) -> None:
    said = speech(told)
    outcome, network = meet(told, fault.play(said), fault.cut_s)
    fault.check(said, outcome)
    asked = network.requests[:-1]
    assert len(asked) == fault.requests, "asked too often, or not at all"
    if fault.cut_s is not None:
        assert asked[0].closed_ms == pytest.approx(fault.cut_s * 1000)


def test_every_wire_meets_enough_faults():
    met = [(told.wire, fault.row) for fault in FAULTS for told in tellings_of(fault)]
    rows = {wire: {row.split(" ")[0] for name, row in met if name == wire} for wire in wires()}
    assert min(Counter(wire for wire, _ in met).values()) >= 100
    assert min(len(found) for found in rows.values()) >= 25, "rows of the catalogue"
    assert len({fault.row for fault in FAULTS}) == len(FAULTS), "every fault has a name of its own"


def test_a_late_answer_is_not_hurried_and_a_whole_one_not_held_up():
    """No wire brings a read timeout of its own, nor waits for the end of a body after the text."""
    late = next(fault for fault in SLOW_FAULTS if "late" in fault.row)
    stalls = next(fault for fault in SLOW_FAULTS if "stall after the end" in fault.row)
    for told in one_per_wire():
        said = speech(told)
        assert meet(told, late.play(said))[0].seconds == pytest.approx(30)
        if said.in_events:
            assert meet(told, stalls.play(said))[0].seconds <= 0.06


def test_failures_are_of_kinds_that_the_engine_knows():
    assert {kind for fault in FAULTS for kind in fault.kinds} <= set(FailureKind)
