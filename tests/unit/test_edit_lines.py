"""What passes between a server and its edit process: everything comes out as it went in, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.editing.edit import Format, Hunk
from fusionls.core.editing.orders import (
    Decision,
    EditClass,
    EditOrder,
    Opened,
    PromptOrder,
    Reading,
    ReadOrder,
    Rebased,
    Style,
)
from fusionls.core.prompt import ChatMessage, RenderedPrompt
from fusionls.core.refactoring import Reported
from fusionls.local.edit_lines import (
    CALLS,
    CallFailed,
    NotUnderstood,
    RebaseOrder,
    answer_from,
    answer_line,
    call_from,
    call_line,
    failed_line,
)

HUNK = Hunk("a.py", 0, 3, "d\u00e9f\ud83d\U0001f600\u2028", ("m", "n"), unsure=True, why="because")
ORDERS = [
    (
        "open",
        EditOrder(
            {"a.py": "a\r\nb\0", "b.ts": ""},
            {"a.py": "python", "b.ts": ""},
            "a.py",
            0,
            1,
            "do it",
            "fix",
            (Reported(0, 1, "bad"),),
            ("b.ts",),
        ),
    ),
    ("prompt", PromptOrder(Style.CONTINUE, Format.BLOCKS, 2, 0.5, 2048, True, ("<|a|>",))),
    ("prompt", PromptOrder(Style.CHAT)),
    ("read", ReadOrder("m", 1, "```python\n\ud800```", 0.25, redacted=True)),
    ("decide", 12.5),
    ("judge_prompt", PromptOrder(Style.CHAT, share=1)),
    ("rebase", RebaseOrder((HUNK,), {"a.py": "x"})),
    ("anew", None),
]
ANSWERS = [
    ("open", Opened("title", "python", 7, "no")),
    (
        "prompt",
        RenderedPrompt(
            messages=(ChatMessage("system", "s"), ChatMessage("user", "u")),
            max_tokens=900,
            temperature=0.6,
            seed=3,
            edits=True,
        ),
    ),
    ("prompt", RenderedPrompt(text="t", stop=("\n",))),
    ("prompt", "the file is too long for it"),
    ("read", Reading("m", 0, passes=True, klass="c", why=(), doubts=("d",), format="file")),
    (
        "decide",
        Decision(
            (HUNK,),
            (HUNK, HUNK),
            "why",
            ("m", 0),
            merged=True,
            classes=(EditClass("c", (("m", 0), ("n", 2)), 0.8, chosen=True),),
        ),
    ),
    ("decide", Decision(())),
    ("judge_prompt", None),
    ("rebase", Rebased((HUNK,), "")),
    ("anew", None),
]


@pytest.mark.parametrize(("call", "order"), ORDERS, ids=[call for call, _ in ORDERS])
def test_an_order_comes_out_as_it_went_in(call, order):
    line = call_line(call, order)
    assert line.endswith(b"\n") and line.count(b"\n") == 1 and line.isascii()
    assert call_from(line) == (call, order)


@pytest.mark.parametrize(("call", "answer"), ANSWERS, ids=[call for call, _ in ANSWERS])
def test_an_answer_comes_out_as_it_went_in(call, answer):
    line = answer_line(answer)
    assert line.count(b"\n") == 1
    assert answer_from(call, line) == answer


def test_every_call_is_tried_here():
    assert {call for call, _ in ORDERS} | {"ready"} == set(CALLS)
    assert {call for call, _ in ANSWERS} | {"ready"} == set(CALLS)


def test_a_call_that_failed_says_why_in_short():
    with pytest.raises(CallFailed, match=r"^ValueError at x\.py:3$"):
        answer_from("read", failed_line("ValueError at x.py:3"))
    with pytest.raises(CallFailed) as raised:
        answer_from("read", failed_line("x" * 10_000))
    assert len(str(raised.value)) == 200


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"answer": 5}',
        b'{"answer": {}}',
        b'{"answer": {"member": "m", "sample": "0", "passes": true}}',
        b'{"answer": {"member": "m", "sample": true, "passes": true}}',
        b'{"answer": {"member": "m", "sample": 0, "passes": 1}}',
        b'{"answer": {"member": "m", "sample": 0, "passes": true, "extra": 1}}',
        b'{"answer": {"member": "m", "sample": 0, "passes": true, "why": "text"}}',
        b'{"answer": {"member": null, "sample": 0, "passes": true}}',
    ],
)
def test_what_is_anything_else_is_not_believed(line):
    with pytest.raises(NotUnderstood) as raised:
        answer_from("read", line)
    assert "member" not in str(raised.value)


@pytest.mark.parametrize(
    "line",
    [
        b'{"call": "__class__", "order": null}',
        b'{"call": "open", "order": {"files": []}}',
        b'{"call": 5}',
        b'{"call": "decide", "order": "5"}',
        b'{"call": "decide", "order": true}',
        b'{"call": "prompt", "order": {"style": "shout"}}',
    ],
)
def test_a_call_that_is_none_is_not_done(line):
    with pytest.raises(NotUnderstood):
        call_from(line)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda deeper: (
        st.lists(deeper, max_size=4)
        | st.dictionaries(
            st.sampled_from(["hunks", "why", "chosen", "classes", "merged", "file", "start", "x"]),
            deeper,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(value=json_values)
def test_nothing_that_a_process_says_breaks_the_server(value):
    line = json.dumps({"answer": value}).encode()
    for call in CALLS:
        try:
            answer = answer_from(call, line)
        except NotUnderstood:
            continue
        # What is believed is of the kind that was asked for.
        assert answer_from(call, answer_line(answer)) == answer
