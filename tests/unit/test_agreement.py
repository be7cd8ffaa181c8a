from fusionls.core.agreement import agreed_head, best_text, class_key, classes_of
from fusionls.core.candidate import Candidate, Gate, Verdict
from fusionls.core.member import Member
from fusionls.core.reply import Reply, ReplyState


def candidate(name, text, *, maker="", prior=0.3, gate=Gate.VALID):
    reply = Reply(name, ReplyState.ANSWERED, text)
    member = Member(name, maker=maker or name, prior=prior)
    return Candidate(member, reply, text, Verdict(gate), class_key(text))


def test_white_space_and_blank_lines_do_not_divide():
    found = classes_of(
        [candidate("a", "x  =  1"), candidate("b", "\n    x = 1\ny"), candidate("c", "x=1")]
    )
    assert [answers.members for answers in found] == [("a", "b"), ("c",)]


def test_an_empty_answer_supports_nothing():
    assert classes_of([candidate("a", ""), candidate("b", "  \n")]) == ()


def test_members_of_one_maker_are_one_vote():
    [answers] = classes_of([candidate("a", "x", maker="m"), candidate("b", "x", maker="m")])
    assert answers.makers == 1


def test_the_most_supported_whole_text_is_taken():
    [answers] = classes_of(
        [candidate("a", "x\ny", prior=0.9), candidate("b", "x\nz"), candidate("c", "x\nz")]
    )
    assert best_text(answers) == "x\nz"


def test_models_that_part_on_line_two_yield_line_one():
    texts = {"a": "x\na\n", "b": "x\nb\n", "c": "x\nc\n"}
    [answers] = classes_of([candidate(name, text) for name, text in texts.items()])
    assert agreed_head(answers, 0.4) == "x\n"


def test_the_branch_that_enough_follow_is_kept():
    texts = {"a": "\nx\ny\nz", "b": "x\ny\nother", "c": "x"}
    [answers] = classes_of([candidate(name, text) for name, text in texts.items()])
    assert agreed_head(answers, 0.4) == "\nx\ny\n"
