"""How good a model is held to be at instructed edits before anything was measured with it.

A heuristic, not a table of results: the pass rate is taken to grow with the logarithm of the size (Kaplan et
al. 2020; Hoffmann et al. 2022), where a better training counts like a larger model. By how much is what the
makers themselves say of their families, in coarse steps and with distrust: Qwen3 bases are as good as Qwen2.5
ones of twice the size (Qwen3 technical report, 2025), DeepSeek-Coder 7B (2024) and StarCoder2 15B (2024) as
CodeLlama 34B. No labels were fitted. docs/benchmarks-edits.md says what this is worth beside equal and beside
learned rates. Only the proportions of the rates count.
"""

import math
import re
from dataclasses import dataclass

# 1 B parameters of an ordinary family pass so often, and twice the size that much oftener.
_OF_ONE_BILLION, _PER_DOUBLING = 0.15, 0.10
_LEAST, _MOST = 0.05, 0.85
# What was tuned to follow instructions does an edit as a base model a quarter larger does.
_TUNED = 1.25
# A name that tells no size: somewhere in the middle of what people run on one machine.
UNKNOWN_BILLIONS = 7.0
_SIZE = re.compile(r"(?<![a-z0-9.])(?:(\d{1,3})x)?(\d{1,4}(?:\.\d{1,3})?)b(?![a-z0-9])")
_SMALL_SIZE = re.compile(r"(?<![a-z0-9.])(\d{2,4})m(?![a-z0-9])")
_TUNED_NAME = re.compile(r"(?<![a-z0-9])(?:instruct|it|chat|sft|dpo|assistant)(?![a-z0-9])")


@dataclass(frozen=True, slots=True)
class KnownFamily:
    """A lower-case ``fragment`` of model names, and by which ``factor`` its training makes it larger.

    ``billions`` is as how large a model without a size in its name counts; where that is not 0 the model is
    only served tuned.
    """

    fragment: str
    factor: float
    billions: float = 0.0


# Of several fragments in a name the longest one counts.
KNOWN_FAMILIES = (
    KnownFamily("claude", 1.5, 70.0),
    KnownFamily("claude-3-haiku", 1.5, 20.0),
    KnownFamily("claude-opus", 1.5, 80.0),
    KnownFamily("gpt", 1.5, 50.0),
    KnownFamily("gpt-4.1-mini", 1.5, 30.0),
    KnownFamily("gpt-4.1-nano", 1.5, 8.0),
    KnownFamily("gpt-4o-mini", 1.5, 20.0),
    KnownFamily("gpt-oss", 1.5),
    KnownFamily("gemini", 1.5, 60.0),
    KnownFamily("deepseek", 1.5, 60.0),
    KnownFamily("deepseek-coder", 1.5),
    KnownFamily("codestral", 1.2, 22.0),
    KnownFamily("devstral", 1.5, 24.0),
    KnownFamily("qwen3", 2.0),
    KnownFamily("qwen2.5-coder", 1.5),
    KnownFamily("qwen2.5", 1.0),
    KnownFamily("granite", 0.9),
    KnownFamily("starcoder2", 1.0),
    KnownFamily("starcoder", 0.6),
    KnownFamily("codellama", 0.6),
    KnownFamily("code-llama", 0.6),
    KnownFamily("llama", 0.8),
    KnownFamily("gemma", 0.9),
    KnownFamily("smollm2", 0.7),
)


def edit_prior_of(name: str) -> float:
    """Return how often (0 to 1) an edit of the model ``name`` is held to be right."""
    lower = name.lower().replace("_", "-").replace(":", "-")
    family = max(
        (known for known in KNOWN_FAMILIES if known.fragment in lower),
        key=lambda known: len(known.fragment),
        default=KnownFamily("", 1.0),
    )
    size = billions_in(lower)
    tuned = (size is None and family.billions > 0) or bool(_TUNED_NAME.search(lower))
    billions = size if size is not None else family.billions or UNKNOWN_BILLIONS
    worth = billions * family.factor * (_TUNED if tuned else 1.0)
    return min(max(_OF_ONE_BILLION + _PER_DOUBLING * math.log2(worth), _LEAST), _MOST)


def billions_in(name: str) -> float | None:
    """Return how many billions of parameters the lower-case ``name`` says, None where it says nothing."""
    found = _SIZE.search(name)
    if found:
        billions = float(found[2]) * (int(found[1]) if found[1] else 1)
        return billions or None
    small = _SMALL_SIZE.search(name)
    return int(small[1]) / 1_000 or None if small else None
