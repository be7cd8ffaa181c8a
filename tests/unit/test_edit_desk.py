"""One request through the desk: what members are asked, what a user is told of answers, what is offered."""

import asyncio
from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.editing.desk import Desk
from fusionls.core.editing.edit import Format, Hunk
from fusionls.core.editing.orders import (
    Decision,
    EditOrder,
    Opened,
    PromptOrder,
    Reading,
    ReadOrder,
    Style,
)
from fusionls.core.editing.rebasing import applied_to
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.refactoring import Reported
from fusionls.core.refactorings import refactorings
from fusionls.engine.inline_desk import InlineDesks

SHORT = '''import os


def total(numbers):
    """Add all numbers."""
    result = 0
    for number in numbers:
        result += number
    return result


def mean(numbers):
    return total(numbers) / len(numbers)
'''
REST = "".join(f"\n\ndef z{n}(a, b):\n    return a * {n} + b\n" for n in range(30))
LONG = SHORT + REST
ASKED = "Use the builtin sum in `total`."
GOOD = '''def total(numbers):
    """Add all numbers."""
    return sum(numbers)
'''
LOOP = "    result = 0\n    for number in numbers:\n        result += number\n    return result\n"


def opened(
    text: str = LONG,
    instruction: str = ASKED,
    mark: str = "result = 0",
    name: str = "src/a.py",
    **more: str,
) -> Desk:
    desk = Desk()
    at = text.index(mark)
    files = {name: text, **more}
    found = desk.open(EditOrder(files, {}, name, at, at, instruction))
    assert not found.refusal, found
    return desk


def fenced(code: str, language: str = "python") -> str:
    return f"```{language}\n{code}```\n"


def read(desk: Desk, text: str, member: str = "m", sample: int = 0, weight: float = 0.5) -> Reading:
    return desk.read(ReadOrder(member, sample, text, weight))


def file_after(desk: Desk, text: str, within_ms: float = 10_000.0) -> str:
    """Return the file as the decision leaves it."""
    decision = desk.decide(within_ms)
    assert decision.hunks, decision.why
    return applied_to(text, decision.hunks)


def words_of(prompt: RenderedPrompt | str | None) -> str:
    assert isinstance(prompt, RenderedPrompt), prompt
    return prompt.text + "\n".join(message.content for message in prompt.messages)


def test_a_whole_definition_comes_into_the_file() -> None:
    desk = opened()
    reading = read(desk, fenced(GOOD))
    assert reading.passes and reading.klass and reading.format == "definition"
    assert file_after(desk, LONG) == LONG.replace(LOOP, "    return sum(numbers)\n")


def test_what_is_opened_is_told() -> None:
    at = LONG.index("result")
    found = Desk().open(EditOrder({"a.py": LONG}, {"a.py": "python"}, "a.py", at, at, ASKED))
    length = len(LONG[LONG.index("def total") : LONG.index("\n\n\ndef mean")])
    assert found == Opened(ASKED, "python", length)


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (EditOrder({"a.py": SHORT}, {}, "a.py", 0, 0, "  \n"), "say what is to be changed"),
        (EditOrder({"a.py": SHORT}, {}, "b.py", 0, 0, "do"), "b.py cannot be read"),
        (
            EditOrder({"a.py": SHORT}, {}, "a.py", 0, 0, "do", refactoring="magic"),
            "there is no refactoring called magic",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_a_sentence(order: EditOrder, told: str) -> None:
    assert Desk().open(order).refusal == told


# What a user sees of an answer that is no good edit, or how it comes into the file.
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (fenced("def total(numbers):\n    result = 0\n    for number in"), "does not parse"),
        ("```python\ndef total(numbers):\n    return su", "does not parse|nothing binds"),
        (fenced(GOOD + "\n\n" + GOOD), "defines one name twice"),
        (fenced("function total(n) { return 1; }\n", "javascript"), "another language"),
        (fenced("SELECT sum(x) FROM numbers;\n"), "does not hold the definition"),
        (
            "--- a/src/never.py\n+++ b/src/never.py\n@@ -1,2 +1,2 @@\n-x = 1\n+x = 2\n",
            "a file that was not offered",
        ),
        ("src/other.py\n" + fenced(GOOD), "a file that was not offered"),
        ("../../etc/passwd.py\n" + fenced(GOOD), "a file that was not offered"),
        ("/etc/a.py\n" + fenced(GOOD), "a file that was not offered"),
        (fenced(SHORT[SHORT.index("def total") : SHORT.index("\n\ndef mean")]), "does nothing"),
        (fenced("def total(numbers):\n    # ... rest of the code unchanged\n"), "leaves code out"),
        ("I am sorry, I cannot do that.", "does not hold the definition"),
        ("", "empty"),
        (fenced(GOOD.replace("sum", "su\u200bm")), "nobody can see"),
        (fenced(GOOD.replace("sum(numbers)", "add_up(numbers)")), "a name that nothing binds"),
        (fenced(GOOD.replace('    """Add all numbers."""\n', "")), "loses a docstring"),
    ],
)
def test_bad_answers_are_refused_with_a_reason(answer: str, why: str) -> None:
    desk = opened()
    reading = read(desk, answer)
    assert not reading.passes
    assert any(part in "; ".join(reading.why) for part in why.split("|")), reading
    assert not desk.decide(1_000.0).hunks


def test_tabs_for_blanks_come_in_as_the_file_has_them() -> None:
    desk = opened()
    assert read(desk, fenced(GOOD.replace("    ", "\t"))).passes
    assert file_after(desk, LONG) == LONG.replace(LOOP, "    return sum(numbers)\n")


def test_line_ends_and_form_feeds_stay() -> None:
    text = LONG.replace("def mean", "\fdef mean").replace("\n", "\r\n")
    desk = opened(text)
    assert read(desk, fenced(GOOD)).passes
    wanted = text.replace(LOOP.replace("\n", "\r\n"), "    return sum(numbers)\r\n")
    assert file_after(desk, text) == wanted


def test_a_diff_with_wrong_numbers_is_read() -> None:
    desk = opened()
    diff = "".join(f"-{line}\n" for line in LOOP.splitlines()) + "+    return sum(numbers)\n"
    assert read(desk, f"```diff\n@@ -90,4 +90,1 @@\n{diff}```\n").format == "diff"
    assert file_after(desk, LONG) == LONG.replace(LOOP, "    return sum(numbers)\n")


@given(st.text(max_size=300) | st.text("`~-+@#<>=\n def:()", max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_answer_is_read(answer: str) -> None:
    desk = opened()
    read(desk, answer)
    desk.decide(1_000.0)


OTHER = GOOD.replace("return sum(numbers)", "result = sum(numbers)\n    return result")


def test_equal_edits_are_one_class_whatever_they_look_like() -> None:
    desk = opened()
    one = read(desk, fenced(GOOD), "a")
    two = read(desk, "Sure!\n" + fenced(GOOD.replace("(numbers)\n", "( numbers )\n")), "b")
    other = read(desk, fenced(OTHER), "c")
    assert one.klass == two.klass != other.klass
    decision = desk.decide(1_000.0)
    assert decision.chosen is not None and decision.chosen[0] in ("a", "b")
    best, second = decision.classes
    assert (best.klass, best.chosen, {name for name, _ in best.answers}) == (
        one.klass,
        True,
        {"a", "b"},
    )
    assert (second.klass, second.chosen) == (other.klass, False)
    assert best.score > second.score


def told(answers: Sequence[tuple[str, int, str]], within_ms: float = 5_000.0) -> Decision:
    desk = opened()
    for member, sample, answer in answers:
        read(desk, answer, member, sample)
    return desk.decide(within_ms)


def test_the_order_of_arrival_does_not_matter() -> None:
    answers = [
        ("a", 0, fenced(GOOD)),
        ("b", 0, fenced(OTHER)),
        ("a", 1, fenced(OTHER)),
        ("c", 0, "?"),
    ]
    decisions = [told(order) for order in permutations(answers)]
    assert all(decision == decisions[0] for decision in decisions)


def test_an_answer_that_was_read_twice_counts_once() -> None:
    once = told([("a", 0, fenced(GOOD)), ("b", 0, fenced(OTHER))])
    assert told([("a", 0, fenced(GOOD)), ("b", 0, fenced(OTHER)), ("a", 0, fenced(GOOD))]) == once


def test_nothing_is_offered_where_nothing_passes() -> None:
    assert told([("a", 0, "?")]) == Decision((), why="nobody proposed an edit")
    assert told([]) == Decision((), why="nobody proposed an edit")
    same = fenced(SHORT[SHORT.index("def total") : SHORT.index("\n\ndef mean")])
    assert told([("a", 0, same)]) == Decision((), why="no edit passes the gate")


def test_without_time_the_chosen_edit_is_offered_as_it_is() -> None:
    decision = told([("a", 0, fenced(GOOD)), ("b", 0, fenced(OTHER))], within_ms=0.0)
    assert applied_to(LONG, decision.hunks) == LONG.replace(LOOP, "    return sum(numbers)\n")
    assert not decision.merged and all(hunk.unsure for hunk in decision.hunks)


def test_what_each_of_two_does_in_a_place_of_its_own_is_merged() -> None:
    text = SHORT.replace("numbers", "xs")
    both = "Rename nothing; add a docstring to `mean` and use `sum` in `total`."
    desk = opened(text, both)
    with_sum = text.replace(LOOP.replace("numbers", "xs"), "    return sum(xs)\n")
    docs = '(xs):\n    """Return the mean."""\n    return total'
    for member in ("a", "b"):
        read(desk, fenced(with_sum), member)
    for member in ("c", "d"):
        read(desk, fenced(text.replace("(xs):\n    return total", docs)), member)
    decision = desk.decide(10_000.0)
    assert decision.merged
    assert applied_to(text, decision.hunks) == with_sum.replace("(xs):\n    return total", docs)


def unsure(answers: Sequence[tuple[str, int, str]]) -> set[bool]:
    return {hunk.unsure for hunk in told(answers).hunks}


def test_a_hunk_of_one_supporter_of_several_is_to_be_confirmed() -> None:
    assert unsure([("a", 0, fenced(GOOD))]) == {False}
    assert unsure([("a", 0, fenced(GOOD)), ("a", 1, fenced(GOOD)), ("a", 2, fenced(OTHER))]) == {
        False
    }
    assert unsure([("a", 0, fenced(GOOD)), ("b", 0, fenced(GOOD))]) == {False}
    # Three samples of one member are one supporter.
    alone = [("a", n, fenced(GOOD)) for n in range(3)]
    assert unsure([*alone, ("b", 0, fenced(OTHER))]) == {True}


def test_a_changed_public_name_is_to_be_confirmed() -> None:
    desk = opened(SHORT, "Rename `mean` to `average`.", "def mean")
    for member in ("a", "b"):
        read(desk, fenced(SHORT.replace("mean", "average")), member)
    hunks = desk.decide(5_000.0).hunks
    assert hunks and any(hunk.unsure and "public" in hunk.why for hunk in hunks)


def test_a_chat_is_told_the_code_what_is_around_it_and_how_to_answer() -> None:
    prompt = opened().prompt(PromptOrder(Style.CHAT))
    assert isinstance(prompt, RenderedPrompt)
    assert [message.role for message in prompt.messages] == ["system", "user"]
    asked = prompt.messages[1].content
    assert "src/a.py" in asked and ASKED in asked
    assert LOOP in asked, "the code to change, whole"
    assert "import os" in asked and "def mean(numbers)" in asked, "what is around it"
    assert "a * 3" not in asked, "but not all of it"
    assert "nothing left out" in asked
    assert prompt.edits and prompt.temperature == 0.0 and prompt.seed is None


def test_a_model_that_goes_on_is_given_a_text_that_ends_where_the_code_begins() -> None:
    desk = opened()
    prompt = desk.prompt(PromptOrder(Style.CONTINUE))
    assert isinstance(prompt, RenderedPrompt)
    assert prompt.text.endswith(prompt.given) and prompt.given == "```python\n"
    assert LOOP in prompt.text and ASKED in prompt.text and "def mean(numbers)" in prompt.text
    assert prompt.stop == ("\n```",)
    # A server that does not stop there sends more, and it is still read.
    assert read(desk, prompt.given + GOOD + "```\n\n## Code before\n```python\nx").passes


def test_further_answers_differ() -> None:
    desk = opened()
    prompts = [desk.prompt(PromptOrder(Style.CHAT, sample=n)) for n in range(3)]
    drawn = [(p.temperature > 0, p.seed) for p in prompts if isinstance(p, RenderedPrompt)]
    assert drawn == [(False, None), (True, 1), (True, 2)]


@pytest.mark.parametrize("style", list(Style))
def test_special_tokens_of_a_family_never_come_from_the_text(style: Style) -> None:
    text = LONG.replace("# ", "").replace("result = 0", "result = 0  # <|im_end|>")
    desk = opened(text, "Do <|im_start|> that.", other="<|im_end|>")
    tokens = ("<|im_start|>", "<|im_end|>")
    asked = words_of(desk.prompt(PromptOrder(style, special_tokens=tokens)))
    assert not any(token in asked for token in tokens)
    assert "< |im_end|>" in asked


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("tokens", [600, 1_000, 4_000])
def test_a_prompt_and_its_answer_fit_into_the_model(style: Style, tokens: int) -> None:
    desk = opened()
    prompt = desk.prompt(PromptOrder(style, tokens=tokens))
    assert isinstance(prompt, RenderedPrompt)
    assert len(words_of(prompt)) / 3 + prompt.max_tokens <= tokens
    assert LOOP in words_of(prompt)


@pytest.mark.parametrize("style", list(Style))
def test_code_that_does_not_fit_is_refused_for_that_member(style: Style) -> None:
    refusal = opened().prompt(PromptOrder(style, tokens=200))
    assert isinstance(refusal, str) and "too long for this model" in refusal
    long = opened(LONG.replace("result = 0", "result = 0  # " + "x" * 60_000))
    assert isinstance(long.prompt(PromptOrder(style)), str), "nobody knows how much it takes"
    assert not isinstance(long.prompt(PromptOrder(style, tokens=100_000)), str)


def test_a_smaller_share_shows_less_around_the_code() -> None:
    desk = opened()
    lengths = [
        len(words_of(desk.prompt(PromptOrder(Style.CHAT, share=share))))
        for share in (1.0, 0.05, 0.0)
    ]
    assert lengths == sorted(lengths, reverse=True) and len(set(lengths)) == 3


def test_a_selection_and_what_was_reported_are_shown() -> None:
    desk = Desk()
    low = LONG.index("for number")
    high = LONG.index("    return result")
    reports = (Reported(low, low + 3, "loops are slow"),)
    desk.open(EditOrder({"a.py": LONG}, {}, "a.py", low, high, ASKED, diagnostics=reports))
    asked = words_of(desk.prompt(PromptOrder(Style.CHAT)))
    assert "Selected in it:\n```python\nfor number in numbers:\n        result += number" in asked
    assert "loops are slow" in asked


def test_fences_in_the_code_do_not_end_it() -> None:
    text = SHORT.replace("Add all numbers.", "Add.\n\n    ```\n    total([])\n    ```\n    ")
    desk = opened(text)
    for style in Style:
        assert "````python" in words_of(desk.prompt(PromptOrder(style)))
    after = text.replace(LOOP, "    return sum(numbers)\n")
    assert read(desk, f"````python\n{after}````\n").passes
    assert file_after(desk, text) == after


def test_a_new_file_is_filled() -> None:
    desk = Desk()
    order = EditOrder(
        {"a.py": SHORT}, {}, "a.py", 0, 0, "Write tests into test_a.py.", created=("test_a.py",)
    )
    assert not desk.open(order).refusal
    assert "test_a.py" in words_of(desk.prompt(PromptOrder(Style.CHAT)))
    test = "from a import mean\n\n\ndef test_mean():\n    assert mean([1]) == 1\n"
    assert read(desk, f"`test_a.py`\n{fenced(test)}").passes
    (hunk,) = desk.decide(5_000.0).hunks
    assert (hunk.file, hunk.start, hunk.end, hunk.text) == ("test_a.py", 0, 0, test)


USING = (
    "from a import total\n"
    + REST
    + "\n\ndef shown(x):\n    print(total(x))\n"
    + REST.replace("z", "y") * 2
)


def test_of_a_long_further_file_what_is_meant_is_asked_for() -> None:
    desk = opened(LONG, "Rename `total` to `summed`.", "def total", "a.py", **{"b.py": USING})
    asked = words_of(desk.prompt(PromptOrder(Style.CHAT)))
    assert "print(total(x))" in asked and "a * 3" not in asked
    first = GOOD.replace("def total", "def summed")
    second = "def shown(x):\n    print(summed(x))\n"
    answer = f"`a.py`\n{fenced(first)}\n`b.py`\n{fenced(second)}"
    reading = read(desk, answer)
    assert reading.klass, reading


def test_a_judge_sees_the_edits_without_names() -> None:
    desk = opened()
    assert desk.judge_prompt(PromptOrder(Style.CHAT)) is None
    read(desk, fenced(GOOD), "model-one")
    assert desk.judge_prompt(PromptOrder(Style.CHAT)) is None, "one edit needs no judge"
    read(desk, fenced(OTHER), "model-two")
    asked = words_of(desk.judge_prompt(PromptOrder(Style.CHAT)))
    assert "Proposal A" in asked and "Proposal B" in asked and "Proposal C" not in asked
    assert "return sum(numbers)" in asked and "result = sum(numbers)" in asked
    assert "model-" not in asked
    assert desk.judge_prompt(PromptOrder(Style.CHAT, tokens=300)) is None, "it does not fit"
    # What it writes is one more candidate.
    assert read(desk, fenced(GOOD), "judge").klass == read(desk, fenced(GOOD), "model-one").klass


def test_a_buffer_that_changed_elsewhere_gets_the_edit_where_it_belongs() -> None:
    desk = opened()
    read(desk, fenced(GOOD))
    hunks = desk.decide(5_000.0).hunks
    now = "# new\n" + LONG.replace("a * 3 + b", "a - b")
    rebased = desk.rebase(hunks, {"src/a.py": now})
    assert not rebased.refusal
    assert applied_to(now, rebased.hunks) == now.replace(LOOP, "    return sum(numbers)\n")
    there = LONG.replace("result += number", "result -= number")
    assert desk.rebase(hunks, {"src/a.py": there}).refusal == (
        "lines 6-9 of src/a.py changed while the models worked; ask again"
    )


def test_a_desk_that_is_not_open_says_so() -> None:
    desk = Desk()
    assert desk.prompt(PromptOrder(Style.CHAT)) == "nothing was asked for"
    assert read(desk, fenced(GOOD)).why == ("nothing was asked for",)
    assert desk.decide(1.0).why == "nothing was asked for"
    assert desk.judge_prompt(PromptOrder(Style.CHAT)) is None
    assert desk.rebase((Hunk("a", 0, 0, "x"),), {}).refusal == "nothing was asked for"


def test_the_desk_in_this_process_does_the_same() -> None:
    async def asked() -> Decision:
        desks = InlineDesks()
        desk = desks.desk()
        at = LONG.index("result")
        await desk.open(EditOrder({"src/a.py": LONG}, {}, "src/a.py", at, at, ASKED))
        assert await desk.prompt(PromptOrder(Style.CHAT))
        await desk.read(ReadOrder("a", 0, fenced(GOOD)))
        assert await desk.judge_prompt(PromptOrder(Style.CHAT)) is None
        decision = await desk.decide(5_000.0)
        assert (await desk.rebase(decision.hunks, {})).hunks == decision.hunks
        await desk.aclose()
        await desks.aclose()
        return decision

    assert asyncio.run(asked()) == told([("a", 0, fenced(GOOD))])


JAVA = "class A {\n    int f(int a) {\n        return a;\n    }\n}\n"


@pytest.mark.parametrize(
    ("name", "text", "comment", "asked"),
    [
        ("A.java", JAVA, "    /** Returns a. */\n    int f", "Write a Javadoc comment for f."),
        ("a.js", "function f(a) {\n  return a;\n}\n", "/** Is a. */\nfunction f", "Add JSDoc."),
    ],
)
def test_a_comment_for_a_document_tool_does_something(
    name: str, text: str, comment: str, asked: str
) -> None:
    desk = opened(text, asked, "return a", name)
    last = comment.rpartition("\n")[2]
    after = text.replace(last, comment)
    assert read(desk, fenced(after, "")).passes
    assert file_after(desk, text) == after


@pytest.mark.parametrize(
    "hostile", ["{a:" * 100_000, "x = [" * 100_000, "\n".join("`${" for _ in range(20_000))]
)
def test_an_answer_that_would_end_the_parser_is_only_a_bad_answer(hostile: str) -> None:
    desk = opened("function f(a) {\n  return a;\n}\n", "Do it.", "return a", "a.js")
    assert not read(desk, fenced(hostile, "javascript")).passes
    good = fenced("function f(a) {\n  return a + 1;\n}\n", "javascript")
    assert read(desk, good, "other").passes
    assert desk.decide(5_000.0).chosen == ("other", 0)


def test_blocks_are_asked_for_where_a_member_keeps_to_them() -> None:
    desk = opened()
    asked = words_of(desk.prompt(PromptOrder(Style.CHAT, Format.BLOCKS)))
    assert "<<<<<<< SEARCH" in asked and ">>>>>>> REPLACE" in asked
    block = f"src/a.py\n<<<<<<< SEARCH\n{LOOP}=======\n    return sum(numbers)\n>>>>>>> REPLACE\n"
    assert read(desk, block).format == "blocks"
    assert file_after(desk, LONG) == LONG.replace(LOOP, "    return sum(numbers)\n")


@pytest.mark.parametrize(
    ("name", "ends", "answer", "after"),
    [
        ("rename", "`mean` returns the", " average of all.", "def average(numbers):"),
        ("docstring", "This code", " returns the mean.", '    """Returns the mean."""'),
    ],
)
def test_a_text_that_is_continued_begins_the_answer(
    name: str, ends: str, answer: str, after: str
) -> None:
    desk = Desk()
    at = LONG.index("mean")
    desk.open(EditOrder({"a.py": LONG}, {}, "a.py", at, at, "", name))
    prompt = desk.prompt(PromptOrder(Style.CONTINUE))
    assert isinstance(prompt, RenderedPrompt) and prompt.text.endswith(ends)
    assert read(desk, prompt.given + answer).passes
    assert after in file_after(desk, LONG)


NAMES = st.sampled_from(
    ["a.py", "a.js", "a.ts", "A.java", "a.rs", "a.go", "a.html", "a.css", "a.json", "a"]
)
TEXTS = (
    st.text(max_size=120) | st.text("def f(x):\n {}<>;\r\f\t#/*'`", max_size=120) | st.just(SHORT)
)


@given(
    NAMES,
    TEXTS,
    st.text(max_size=60),
    st.integers(-5, 200),
    TEXTS,
    st.sampled_from(sorted(refactorings())),
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_asked_and_answered_nothing_is_raised(
    name: str, text: str, instruction: str, at: int, answer: str, refactoring: str
) -> None:
    desk = Desk()
    files = {name: text, "other/" + name: SHORT}
    order = EditOrder(files, {}, name, at, at + 7, instruction, refactoring, created=("new.py",))
    if desk.open(order).refusal:
        return
    for style in Style:
        desk.prompt(PromptOrder(style, tokens=900, redacts=True))
    for number, one in enumerate((answer, fenced(answer, ""), f"`{name}`\n{fenced(answer)}")):
        read(desk, one, str(number))
        desk.read(ReadOrder("far", number, one, redacted=True))
    decision = desk.decide(2_000.0)
    desk.judge_prompt(PromptOrder(Style.CHAT))
    now = {name: text + answer}
    rebased = desk.rebase(decision.hunks, now)
    assert not (rebased.hunks and rebased.refusal)


def test_code_without_a_file_name_goes_where_its_definitions_are() -> None:
    user = "from a import mean\n\n\ndef main(xs):\n    print(mean(xs))\n"
    desk = opened(
        SHORT, "Rename `mean` to `average` everywhere.", "def mean", "a.py", **{"b.py": user}
    )
    after = user.replace("mean(", "average(").replace("import mean", "import average")
    answer = fenced(SHORT.replace("def mean", "def average")) + "\nand\n" + fenced(after)
    assert read(desk, answer).passes
    hunks = desk.decide(5_000.0).hunks
    assert {hunk.file for hunk in hunks} == {"a.py", "b.py"}
    assert applied_to(user, [hunk for hunk in hunks if hunk.file == "b.py"]) == after


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "def f(price, n):\n    print(price, n, price)\n    return price\n"),
        ("a.go", "package p\n\nfunc f(price int) int {\n\treturn price + price*2\n}\n"),
        ("a.js", "function f(price) {\n  return price ? [price] : price;\n}\n"),
    ],
)
def test_a_rename_changes_names_and_nothing_around_them(name: str, text: str) -> None:
    desk = Desk()
    at = text.index("price")
    assert not desk.open(EditOrder({name: text}, {}, name, at, at, "", "rename")).refusal
    assert read(desk, "amount").passes
    hunks = desk.decide(10_000.0).hunks
    assert applied_to(text, hunks) == text.replace("price", "amount")
    assert {(text[hunk.start : hunk.end], hunk.text) for hunk in hunks} == {("price", "amount")}


def test_what_the_person_wrote_counts_and_not_a_comment_nearby() -> None:
    text = f"def f(a):\n    # {'ODOT'[::-1]}: sort them\n    return a\n"
    desk = Desk()
    order = EditOrder({"a.py": text}, {}, "a.py", 15, 15, "Return twice as much.")
    assert desk.open(order).title == "Return twice as much."
    said = prompted(desk)
    assert "Return twice as much." in said
    assert "Do what this comment says" not in said
    alone = Desk()
    alone.open(EditOrder({"a.py": text}, {}, "a.py", 15, 15, ""))
    assert "sort them" in prompted(alone)


def prompted(desk: Desk) -> str:
    found = desk.prompt(PromptOrder(Style.CHAT))
    assert isinstance(found, RenderedPrompt)
    return found.messages[-1].content


@pytest.mark.parametrize("refactoring", ["rename", "docstring"])
def test_where_words_are_the_answer_nothing_is_said_of_code_blocks(refactoring: str) -> None:
    desk = Desk()
    at = SHORT.index("result")
    assert not desk.open(EditOrder({"a.py": SHORT}, {}, "a.py", at, at, "", refactoring)).refusal
    found = desk.prompt(PromptOrder(Style.CHAT))
    assert isinstance(found, RenderedPrompt)
    system, user = (message.content for message in found.messages)
    assert "edit" not in system.replace("editor", "")
    assert user.count("```") == 4, "the code and what is around it"
    for word in ("to change", "cursor", "diff", "definition"):
        assert word not in user
