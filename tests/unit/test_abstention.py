"""What is unlikely right is not shown while somebody types."""

from dataclasses import replace

import pytest

from fusionls.core.request import Trigger
from fusionls.engine.pipeline import CompletionEngine
from fusionls.settings.resolved import Settings
from fusionls.wiring import open_pools
from tests.support.pools import scripted_pools
from tests.support.scripted_transport import answer
from tests.support.virtual_time import run_virtual
from tests.unit.test_pipeline import request

APART = {
    name: answer(text, logprob=None)
    for name, text in {"a": "a + b", "b": "b - a", "c": "a * b"}.items()
}
TOGETHER = {name: answer("a + b", logprob=None) for name in "abc"}


def suggested(scripts, threshold, trigger=Trigger.AUTOMATIC, *, tiny=False):
    async def run():
        pools = scripted_pools(scripts)
        members = tuple(
            replace(one, member=replace(one.member, obeys=tiny)) for one in pools.pool.members
        )
        pool = replace(pools.pool, threshold=threshold, members=members)
        engine = CompletionEngine(replace(pools, pool=pool))
        found = await engine.complete(request(trigger=trigger))
        await engine.aclose()
        return found

    return run_virtual(run())


def test_without_a_threshold_tiny_models_that_say_how_sure_they_are_are_shown_sooner():
    unsure = {"a": answer("a + b", logprob=-1.2), "b": answer("b - a", logprob=-1.3)}
    p = suggested(unsure, threshold=None, tiny=True).trace.decision.p
    assert 0.05 < p < 0.25
    assert suggested(unsure, threshold=None, tiny=True).offers
    assert suggested(unsure, threshold=0.25, tiny=True).offers == ()
    assert suggested(APART, threshold=None).offers == ()


def test_members_that_disagree_are_not_shown_while_typing_and_the_trace_says_how_sure_they_were():
    found = suggested(APART, threshold=0.25)
    decision = found.trace.decision
    assert found.offers == ()
    assert not decision.shown and 0 < decision.p < 0.25
    assert "likely right" in decision.why


def test_a_person_who_asks_gets_them_all():
    found = suggested(APART, threshold=0.25, trigger=Trigger.MANUAL)
    assert len(found.offers) == 3
    assert found.trace.decision.p < 0.25


@pytest.mark.parametrize("threshold", [0.0, 0.25])
def test_members_that_agree_are_shown(threshold):
    found = suggested(TOGETHER, threshold)
    assert [offer.text for offer in found.offers] == ["a + b"]
    assert found.trace.decision.p > 0.25


def test_the_threshold_is_that_of_the_settings():
    settings = Settings.built_in()
    # What is usual depends on what the members tell.
    assert open_pools(settings).pool.threshold is None
    bold = replace(settings, completion=settings.completion.model_copy(update={"threshold": 0.1}))
    assert open_pools(bold).pool.threshold == 0.1
