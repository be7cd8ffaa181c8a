"""Whatever members, their servers and the desk do: the cap holds, nothing stays open, nothing is raised."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.member import Member, Price
from tests.support.edit_pools import ask_for_edit, edit_pools, newer, request_for
from tests.support.fake_desk import FakeDesk, FakeDesks
from tests.support.scripted_transport import (
    Break,
    Raw,
    Script,
    Token,
    answer,
    event,
    fails,
    hangs,
    unreachable,
)

TEXT = "def add(a, b):\n    return a+b\n"
# Timers are sums of floats.
MORE_S = 0.0101
CLOSED_WITHIN_MS = 100.0

WORDS = st.sampled_from(
    ["edit x", "edit y", "edit z", "doubt x", "fails x", "poison", "no idea", ""]
)
AFTER_MS = st.sampled_from([0, 1, 300, 900, 2_000, 5_000, 9_000, 30_000])
STATUS = st.sampled_from([301, 400, 401, 402, 404, 408, 413, 429, 500, 503, 529])
SCRIPTS = st.one_of(
    st.builds(lambda text, ms: answer(text, after_ms=ms), WORDS, AFTER_MS),
    st.builds(lambda text, ms: answer(text, per_token_ms=ms), WORDS, AFTER_MS),
    st.builds(lambda status, ms: fails(status, after_ms=ms), STATUS, AFTER_MS),
    st.builds(lambda s: fails(429, retry_after=str(s)), st.integers(0, 40)),
    st.builds(hangs, WORDS),
    st.builds(lambda ms: unreachable(after_ms=ms), AFTER_MS),
    st.builds(lambda ms: Script((Token("edit ", ms), Break())), AFTER_MS),
    st.just(Script((Raw(event({"error": {"code": 529, "message": "busy"}})),))),
    st.just(Script((Token("edit ", 5), *[Token("x ", 40)] * 900))),
)
MEMBERS = st.builds(
    lambda prior, paid, shares: Member("", prior=prior, price=paid, shares=shares),
    st.sampled_from([0.2, 0.5, 0.5, 0.9]),
    st.sampled_from([None, Price(1, 2)]),
    st.sampled_from(["", "", "gpu"]),
)


@st.composite
def scenes(draw):
    names = "abcd"[: draw(st.integers(1, 4))]
    scripts = {name: draw(st.lists(SCRIPTS, min_size=1, max_size=4)) for name in names}
    drawn = {name: draw(MEMBERS) for name in names}
    members = {
        name: Member(name, prior=one.prior, price=one.price, shares=one.shares)
        for name, one in drawn.items()
    }
    pool = {
        "samples": draw(st.integers(1, 4)),
        "budget_ms": draw(st.sampled_from([500.0, 3_000.0, 20_000.0])),
        "judge": draw(st.sampled_from(["", "a"])) if len(names) > 1 else "",
    }
    takes = draw(
        st.dictionaries(
            st.sampled_from(["read", "prompt", "decide", "rebase", "judge_prompt"]),
            st.sampled_from([0.0, 0.1, 1.0, 50.0]),
            max_size=2,
        )
    )
    ends = draw(st.sampled_from([frozenset(), frozenset({"decide"}), frozenset({"rebase"})]))
    now = draw(st.sampled_from([None, TEXT, f"# a\n{TEXT}", "something else\n"]))
    return scripts, members, pool, takes, ends, now


def played(scene):
    scripts, members, pool, takes, ends, now = scene
    desks = FakeDesks([FakeDesk(ends, takes, "poison") for _ in range(5)])
    pools = edit_pools(scripts, members, **pool)
    meanwhile = newer(now) if now is not None else lambda uri: None
    return ask_for_edit(pools, request_for(TEXT), desks=desks, now=meanwhile), desks


@settings(max_examples=150, deadline=None)
@given(scenes())
def test_the_cap_holds_everything_is_closed_and_there_is_an_edit_or_a_reason(scene):
    found, desks = played(scene)
    suggestion, budget_s = found.suggestion, scene[2]["budget_ms"] / 1000
    assert found.seconds <= budget_s + MORE_S
    for seen in found.transport.requests:
        assert seen.closed_ms is not None
        assert seen.closed_ms <= found.seconds * 1000 + CLOSED_WITHIN_MS
    assert all(desk.closed for desk in desks.given)
    assert bool(suggestion.hunks) != bool(suggestion.refusal)
    assert suggestion.trace.decision.shown == bool(suggestion.hunks)
    for member in suggestion.trace.members:
        assert member.state != "asked" or found.seconds >= budget_s - MORE_S


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_the_same_arrivals_make_the_same_bytes(scene):
    (first, _), (second, _) = played(scene), played(scene)
    assert first.suggestion.hunks == second.suggestion.hunks
    assert first.suggestion.refusal == second.suggestion.refusal
    one, other = (found.suggestion.trace.to_json(with_text=True) for found in (first, second))
    assert one == other
    assert first.seconds == second.seconds


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_nobody_is_asked_oftener_than_samples_and_tries_allow(scene):
    found, _ = played(scene)
    samples = scene[2]["samples"]
    for name in scene[0]:
        answered = [
            one for one in found.suggestion.trace.members if one.name.partition("#")[0] == name
        ]
        # The judge is asked once; of failures each kind has its number of tries, six in all.
        assert len(answered) <= samples + 1
        assert len(found.transport.of(name)) <= len(answered) + 7
