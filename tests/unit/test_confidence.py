import math

import pytest

from fusionls.core.candidate import Candidate, Gate, Verdict
from fusionls.core.confidence import chance, chance_of_any
from fusionls.core.member import Member
from fusionls.core.reply import Reply, ReplyState


def candidate(name="a", logprob=None, tokens=7, prior=0.22, trust=1.0, shape="", **member):
    reply = Reply(
        f"{name}{shape}",
        ReplyState.ANSWERED,
        text="x",
        tokens_out=tokens,
        logprob=None if logprob is None else logprob * tokens,
    )
    return Candidate(
        Member(name, prior=prior, **member), reply, "x", Verdict(Gate.VALID), "x", trust=trust
    )


def test_an_answer_without_log_probabilities_is_as_likely_as_its_member_is_right():
    assert chance(candidate(prior=0.4)) == pytest.approx(0.4)


# Means of 324 answers of two models in eight groups: log-probability a token, tokens, share that was right.
MEASURED = [
    (-0.02, 2.6, 0.95),
    (-0.08, 2.4, 1.0),
    (-0.09, 7.3, 0.73),
    (-0.17, 7.3, 0.60),
    (-0.47, 2.7, 0.40),
    (-0.46, 6.6, 0.27),
    (-0.47, 19.2, 0.07),
    (-0.84, 6.8, 0.17),
]
# Two standard errors of the smallest group's share are 0.2.
NEAR = 0.15


@pytest.mark.parametrize(("logprob", "tokens", "measured"), MEASURED)
def test_what_a_model_says_of_its_tokens_is_what_was_measured(logprob, tokens, measured):
    assert chance(candidate(logprob=logprob, tokens=tokens)) == pytest.approx(measured, abs=NEAR)


def test_a_better_model_is_believed_more_at_the_same_log_probability():
    assert chance(candidate(logprob=-0.3, prior=0.5)) > chance(candidate(logprob=-0.3, prior=0.2))


def test_a_calibrated_member_is_taken_at_its_word():
    said = candidate(logprob=math.log(0.7), tokens=1, calibrated=True)
    assert chance(said) == pytest.approx(0.7)


def test_members_that_agree_support_each_other_and_shapes_of_one_prompt_do_not():
    first, second = candidate("a", -0.3), candidate("b", -0.3)
    again = candidate("a", -0.3, shape="/suffix-first")
    assert chance_of_any((first, second)) > chance(first)
    assert chance_of_any((first, again)) == pytest.approx(chance(first))


@pytest.mark.parametrize("logprob", [0.0, 5.0, -1e9])
def test_no_answer_is_certain_and_none_is_out_of_the_question(logprob):
    assert 0 < chance(candidate(logprob=logprob)) < 1
