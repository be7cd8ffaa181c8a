"""What holds of every filter and of all of them together, whatever a model says."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fusionls.core.cleanup import CleaningContext, clean, filters
from fusionls.core.languages import languages
from fusionls.core.request import Extent
from fusionls.core.text import lines_with_ends

SIGNS = st.text(st.sampled_from("ab1 \n\r\t(){}[];,:\"'`~.<>/*=|\0\ud800\u200bé🙂"), max_size=60)
PIECES = st.lists(
    st.sampled_from(
        [
            "Sure! Here is it:\n",
            "\n\nThis code is it.",
            "```",
            "```py\n",
            "~~~\n",
            "<think>",
            "</think>",
            "<|im_end|>",
            "if a:\n",
            "    ",
            "\t",
            "foo(bar)",
            "foo(bar)\n",
            ")",
            "});",
            "}\n",
            "else:\n",
            "} else {\n",
            "\r\n",
            "\n",
            " ",
            '"',
            "x = 1",
            "// c",
            "/** ",
            "*/",
            ">",
            "return y\n",
            "end\n",
        ]
    ),
    max_size=14,
).map("".join)
TEXT = SIGNS | PIECES
LANGUAGES = [None, *(languages()[name] for name in ("python", "typescript", "java", "bash"))]
CONTEXT = st.builds(
    CleaningContext,
    TEXT,
    TEXT,
    st.sampled_from(Extent),
    st.just(""),
    st.just(("a(", "b1", "<CURSOR>")),
    st.sampled_from(LANGUAGES),
)


@settings(max_examples=600, deadline=None)
@given(TEXT, CONTEXT)
def test_every_filter_finds_nothing_more_to_do_in_what_it_returns(text, context):
    for step in filters():
        once = step.apply(text, context)
        again = step.apply(once, context)
        assert again == once, (step.name, context.prefix, context.suffix, text)
        text = once or text


@settings(max_examples=1500, deadline=None)
@given(TEXT, CONTEXT)
def test_an_answer_that_was_cleaned_is_clean(text, context):
    once = clean(text, context)
    twice = clean(once.text, context)
    same = (twice.text, twice.copy) == (once.text, once.copy)
    assert same, (context.prefix, context.suffix, once, twice)


@settings(max_examples=300, deadline=None)
@given(TEXT, CONTEXT)
def test_nothing_is_invented(text, context):
    """All but white space comes from the answer, in its order."""
    left = iter("".join(text.split()))
    assert all(sign in left for sign in "".join(clean(text, context).text.split()))


WORD = st.sampled_from(["alpha", "beta", "gamma", "delta", "omega"])
LINE = st.builds(lambda a, b, n: f"{a}_{n} = {b}({n})", WORD, WORD, st.integers(0, 999))


@st.composite
def good_answers(draw):
    """Return a document with a hole, and an answer in its style that has nothing in common with it."""
    margin = draw(st.sampled_from(["", "    ", "\t", "  "]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    lines = draw(st.lists(LINE, min_size=1, max_size=6, unique=True))
    head = f"def QQQ():{end}{margin}WWWWW(){end}" if margin else f"WWWWW(){end}"
    prefix = head + margin
    suffix = f"{end}{margin}VVV(){end}"
    extent = draw(st.sampled_from([Extent.BLOCK, Extent.BODY]))
    context = CleaningContext(prefix, suffix, extent, language=languages()["python"])
    return context, (end + margin).join(lines)


@settings(max_examples=300, deadline=None)
@given(good_answers())
def test_a_good_answer_is_left_alone_by_every_filter(case):
    context, text = case
    for step in filters():
        assert step.apply(text, context) == text, step.name
    assert clean(text, context).text == text


AROUND = [
    "```python\n{}\n```",
    "Here is the code:\n```\n{}\n```\nDone.",
    "<think>Hm.</think>{}",
    "{}<|im_end|>",
    "Sure, here you go:\n\n{}",
    "{}\n\nThis code does it.",
]


@settings(max_examples=200, deadline=None)
@given(good_answers(), st.sampled_from(AROUND))
def test_what_models_put_around_a_good_answer_comes_off(case, around):
    context, text = case
    end = "\r\n" if "\r\n" in context.prefix else "\n"
    said = around.replace("\n", end).format(text)
    assert clean(said, context).text == text


@settings(max_examples=200, deadline=None)
@given(good_answers(), st.integers(1, 3))
def test_an_echo_of_the_lines_before_comes_off(case, count):
    context, text = case
    lines = lines_with_ends(context.prefix)
    assume(len(lines) > count)
    echoed = "".join(lines[-1 - count :])
    cleaned = clean(echoed + text, context)
    assert cleaned.text == text, (context.prefix, echoed, cleaned)
