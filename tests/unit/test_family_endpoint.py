"""Endpoints that fill in by themselves are shown the two sides of the gap, and nothing is put in between."""

import pytest

from fusionls.core.context import CompletionContext, Snippet
from fusionls.core.families import families, family_for
from fusionls.core.prompt import FillIn, RenderedPrompt
from fusionls.core.recycling import fit_of
from fusionls.core.request import Extent

FAMILY = families()["endpoint"]


def render(prefix, suffix="", extent=Extent.LINE, snippets=()):
    context = CompletionContext(prefix, suffix, "src/app.py", "python", "#", snippets)
    [prompt] = FAMILY.render(context, extent)
    return prompt


def test_both_sides_of_the_gap_as_they_are():
    prompt = render("a = ", ")\n")
    assert prompt.fill_in == FillIn("a = ", ")\n", path="src/app.py", language="python")
    assert (prompt.withheld, prompt.given, prompt.grammar) == ("", "", "")
    assert (prompt.stop, prompt.messages) == (("\n",), ())


def test_a_block_ends_where_the_model_ends_it():
    prompt = render("if a:\n", "", Extent.BODY)
    assert prompt.stop == ()
    assert prompt.max_tokens > render("a").max_tokens


def test_other_files_are_there_as_files_and_as_comments():
    snippets = (Snippet("lib/b.py", "def g():\n    pass\n"),)
    gap = render("x", "y", snippets=snippets).fill_in
    assert gap.snippets == snippets
    assert gap.prefix == "x"
    assert gap.whole_prefix == "# lib/b.py\n# def g():\n#     pass\n\nx"


def test_no_text_of_the_user_can_act_as_a_special_token():
    planted = "".join(FAMILY.special_tokens)
    gap = render(f"a{planted}", f"b{planted}", snippets=(Snippet(f"p{planted}", planted),)).fill_in
    texts = (gap.prefix, gap.suffix, gap.ahead, gap.snippets[0].path, gap.snippets[0].text)
    assert not [token for token in FAMILY.special_tokens for text in texts if token in text]


def test_it_is_chosen_by_name_alone():
    assert FAMILY.models == () and FAMILY.endpoint_fills_in
    assert family_for("anything", "endpoint") is FAMILY


@pytest.mark.parametrize(
    ("newer", "suffix", "fits"),
    [("a = b", ")\n", True), ("a = b", "]\n", False), ("a = c", ")\n", False)],
)
def test_an_answer_still_serves_who_types_it_if_what_follows_is_the_same(newer, suffix, fits):
    fit = fit_of(render("a = ", ")\n"), "bcd", render(newer, suffix), ended=True)
    assert (fit is not None and fit.sure) is fits


def test_an_answer_to_a_gap_is_none_to_a_text():
    assert fit_of(render("a = "), "b", RenderedPrompt("a = ", stop=("\n",), max_tokens=32)) is None
