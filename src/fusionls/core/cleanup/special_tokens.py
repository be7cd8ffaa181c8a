"""Special tokens of the family that the model's server let through as text."""

import re
from functools import cache

from fusionls.core.cleanup._filter import CleaningContext, Filter

# Marks that servers let through whatever the model: ends of text and of turns, and those for filling in.
_ANY_SERVER = (
    *(
        "<|endoftext|>",
        "<|end_of_text|>",
        "<|EOT|>",
        "<EOT>",
        "<|im_start|>",
        "<|im_end|>",
        "<|eot_id|>",
    ),
    *(
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        "<|fim_pad|>",
        "<|file_sep|>",
        "<|repo_name|>",
    ),
    *("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<file_sep>", "<|file_separator|>"),
)


def _apply(text: str, context: CleaningContext) -> str:
    """Drop tokens at the start, and cut at the first one behind: there the model's turn was over.

    A token that stands in the document too is the person's own text, as in a file about prompts.
    """
    if "<" not in text and not any(token in text for token in context.special_tokens):
        return text
    words = tuple(token.strip() for token in (*context.special_tokens, *_ANY_SERVER))
    leaked = tuple(
        w for w in words if w in text and w not in context.prefix and w not in context.suffix
    )
    if not leaked:
        return text
    leading, any_token = _patterns(leaked)
    start = leading.match(text)
    text = text[start.end() :] if start else text
    found = any_token.search(text)
    # Some tokens are written with a blank before them, which is part of the token.
    return text[: found.start()].rstrip(" ") if found else text


@cache
def _patterns(tokens: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    either = "|".join(map(re.escape, tokens))
    return re.compile(rf"(?:[ ]?(?:{either}))*+"), re.compile(either)


FILTER = Filter("special tokens", 10, _apply)
