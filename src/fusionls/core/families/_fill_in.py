"""Fill-in-the-middle prompts: a prefix and a suffix between special tokens."""

from collections.abc import Callable
from dataclasses import dataclass

from fusionls.core.context import CompletionContext
from fusionls.core.defusing import defused
from fusionls.core.families._extent import BLOCK_TOKENS, LINE_STOP, LINE_TOKENS
from fusionls.core.families._healing import Indentation, withhold
from fusionls.core.families._text import snippets_as_comments
from fusionls.core.prompt import Family, RenderedPrompt
from fusionls.core.request import Extent

Layout = Callable[[CompletionContext, str], str]


@dataclass(frozen=True, slots=True)
class Markers:
    """The texts around the parts, in the order of the prompt.

    ``opening`` + prefix + ``between`` + suffix + ``closing``; with ``suffix_first`` the two parts change
    places. A prompt that ends in the prefix has its trailing blanks withheld.
    """

    opening: str
    between: str
    closing: str = ""
    suffix_first: bool = False


def fill_in_family(
    name: str,
    *,
    markers: Markers,
    models: tuple[str, ...],
    special_tokens: tuple[str, ...],
    files: Layout | None = None,
) -> Family:
    """Return the family of a fill-in format.

    ``special_tokens`` are all tokens of the format: they end an answer, are cut from it, and are
    broken where they stand in the user's text. ``files`` lays out the snippets of other files ahead of
    the given prompt; without it they become comments above the prefix.
    """

    def render(context: CompletionContext, extent: Extent) -> tuple[RenderedPrompt, ...]:
        safe = _defused_context(context, special_tokens)
        prefix, withheld = safe.prefix, ""
        if not markers.closing and markers.suffix_first:
            prefix, withheld = withhold(prefix, Indentation.LAST_BLANK_JOINS_WORD)
        with_files = files if safe.snippets else None
        if with_files is None:
            prefix = snippets_as_comments(safe) + prefix
        first, second = (safe.suffix, prefix) if markers.suffix_first else (prefix, safe.suffix)
        text = f"{markers.opening}{first}{markers.between}{second}{markers.closing}"
        whole = text if with_files is None else with_files(safe, text)
        behind = markers.closing if markers.suffix_first else text[len(markers.opening + prefix) :]
        line = extent is Extent.LINE
        prompt = RenderedPrompt(
            text=whole,
            stop=(*LINE_STOP, *special_tokens) if line else special_tokens,
            max_tokens=LINE_TOKENS if line else BLOCK_TOKENS,
            withheld=withheld,
            behind=behind if whole.endswith(behind) else "",
        )
        return (prompt,)

    return Family(
        name=name, render=render, models=models, special_tokens=special_tokens, fills_in=True
    )


def _defused_context(context: CompletionContext, tokens: tuple[str, ...]) -> CompletionContext:
    return CompletionContext(
        prefix=defused(context.prefix, tokens),
        suffix=defused(context.suffix, tokens),
        path=defused(context.path, tokens),
        language=context.language,
        line_comment=context.line_comment,
        snippets=tuple(
            type(snippet)(defused(snippet.path, tokens), defused(snippet.text, tokens))
            for snippet in context.snippets
        ),
    )
