"""Blanks at the end of a prefix, and prompts that are nothing but a prefix.

A tokenizer puts the blank before a word into the word's token, so a prompt that ends in that blank
asks for a token that hardly ever follows one. Such blanks are withheld, and the answer has to begin
with them. Measured: `return ` with its blank spoils small models altogether.
"""

from enum import Enum

from fusionls.core.context import CompletionContext
from fusionls.core.families._extent import BLOCK_STOP, BLOCK_TOKENS, LINE_STOP, LINE_TOKENS
from fusionls.core.families._text import defused, snippets_as_comments
from fusionls.core.prompt import Render, RenderedPrompt
from fusionls.core.request import Extent


class Indentation(Enum):
    """What a tokenizer does with the blanks before a line's first word."""

    LAST_BLANK_JOINS_WORD = "gpt-2"
    STANDS_ALONE = "sentencepiece"


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


def line_grammar(withheld: str) -> str:
    """Return GBNF (llama.cpp, "grammars/README.md") for one line that is not empty.

    The line end may carry blanks: in many vocabularies it is one token with the next line's
    indentation, and a grammar that forbids that token makes the model ramble on.
    """
    start = f'"{withheld}" '.replace("\t", "\\t") if withheld else ""
    return rf'root ::= {start}[ \t]* [^ \t\r\n] [^\r\n]* "\n" [ \t\r\n]*'


def prefix_prompt(
    context: CompletionContext,
    extent: Extent,
    *,
    indentation: Indentation = Indentation.LAST_BLANK_JOINS_WORD,
    special_tokens: tuple[str, ...] = (),
    ahead: str = "",
) -> RenderedPrompt:
    """Return a prompt that ends where the answer begins; ``ahead`` is text to put first."""
    sent, withheld = withhold(context.prefix, indentation)
    text = defused(ahead + snippets_as_comments(context) + sent, special_tokens)
    if extent is Extent.BLOCK:
        return RenderedPrompt(
            text=text, stop=BLOCK_STOP, max_tokens=BLOCK_TOKENS, withheld=withheld
        )
    grammar = line_grammar(withheld)
    return RenderedPrompt(
        text=text, stop=LINE_STOP, max_tokens=LINE_TOKENS, withheld=withheld, grammar=grammar
    )


def prefix_only(
    indentation: Indentation = Indentation.LAST_BLANK_JOINS_WORD,
    special_tokens: tuple[str, ...] = (),
) -> Render:
    """Return the renderer of a family whose models see the prefix and nothing else."""

    def render(context: CompletionContext, extent: Extent) -> tuple[RenderedPrompt, ...]:
        return (
            prefix_prompt(context, extent, indentation=indentation, special_tokens=special_tokens),
        )

    return render
