import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.agreement import classes_of
from fusionls.core.candidate import Gate
from fusionls.core.choice import choose
from fusionls.core.features import FEATURES, electorate, features_of
from fusionls.core.features import around as around_of
from fusionls.core.priors import UNKNOWN_PRIOR, maker_of, prior_of
from fusionls.core.ranking import ranking
from fusionls.core.recorded_case import RecordedCase, fused, hole_of
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.core.weights import SHIPPED, WeightsError, weights_from_json
from tests.unit.test_agreement import candidate

PREFIX = "def f(a, b):\n    return "
SUFFIX = "\n\n\nprint(f(1, 2))\n"


def case(answers, prefix=PREFIX, suffix=SUFFIX):
    return RecordedCase("python", prefix, suffix, answers)


def request(prefix=PREFIX, suffix=SUFFIX, trigger=Trigger.AUTOMATIC):
    document = DocumentSnapshot("", "python", 1, prefix + suffix)
    return CompletionRequest("r", document, len(prefix), trigger)


def test_two_makers_that_agree_are_taken():
    found = fused(case({"gpt-4o": ["a - b"], "claude-4-sonnet": ["a + b"], "codestral": ["a + b"]}))
    assert found.text == "a + b"


def test_what_is_agreed_on_is_likelier_right_than_what_is_not():
    agreed = fused(case({"gpt-4o": ["a + b"], "codestral": ["a + b"]}))
    apart = fused(case({"gpt-4o": ["a + b"], "codestral": ["b - a"]}))
    assert agreed.p is not None and apart.p is not None
    assert 0 < apart.p < agreed.p < 1


def test_an_automatic_trigger_is_silent_below_the_threshold_and_a_person_gets_it_all_the_same():
    answers = {"gpt-4o": ["a + b"], "codestral": ["b - a"], "qwen": ["a * b"]}
    found = fused(case(answers), threshold=0.9)
    assert found.text and found.auto_text is None
    assert fused(case(answers)).auto_text


def test_silence_says_why():
    choice = choose(
        [candidate("a", "a + b"), candidate("b", "b")],
        hole_of(case({})),
        request(),
        threshold=0.99,
    )
    assert choice.offers == ()
    assert choice.p is not None and "likely right" in choice.why


def test_a_member_far_ahead_is_not_outvoted_by_two_weak_ones_of_one_maker():
    strong = candidate("strong", "a + b", prior=0.6)
    weak = [candidate(name, "b", maker="m", prior=0.2) for name in ("w1", "w2")]
    assert ranking([*weak, strong], request()).classes[0].answers.key == "a + b"


def test_samples_of_one_member_are_one_vote():
    voters = electorate([candidate("a", "x"), candidate("a", "x"), candidate("b", "y")])
    [twice, once] = classes_of([candidate("a", "x"), candidate("a", "x"), candidate("b", "y")])
    here = around_of(request())
    figures = features_of(twice, voters, here)
    assert figures["agreed"] == 0
    assert figures["mass"] == features_of(once, voters, here)["mass"]


def test_every_figure_has_a_name_that_weights_may_use():
    [answers] = classes_of([candidate("a", "x")])
    figures = features_of(answers, electorate(answers.candidates), around_of(request()))
    assert tuple(sorted(figures)) == tuple(sorted(FEATURES))


def test_known_models_have_priors_and_makers_whoever_serves_them():
    assert prior_of("openai/gpt-4.1-nano-2025") < prior_of("gpt-4.1")
    assert maker_of("Qwen/Qwen2.5-Coder-7B") == "qwen"
    assert prior_of("somebody's own") == UNKNOWN_PRIOR


def test_null_and_no_answers_offer_nothing():
    assert fused(case({})).text is None
    assert fused(case({"a": [None], "b": [], "c": [""]})).text is None


def test_weights_come_back_from_their_file():
    again = weights_from_json(json.dumps(SHIPPED.to_json()))
    assert again == SHIPPED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "version"),
        ('{"v": 2}', "version"),
        ('{"v": 1, "kind": "edit"}', "completion"),
        ('{"v": 1, "kind": "completion", "score": {"luck": 1}}', "score.luck"),
        ('{"v": 1, "kind": "completion", "score": {"mass": "much"}}', "score.mass"),
        ('{"v": 1, "kind": "completion", "score": {"mass": NaN}}', "score.mass"),
        ('{"v": 1, "kind": "completion", "chance": []}', "chance"),
    ],
)
def test_weights_that_cannot_be_used_say_what_is_wrong(text, said):
    with pytest.raises(WeightsError, match=said):
        weights_from_json(text)


ODD = st.text(alphabet="ab(){}[]:;=\"'`#\n\r\t \0\ud800\U0001f600", max_size=40)


@given(
    prefix=ODD,
    suffix=ODD,
    language=st.sampled_from(["python", "javascript", "java", "klingon", ""]),
    answers=st.dictionaries(
        st.sampled_from("abcd"), st.lists(st.one_of(st.none(), ODD), max_size=2), max_size=4
    ),
)
def test_whatever_is_recorded_there_is_an_answer_that_is_never_broken(
    prefix, suffix, language, answers
):
    odd = RecordedCase(language, prefix, suffix, answers)
    found = fused(odd, samples=2)
    assert found.p is None or 0 <= found.p <= 1
    for text in (found.text, found.auto_text):
        assert text is None or hole_of(odd).check(text).gate is not Gate.BROKEN
    assert found == fused(odd, samples=2)


BODY, REST = "def f(rows):\n    ", "\n    return total / len(rows)\n"


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ("print(rows)", "total = sum(rows)"),  # leaves open what the rest needs
        ("total = sum(cells)", "total = sum(rows)"),  # uses what nothing binds
    ],
)
def test_the_names_that_a_text_uses_and_binds_tell_between_strangers(worse, better):
    answers = {"one": [worse], "two": [better]}
    assert fused(case(answers, BODY, REST)).text == better


def test_a_line_is_written_as_the_file_is():
    prefix = "a = read('x')\nb = read('y')\n"
    answers = {"one": ['c = read("z")'], "two": ["c = read('z')"]}
    assert fused(case(answers, prefix, "\nprint(c)\n")).text == "c = read('z')"
