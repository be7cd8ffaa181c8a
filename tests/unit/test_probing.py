"""The questions of ``fusionls doctor``, and what is made of the answers."""

import asyncio
from dataclasses import replace

import pytest

from fusionls.core.candidate import Gate
from fusionls.core.families import families
from fusionls.core.family_fit import Fit, Symptom
from fusionls.core.languages import languages
from fusionls.core.member import Member, Privacy
from fusionls.core.probes import CONTINUATIONS, FILL_INS, PROBES, SPEED_NAMES
from fusionls.core.reply import Failure, FailureKind
from fusionls.core.validation import open_hole
from fusionls.engine.ports import PoolMember
from fusionls.engine.probing import OUT_OF_TIME, QUICK_STEPS, STEPS, examine_all
from tests.support.probed_members import TASTE, ProbedClient, probe_in, probed, right, sent
from tests.support.virtual_time import run_virtual

DEAD = Failure(FailureKind.UNREACHABLE, "no connection (127.0.0.1)")
REFUSED = Failure(FailureKind.AUTHENTICATION, "401 Unauthorized", status=401)
QWEN = Member("qwen", family="qwen2.5-coder")


def examined(*members, models=None, seconds=50.0, quick=False, done=None):
    """Return the examinations, how long they took (s), and how many steps were told."""
    told = []

    async def run():
        loop = asyncio.get_running_loop()
        found = await examine_all(
            members,
            models or {},
            loop.time() + seconds,
            quick=quick,
            step=lambda: told.append(1),
            done=done or (lambda _: None),
        )
        return found, loop.time()

    found, took_s = run_virtual(run())
    return found, took_s, len(told)


def one(member, says, model="", **more):
    (found,), _, _ = examined(probed(member, says, **more), models={member.name: model})
    return found


@pytest.mark.parametrize("probe", [*FILL_INS, *CONTINUATIONS, *PROBES], ids=lambda p: p.name)
def test_the_probes_themselves_are_right(probe):
    hole = open_hole(languages()[probe.language], probe.prefix, probe.suffix)
    for text in probe.right or (TASTE[probe.name],):
        assert hole.check(text).gate in (Gate.VALID, Gate.INCOMPLETE), text
    assert all(probe.is_right(text) for text in probe.right)


def test_there_are_a_dozen_in_many_languages():
    assert len(PROBES) == 12
    assert len({probe.language for probe in PROBES}) >= 10
    # With fewer, two good models could not be told apart.
    assert sum(not probe.right for probe in PROBES) >= 6


@pytest.mark.parametrize(
    "family", ["qwen2.5-coder", "codestral", "endpoint", "chat", "plain", "gemma3"]
)
def test_a_healthy_member_is_found_healthy(family):
    found = one(Member("m", family=family), right)
    assert (found.reached, found.failure, found.left_out) == (True, None, "")
    assert found.family.fit is Fit.FITS
    assert found.family.better == found.family.suggested == ""
    assert [answer.probe.name for answer in found.answers if not answer.is_well_formed] == []
    assert len(found.answers) == 12
    assert all(a.said.right for a in found.answers if a.probe.right)


def test_the_first_answer_is_cold_and_the_others_tell_the_speed():
    speed = one(QWEN, right, ready_ms=700, cold_ms=900, warm_ms=60, token_ms=20).speed
    assert (speed.ready_ms, speed.cold_ms, speed.warm_ms) == pytest.approx((700, 900, 60))
    assert speed.tokens_per_s == pytest.approx(50)
    assert speed.warm_runs == len(SPEED_NAMES) - 1


def test_no_question_is_asked_twice():
    client = ProbedClient(right)
    examined(PoolMember(QWEN, client))
    texts = [sent(prompt) for prompt in client.prompts]
    assert len(set(texts)) == len(texts) == 4 + 3 + 12


def test_an_answer_in_one_piece_has_no_pace():
    found = one(QWEN, right, token_ms=0)
    assert found.speed.tokens_per_s is None


@pytest.mark.parametrize("kind", [REFUSED, replace(REFUSED, message="403 Forbidden", status=403)])
def test_a_wrong_key_is_found_with_the_first_question(kind):
    client = ProbedClient(lambda prompt: kind)
    (found,), _, _ = examined(PoolMember(QWEN, client))
    assert (found.reached, found.failure) == (True, kind)
    assert found.speed is None
    assert len(client.prompts) == 1


def test_a_server_that_is_not_there_is_not_asked():
    client = ProbedClient(right, dead=DEAD)
    (found,), _, _ = examined(PoolMember(QWEN, client))
    assert (found.reached, found.failure, client.prompts) == (False, DEAD, [])


def test_a_stalled_member_is_given_up_and_the_others_have_their_time():
    members = [
        PoolMember(Member(name, family="plain"), ProbedClient(says))
        for name, says in (("stalled", lambda prompt: None), ("fine", right))
    ]
    (stalled, fine), took_s, _ = examined(*members)
    assert stalled.reached
    assert stalled.failure.message == "no answer within 25 s"
    assert len(fine.answers) == 12
    assert took_s <= 50


def test_one_that_stalls_later_is_not_asked_on():
    asked = []

    def says(prompt):
        asked.append(prompt)
        return right(prompt) if len(asked) <= 9 else None

    found = one(QWEN, says)
    assert found.speed is not None
    assert found.left_out == "overloaded: no answer within 8 s"
    assert len(asked) == 11


def test_who_is_limited_is_left_alone():
    asked = []

    def says(prompt):
        asked.append(prompt)
        return right(prompt) if len(asked) < 12 else Failure(FailureKind.RATE_LIMITED, "429")

    found = one(QWEN, says)
    assert found.left_out == "rate limited: 429"
    assert len(asked) == 12
    assert found.well_formed == 4


def test_a_bug_of_ours_is_a_failure_of_one_member():
    def says(prompt):
        raise ZeroDivisionError("secret")

    found = one(QWEN, says)
    assert found.failure.kind is FailureKind.BUG
    assert "secret" not in found.failure.message


def speaks(family, otherwise):
    """Return a model that understands the format of ``family`` alone."""
    token = families()[family].special_tokens[0]
    return lambda prompt: right(prompt) if token in prompt.text else otherwise(prompt)


def leaks(prompt):
    return "<fim_middle> " + prompt.text[:40] + " <fim_suffix>"


def rambles(prompt):
    return " ".join(["and so on"] * 40)


def repeats(prompt):
    probe = probe_in(prompt)
    return " " + probe.suffix if probe else "x"


@pytest.mark.parametrize(
    ("otherwise", "symptom"),
    [(leaks, Symptom.LEAKS), (rambles, Symptom.RAMBLES), (repeats, Symptom.REPEATS)],
)
def test_a_wrong_family_is_found_and_the_right_one_named(otherwise, symptom):
    member = Member("m", family="codellama")
    found = one(member, speaks("starcoder2", otherwise), model="bigcode/starcoder2-3b")
    assert found.family.fit is Fit.WRONG
    assert found.family.better == "starcoder2"
    assert symptom in {s for answer in found.family.answers for s in answer.symptoms}


def test_leaked_tokens_tell_the_family_where_the_name_does_not():
    found = one(Member("m", family="codellama"), speaks("starcoder2", leaks), model="my-model")
    # Granite has the same tokens, and stands first.
    assert found.family.better in ("granite", "starcoder2")


def test_a_name_suggests_a_family_that_cannot_be_tried():
    found = one(Member("m", family="codellama"), rambles, model="qwen2.5-coder-7b")
    assert (found.family.fit, found.family.better) == (Fit.WRONG, "")
    assert found.family.suggested == "qwen2.5-coder"


def test_a_model_that_could_see_what_follows_is_found():
    says = speaks("qwen2.5-coder", right)
    found = one(Member("m", family="plain"), says, model="Qwen2.5-Coder-1.5B")
    assert (found.family.fit, found.family.better) == (Fit.WRONG, "qwen2.5-coder")


def test_a_family_that_fits_is_not_argued_with():
    found = one(Member("m", family="plain"), right, model="SmolLM2-135M")
    assert (found.family.fit, found.family.better) == (Fit.FITS, "")
    found = one(Member("m", family="chat"), right, model="Qwen2.5-Coder-32B-Instruct")
    assert (found.family.fit, found.family.better) == (Fit.FITS, "")


def test_a_weak_model_is_not_accused():
    found = one(Member("m", family="qwen2.5-coder"), lambda prompt: "foo", model="x")
    assert (found.family.fit, found.family.suggested) == (Fit.DOUBTFUL, "")


CHAT = Member("m", family="chat")


def test_fences_around_the_answer_of_a_talker_are_noted_only():
    found = one(CHAT, lambda prompt: f"```\n{right(prompt)}\n```")
    assert found.family.fit is Fit.DOUBTFUL or found.family.fit is Fit.FITS
    assert {s for a in found.family.answers for s in a.symptoms} == {Symptom.FENCED}
    assert found.well_formed == 12


def test_a_talker_that_explains_itself_is_found():
    found = one(CHAT, lambda prompt: f"Sure, here is the code:\n```\n{right(prompt)}\n```\n")
    assert found.family.fit is Fit.DOUBTFUL
    assert Symptom.TALKS in found.family.answers[0].symptoms


def test_a_model_that_thinks_aloud_is_found():
    found = one(CHAT, lambda prompt: "<think> Okay, so the user wants " + "hm " * 90)
    assert found.family.fit is Fit.WRONG
    assert {s for a in found.family.answers for s in a.symptoms} >= {Symptom.THINKS}


def test_answers_that_do_not_parse_are_counted():
    broken = {"a sum": "+= = price(", "an area": "width * ) shape"}

    def says(prompt):
        probe = probe_in(prompt)
        return broken.get(probe.name, right(prompt)) if probe else right(prompt)

    found = one(QWEN, says)
    assert found.well_formed == 10
    assert {a.probe.name for a in found.answers if not a.is_well_formed} == set(broken)


def test_quick_asks_for_the_speed_only():
    (found,), _, steps = examined(probed(QWEN, right), quick=True)
    assert (found.family, found.answers) == (None, ())
    assert found.speed.warm_runs == 3
    assert steps == QUICK_STEPS


@pytest.mark.parametrize("says", [right, rambles, lambda prompt: REFUSED, lambda prompt: None])
def test_every_member_takes_the_same_number_of_steps(says):
    assert examined(probed(QWEN, says))[2] == STEPS


def test_members_of_one_machine_are_asked_in_turn_and_the_others_at_once():
    def pool(**more):
        return [probed(Member(name, "plain", **more), right) for name in "abc"]

    _, here_s, _ = examined(*pool())
    _, there_s, _ = examined(*pool(privacy=Privacy.CLOUD))
    _, shared_s, _ = examined(*pool(privacy=Privacy.PRIVATE, shares="gpu0"))
    assert here_s == pytest.approx(3 * there_s)
    assert shared_s == pytest.approx(here_s)


def test_it_ends_in_time_however_slow_they_are():
    members = [probed(Member(n, "plain"), right, cold_ms=3000, warm_ms=3000) for n in "ab"]
    found, took_s, _ = examined(*members)
    assert took_s <= 50
    assert [one.left_out for one in found] == [OUT_OF_TIME] * 2
    assert all(one.speed is not None and one.failure is None for one in found)


def test_each_is_told_when_it_is_done():
    told = []
    slow = probed(Member("slow", "plain", privacy=Privacy.CLOUD), right, warm_ms=200)
    fast = probed(Member("fast", "plain", privacy=Privacy.CLOUD), right, warm_ms=20)
    found, _, _ = examined(slow, fast, done=lambda one: told.append(one.member.name))
    assert told == ["fast", "slow"]
    assert [one.member.name for one in found] == ["slow", "fast"]


def test_who_listens_no_more_ends_it():
    def gone(found):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        examined(probed(QWEN, right), probed(Member("b"), right), done=gone)
