"""Which two members are about one vote."""

from fusionls.core.kinship import Said, Witness, bits_of_one_model, kinships

TEN = tuple(f"answer {number}" for number in range(10))


def witness(name, keys=(), right=(), **more):
    said = tuple(None if key is None else Said(key, key in right) for key in keys)
    return Witness(name, said=said, **more)


def check(*witnesses):
    """Return who is about one vote with whom, and why."""
    return [(k.first, k.second, k.why) for k in kinships(witnesses)]


def test_two_that_say_the_same_also_where_they_err_are_one_vote():
    assert check(witness("a", TEN), witness("b", TEN)) == [
        ("a", "b", "they say the same in 10 of 10 answers that tell")
    ]


def test_one_that_differs_now_and_then_is_still_the_same_model():
    other = (*TEN[:8], "x", "y")
    assert check(witness("a", TEN), witness("b", other)) == [
        ("a", "b", "they say the same in 8 of 10 answers that tell")
    ]


def test_two_that_are_always_right_are_not_one_vote_for_that():
    assert check(witness("a", TEN, right=TEN), witness("b", TEN, right=TEN)) == []


def test_two_that_agree_in_half_of_what_tells_are_two_votes():
    other = (*TEN[:5], *"vwxyz")
    assert check(witness("a", TEN), witness("b", other)) == []


def test_a_few_answers_tell_nothing():
    assert check(witness("a", TEN[:2]), witness("b", TEN[:2])) == []


def test_silence_of_both_is_no_agreement():
    silent = ("",) * 10
    assert check(witness("a", silent), witness("b", silent)) == []


def test_what_one_was_not_asked_does_not_count():
    assert check(witness("a", (*TEN[:2], None)), witness("b", (*TEN[:2], None))) == []
    assert check(witness("a", TEN), witness("b")) == []


def test_what_the_settings_tell_needs_no_answers():
    here = {"endpoint": "http://127.0.0.1:1", "model": "Qwen-7B"}
    assert check(witness("a", **here), witness("b", **here)) == [
        ("a", "b", "the same model at the same endpoint")
    ]
    there = {"endpoint": "http://127.0.0.1:2", "model": "qwen-7b"}
    assert check(witness("a", **here), witness("b", **there)) == [
        ("a", "b", "the same model at two endpoints")
    ]
    assert check(witness("a", model="m"), witness("b", model="m")) == [("a", "b", "the same model")]
    server = {"endpoint": "http://127.0.0.1:1"}
    assert check(witness("a", **server), witness("b", **server))[0][2].endswith("same endpoint")


def test_members_of_one_maker_are_about_one_vote():
    assert check(witness("a", maker="Google"), witness("b", maker="google")) == [
        ("a", "b", "both are made by Google")
    ]
    assert check(witness("a", maker=""), witness("b", maker="")) == []


def test_all_reasons_are_given_for_every_pair():
    found = check(witness("a", TEN, maker="m"), witness("b", TEN, maker="m"), witness("c", TEN))
    assert [pair[:2] for pair in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found[0][2] == "both are made by m; they say the same in 10 of 10 answers that tell"


def test_the_rule_weighs_an_agreement_less_than_a_difference():
    assert bits_of_one_model(3, 3) > 0 > bits_of_one_model(3, 6)
