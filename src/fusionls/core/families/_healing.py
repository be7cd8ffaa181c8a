"""Prompts that are nothing but a prefix, ended where a tokenizer would end a token.

A tokenizer puts the blank before a word into the word's token, so a prompt that ends in that blank
asks for a token that hardly ever follows one. Such blanks are withheld, and the answer has to begin
with them; so has it with a word that is half typed. Measured: `return ` with its blank spoils small
models altogether.
"""

from dataclasses import replace
from enum import Enum

from fusionls.core.context import CompletionContext
from fusionls.core.defusing import defused
from fusionls.core.families._extent import BLOCK_STOP, BLOCK_TOKENS, LINE_STOP, LINE_TOKENS
from fusionls.core.families._text import snippets_as_comments
from fusionls.core.languages import languages
from fusionls.core.line_forms import LineForm, grammar_of, line_forms
from fusionls.core.prompt import Render, RenderedPrompt
from fusionls.core.request import Extent


class Indentation(Enum):
    """What a tokenizer does with the blanks before a line's first word."""

    LAST_BLANK_JOINS_WORD = "gpt-2"
    STANDS_ALONE = "sentencepiece"


# Enough of the suffix to see the names that it needs; more costs time while the prompt is cold.
SUFFIX_SHOWN = 400
# Two blank lines: the model takes the parts for neighbours in one file.
_GAP = "\n\n\n"
SUFFIX_FIRST = "suffix-first"
# At the same log-probability the odds of such answers are those of others times exp(-0.34) to exp(-0.7).
SUFFIX_FIRST_TRUST = 0.6


def withhold(prefix: str, indentation: Indentation) -> tuple[str, str]:
    """Return ``prefix`` without the blanks that the next token should bring, and those blanks."""
    word_end = len(prefix.rstrip(" \t"))
    blanks = prefix[word_end:]
    if not blanks:
        return prefix, ""
    if word_end and prefix[word_end - 1] not in "\r\n":
        return prefix[:word_end], blanks
    if indentation is Indentation.STANDS_ALONE or blanks[-1] == "\t":
        return prefix, ""
    return prefix[:-1], blanks[-1]


def prefix_prompt(
    context: CompletionContext,
    extent: Extent,
    form: LineForm | None = None,
    *,
    indentation: Indentation = Indentation.LAST_BLANK_JOINS_WORD,
    special_tokens: tuple[str, ...] = (),
    ahead: str = "",
    shape: str = "",
) -> RenderedPrompt:
    """Return a prompt that ends where the answer begins; ``ahead`` is text to put first."""
    form = form or LineForm(free=True)
    partial = context.missing.partial if context.missing and not form.head else ""
    whole = context.prefix.removesuffix(partial) + form.head
    sent, forced = withhold(whole, indentation)
    line = extent is Extent.LINE
    language = languages().get(context.language)
    # A line that has to open a block must not escape into a comment before it has.
    comment = language.line_comment if language and not (form.free or form.opens) else ""
    return RenderedPrompt(
        text=defused(ahead + snippets_as_comments(context) + sent, special_tokens),
        stop=(*LINE_STOP, *([f" {comment}"] if comment else [])) if line else BLOCK_STOP,
        max_tokens=LINE_TOKENS if line else BLOCK_TOKENS,
        withheld=context.prefix[len(sent) :],
        given=sent[len(context.prefix) :],
        grammar=grammar_of(language, form, forced + partial) if line else "",
        shape=shape,
    )


def suffix_ahead(context: CompletionContext) -> str:
    """Return the beginning of the suffix as a text to put before the prefix."""
    return context.suffix[:SUFFIX_SHOWN] + _GAP


def prefix_only(
    indentation: Indentation = Indentation.LAST_BLANK_JOINS_WORD,
    special_tokens: tuple[str, ...] = (),
) -> Render:
    """Return the renderer of a family whose models see the prefix and nothing else.

    Where a grammar is obeyed they are asked again with the suffix put first.
    """

    def render(context: CompletionContext, extent: Extent) -> tuple[RenderedPrompt, ...]:
        def prompt(form: LineForm | None, ahead: str = "", shape: str = "") -> RenderedPrompt:
            return prefix_prompt(
                context,
                extent,
                form,
                indentation=indentation,
                special_tokens=special_tokens,
                ahead=ahead,
                shape=shape,
            )

        if context.missing is None:
            return (prompt(None),)
        language = languages().get(context.language)
        # A second guess at the form was right in 5 of 160 lines: too few for the time that it takes.
        form = line_forms(language, context.prefix, context.suffix, context.missing)[0]
        if not context.suffix.strip():
            return (prompt(form),)
        other = prompt(form, suffix_ahead(context), SUFFIX_FIRST)
        return (prompt(form), replace(other, trust=SUFFIX_FIRST_TRUST))

    return render
