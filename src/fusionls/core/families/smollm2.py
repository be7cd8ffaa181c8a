"""SmolLM2: no fill-in tokens, and a tokenizer in GPT-2's style.

Measured on 30 holes of one line: 8 right with the last blank of the indentation withheld, 6 with it in
the prompt, 0 with none of the indentation. The instruct model, too, is asked as a plain one.
"""

from fusionls.core.families._healing import Indentation, prefix_only
from fusionls.core.prompt import Family

_TOKENS = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")

FAMILY = Family(
    name="smollm2",
    render=prefix_only(
        indentation=Indentation.LAST_BLANK_JOINS_WORD,
        special_tokens=_TOKENS,
    ),
    models=("smollm2", "smollm-2"),
    special_tokens=_TOKENS,
)
