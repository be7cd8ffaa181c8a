"""Any model behind an endpoint that fills in itself: it takes a prefix and a suffix, and the format of
the model is the endpoint's business.
"""

from fusionls.core.context import CompletionContext, Snippet
from fusionls.core.defusing import defused
from fusionls.core.families._extent import BLOCK_TOKENS, LINE_STOP, LINE_TOKENS
from fusionls.core.families._text import snippets_as_comments
from fusionls.core.prompt import Family, FillIn, RenderedPrompt
from fusionls.core.request import Extent

# Which model answers is not known, so these are the tokens of the formats in wide use: Qwen's and Gemma's,
# StarCoder's and Granite's, Code Llama's, Codestral's and DeepSeek's.
_TOKENS = (
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<|file_separator|>",
    "<|endoftext|>",
    "<|im_end|>",
    "<fim_prefix>",
    "<fim_suffix>",
    "<fim_middle>",
    "<fim_pad>",
    "<PRE>",
    "<SUF>",
    "<MID>",
    "<EOT>",
    "[SUFFIX]",
    "[PREFIX]",
    "[MIDDLE]",
    "<\uff5cfim\u2581begin\uff5c>",
    "<\uff5cfim\u2581hole\uff5c>",
    "<\uff5cfim\u2581end\uff5c>",
)


def _render(context: CompletionContext, extent: Extent) -> tuple[RenderedPrompt, ...]:
    ahead = _safe(snippets_as_comments(context))
    gap = FillIn(
        prefix=_safe(context.prefix),
        suffix=_safe(context.suffix),
        ahead=ahead,
        path=_safe(context.path),
        language=context.language,
        snippets=tuple(Snippet(_safe(s.path), _safe(s.text)) for s in context.snippets),
    )
    line = extent is Extent.LINE
    prompt = RenderedPrompt(
        text=ahead + gap.prefix,
        # Vendors take four texts or so: the model's own tokens are left to the endpoint.
        stop=LINE_STOP if line else (),
        max_tokens=LINE_TOKENS if line else BLOCK_TOKENS,
        fill_in=gap,
    )
    return (prompt,)


def _safe(text: str) -> str:
    return defused(text, _TOKENS)


FAMILY = Family(
    name="endpoint",
    render=_render,
    special_tokens=_TOKENS,
    endpoint_fills_in=True,
)
