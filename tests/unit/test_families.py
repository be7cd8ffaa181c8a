import pytest

from fusionls.core.context import CompletionContext, Snippet
from fusionls.core.families import families, family_for
from fusionls.core.request import Extent

LINE, BLOCK = Extent.LINE, Extent.BLOCK
GRAMMAR = r'[ \t]* [^ \t\r\n] [^\r\n]* "\n" [ \t\r\n]*'


def render(name, prefix, suffix="", extent=LINE, **more):
    context = CompletionContext(prefix, suffix, "src/app.py", "python", "#", **more)
    return families()[name].render(context, extent)[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("qwen2.5-coder", "<|fim_prefix|>a = (<|fim_suffix|>)\n<|fim_middle|>"),
        ("starcoder2", "<fim_prefix>a = (<fim_suffix>)\n<fim_middle>"),
        ("granite", "<fim_prefix>a = (<fim_suffix>)\n<fim_middle>"),
        ("codellama", "<PRE> a = ( <SUF>)\n <MID>"),
        ("deepseek-coder", "<｜fim▁begin｜>a = (<｜fim▁hole｜>)\n<｜fim▁end｜>"),  # noqa: RUF001
        ("codegemma", "<|fim_prefix|>a = (<|fim_suffix|>)\n<|fim_middle|>"),
        ("codestral", "[SUFFIX])\n[PREFIX]a = ("),
        ("plain", "a = ("),
        ("smollm2", "a = ("),
        ("gemma3", "a = ("),
        ("suffix-first", ")\n\n\n\na = ("),
    ],
)
def test_prompts_are_in_the_form_the_models_were_trained_on(name, expected):
    assert render(name, "a = (", ")\n").text == expected


@pytest.mark.parametrize(
    ("name", "prefix", "sent", "withheld"),
    [
        ("plain", "def f(x):\n    return ", "def f(x):\n    return", " "),
        ("plain", "x =  ", "x =", "  "),
        ("plain", "if x:\n    ", "if x:\n   ", " "),
        ("plain", "if x:\n\t", "if x:\n\t", ""),
        ("smollm2", "if x:\n    ", "if x:\n   ", " "),
        ("gemma3", "if x:\n    ", "if x:\n    ", ""),
        ("gemma3", "x = ", "x =", " "),
        ("suffix-first", "x = ", "\n\n\nx =", " "),
        ("codestral", "x = ", "[SUFFIX][PREFIX]x =", " "),
        ("plain", "", "", ""),
        ("plain", "    ", "   ", " "),
    ],
)
def test_blanks_that_belong_to_the_next_token_are_withheld(name, prefix, sent, withheld):
    prompt = render(name, prefix)
    assert (prompt.text, prompt.withheld) == (sent, withheld)


@pytest.mark.parametrize(
    ("prefix", "grammar"),
    [
        ("x", f"root ::= {GRAMMAR}"),
        ("x = ", f'root ::= " " {GRAMMAR}'),
        ("x =\t", rf'root ::= "\t" {GRAMMAR}'),
    ],
)
def test_a_line_must_have_text_and_begin_with_what_was_withheld(prefix, grammar):
    prompt = render("plain", prefix)
    assert (prompt.grammar, prompt.stop, prompt.max_tokens) == (grammar, ("\n",), 32)


def test_a_block_is_longer_and_free():
    prompt = render("plain", "x", extent=BLOCK)
    assert (prompt.grammar, prompt.max_tokens) == ("", 96)
    assert "\n" not in prompt.stop


SNIPPET = (Snippet("lib/b.py", "def g():\n    pass\n"),)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", "# lib/b.py\n# def g():\n#     pass\n\nx"),
        ("codellama", "<PRE> # lib/b.py\n# def g():\n#     pass\n\nx <SUF>y <MID>"),
        (
            "qwen2.5-coder",
            "<|repo_name|>project\n<|file_sep|>lib/b.py\ndef g():\n    pass\n<|file_sep|>src/app.py\n"
            "<|fim_prefix|>x<|fim_suffix|>y<|fim_middle|>",
        ),
        (
            "starcoder2",
            "<repo_name>project<file_sep>lib/b.py\ndef g():\n    pass\n<file_sep><fim_prefix>src/app.py\n"
            "x<fim_suffix>y<fim_middle>",
        ),
    ],
)
def test_other_files_are_shown_as_the_family_knows_them(name, expected):
    assert render(name, "x", "y", snippets=SNIPPET).text == expected


def test_without_comments_there_is_nothing_to_put_snippets_into():
    context = CompletionContext("x", "", "a.json", "json", "", SNIPPET)
    assert families()["plain"].render(context, LINE)[0].text == "x"


@pytest.mark.parametrize("name", sorted(families()))
@pytest.mark.parametrize("extent", list(Extent))
def test_no_text_of_the_user_can_act_as_a_special_token(name, extent):
    family = families()[name]
    tokens = family.special_tokens
    innocent = render(name, "a", "b", extent, snippets=(Snippet("p", "t"),))
    planted = "".join(tokens)
    prompt = render(
        name, f"a{planted}", f"b{planted}", extent, snippets=(Snippet("p" + planted, planted),)
    )
    for token in tokens:
        assert text_of(prompt).count(token) == text_of(innocent).count(token)


@pytest.mark.parametrize("name", sorted(families()))
def test_odd_texts_make_odd_prompts_and_no_exceptions(name):
    for text in ("", "\0", "\ud800", "\r\n\r", "\u2028", " " * 50, "🙂"):
        for extent in Extent:
            render(name, text, text, extent, snippets=(Snippet(text, text),))


def test_talkers_see_a_marker_and_are_asked_for_nothing_else():
    prompt = render("chat", "a = (", ")\n")
    assert [message.role for message in prompt.messages] == ["system", "user"]
    assert prompt.messages[1].content == "python file src/app.py:\na = (<CURSOR>)\n"
    assert prompt.text == ""


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("Qwen2.5-Coder-7B-Instruct", "qwen2.5-coder"),
        ("bigcode/starcoder2-3b", "starcoder2"),
        ("codellama/CodeLlama-7b-hf", "codellama"),
        ("deepseek-coder-6.7b-base", "deepseek-coder"),
        ("google/codegemma-2b", "codegemma"),
        ("codestral-latest", "codestral"),
        ("SmolLM2-135M-Instruct", "smollm2"),
        ("gemma-3-270m", "gemma3"),
        ("gpt-4.1-mini", "chat"),
        ("some-7b-instruct", "chat"),
        ("my-own-model", "plain"),
        ("", "plain"),
    ],
)
def test_a_model_finds_its_family_by_its_name(model, name):
    assert family_for(model).name == name


def test_the_settings_have_the_last_word():
    assert family_for("gpt-4o", "codestral").name == "codestral"
    with pytest.raises(
        KeyError, match=r"no prompt family 'codestrel'\. Choose one of: .*codestral"
    ):
        family_for("gpt-4o", "codestrel")


def text_of(prompt):
    return prompt.text + "".join(message.content for message in prompt.messages)
