from dataclasses import replace

from fusionls.core.choice import choose
from fusionls.core.edit_tracing import Heard, edit_trace
from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.orders import Decision, EditClass, Reading
from fusionls.core.explaining import LONGEST_CELL, explained
from fusionls.core.languages import language_for
from fusionls.core.refactoring import EditFile, RefactorRequest
from fusionls.core.reply import Reply, ReplyState
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.core.tracing import trace_of
from fusionls.core.validation import open_hole
from tests.unit.test_agreement import candidate

PREFIX = "def f(a, b):\n    return "
SUFFIX = "\n\n\nprint(f(1, 2))\n"
HOLE = open_hole(language_for("python", ""), PREFIX, SUFFIX)


def traced(*candidates, trigger=Trigger.MANUAL):
    """Return the trace of a request that ``candidates`` answered."""
    document = DocumentSnapshot("file:///a.py", "python", 1, PREFIX + SUFFIX)
    request = CompletionRequest("r7", document, len(PREFIX), trigger)
    choice = choose(candidates, HOLE, request)
    replies: dict[str, Reply] = {c.reply.member: c.reply for c in candidates}
    stopped = (121.0, "nobody is left to wait for")
    return trace_of(request, "python", "checked", 350.0, replies, candidates, choice, stopped, ())


def lines(*candidates, with_text=True):
    return explained(traced(*candidates).to_json(with_text=with_text)).split("\n")


def test_the_table_says_who_said_what_and_why_it_was_chosen():
    found = lines(candidate("x", "a + b"), candidate("y", "a + b"), candidate("z", "b"))
    assert found[0] == "r7: manual completion, python, gate checked"
    [heading] = [line for line in found if line.startswith("class")]
    assert heading.split() == ["class", "offer", "score", "from", "first", "line", "made", "of"]
    best, other = found[found.index(heading) + 1 : found.index(heading) + 3]
    assert best.split()[:2] == ["1", "1"] and "x, y" in best and "a + b" in best
    assert "agreed +" in best and "agreed" not in other
    assert other.split()[:2] == ["2", "2"] and " z " in other
    assert found[-2] == "after 121 of 350 ms: nobody is left to wait for; x and y agree"
    assert found[-1].startswith("shown")


def test_what_a_class_is_made_of_adds_up_to_its_score():
    trace = traced(candidate("x", "a + b"), candidate("y", "a + b"), candidate("z", "b"))
    assert len(trace.classes) == 2
    for one in trace.classes:
        assert abs(sum(part for _, part in one.parts) - one.score) < 1e-9
    assert trace.classes[0].score > trace.classes[1].score


def test_where_code_is_left_out_the_table_has_none():
    found = "\n".join(lines(candidate("x", "secret_name"), with_text=False))
    assert "secret_name" not in found
    assert "x  " in found


def test_what_a_model_wrote_cannot_move_the_cursor():
    found = "\n".join(lines(candidate("x", "a\x1b[31m\u202e b"), candidate("y", "c" * 500)))
    assert "\x1b" not in found and "\u202e" not in found
    assert "c" * LONGEST_CELL in found and "c" * (LONGEST_CELL + 1) not in found


def test_without_any_answer_there_is_a_reason():
    found = lines()
    assert found[-1] == "nothing was shown"
    assert "no member answered in time" in found[-2]


def edit_trace_lines(with_text=False):
    document = DocumentSnapshot("file:///w/a.py", "python", 1, "a = 1\nb = 2\nc = 3\n")
    request = RefactorRequest("e7", (EditFile("src/a.py", document),), 0, 5, "secret wish")
    passes = Reading("x", 0, True, "k1")
    fails = Reading("y", 0, False, "k2", ("it changes nothing",))
    heard = [
        Heard(Reply("x", ReplyState.ANSWERED, "secret_code"), passes),
        Heard(Reply("y", ReplyState.ANSWERED, "secret_code"), fails),
        Heard(
            Reply("y#2", ReplyState.ANSWERED, "secret_code"), replace(passes, member="y", sample=1)
        ),
    ]
    decision = Decision(
        (Hunk("src/a.py", 0, 6, "secret_code", ("x", "y"), why="wanted by 2 of 2"),),
        (Hunk("src/a.py", 6, 18, "secret_code", ("y",), True, "nobody else wants it"),),
        "x, y propose the same edit",
        ("x", 0),
        classes=(EditClass("k1", (("x", 0), ("y", 1)), 1.25, True),),
    )
    stopped = (2500.0, "everybody had answered")
    trace = edit_trace(request, 20_000.0, heard, stopped, language="python", decision=decision)
    return explained(trace.to_json(with_text=with_text)).split("\n")


def test_an_edit_is_explained_by_who_proposed_each_hunk_and_what_was_left_out():
    found = edit_trace_lines()
    assert found[0] == "e7: command refactor, python, gate checked"
    assert "y#2     answered                             passes   1" in found
    assert "class  offer  score  from" in found
    [change] = [line for line in found if line.startswith("file 1, line 1")]
    assert "x, y" in change and "wanted by 2 of 2" in change
    [dropped] = [line for line in found if line.startswith("file 1, lines 2 to 3")]
    assert " y " in dropped and " yes " in dropped and "nobody else wants it" in dropped
    assert found[-2].endswith("everybody had answered; x, y propose the same edit")
    assert found[-1] == "shown"


def test_the_explanation_of_an_edit_has_no_code_no_path_and_no_instruction():
    found = "\n".join(edit_trace_lines())
    assert not [word for word in ("secret", "src/a.py", "k1") if word in found]
    assert "src/a.py, line 1" in "\n".join(edit_trace_lines(with_text=True))
