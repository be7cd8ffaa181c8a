from fusionls.core.agreement import class_key, classes_of
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
