"""Gemma 3: no fill-in tokens, and a tokenizer that makes indentation a token of its own."""

from fusionls.core.families._healing import Indentation, prefix_only
from fusionls.core.prompt import Family

_TOKENS = ("<start_of_turn>", "<end_of_turn>", "<eos>", "<bos>")

FAMILY = Family(
    name="gemma3",
    render=prefix_only(indentation=Indentation.STANDS_ALONE, special_tokens=_TOKENS),
    models=("gemma-3", "gemma3"),
    special_tokens=_TOKENS,
)
