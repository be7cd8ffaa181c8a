"""How often well-known models are right before anything is known of this user, and who made them.

The priors are shares of first lines that were exactly right on 738 recorded completions in six languages
(docs/benchmarks.md), and for models that were not among them a guess between the two that are closest.
Only their proportions count: a harder kind of place makes all of them worse.
"""

from dataclasses import dataclass

# A model that nobody has measured is taken for a small one: a strong one that is held for weak loses a
# point in the vote, a weak one that is held for strong takes the vote from others.
UNKNOWN_PRIOR = 0.3


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A lower-case ``fragment`` of model names, the maker, and how often such a model is right (0 to 1)."""

    fragment: str
    maker: str
    prior: float


# Of several fragments in a name the longest one counts.
KNOWN_MODELS = (
    KnownModel("claude", "anthropic", 0.50),
    KnownModel("claude-3-5-haiku", "anthropic", 0.45),
    KnownModel("claude-3-7-sonnet", "anthropic", 0.48),
    KnownModel("claude-4-sonnet", "anthropic", 0.51),
    KnownModel("claude-sonnet-4", "anthropic", 0.51),
    KnownModel("claude-opus-4", "anthropic", 0.51),
    KnownModel("gpt", "openai", 0.48),
    KnownModel("gpt-4.1", "openai", 0.49),
    KnownModel("gpt-4.1-mini", "openai", 0.50),
    KnownModel("gpt-4.1-nano", "openai", 0.38),
    KnownModel("gpt-4o", "openai", 0.51),
    KnownModel("gpt-4o-mini", "openai", 0.45),
    KnownModel("gemini", "google", 0.49),
    KnownModel("gemma", "google", 0.30),
    KnownModel("codegemma", "google", 0.38),
    KnownModel("deepseek", "deepseek", 0.48),
    KnownModel("deepseek-v3-0324", "deepseek", 0.50),
    KnownModel("deepseek-v3.1", "deepseek", 0.48),
    KnownModel("deepseek-coder", "deepseek", 0.42),
    KnownModel("deepseek-coder-1.3b", "deepseek", 0.34),
    KnownModel("ministral-3b", "mistral", 0.27),
    KnownModel("ministral", "mistral", 0.33),
    KnownModel("mistral", "mistral", 0.40),
    KnownModel("codestral", "mistral", 0.49),
    KnownModel("devstral", "mistral", 0.46),
    KnownModel("qwen", "qwen", 0.42),
    KnownModel("qwen2.5-coder", "qwen", 0.44),
    KnownModel("qwen2.5-coder-0.5b", "qwen", 0.25),
    KnownModel("qwen2.5-coder-1.5b", "qwen", 0.33),
    KnownModel("qwen2.5-coder-3b", "qwen", 0.37),
    KnownModel("qwen2.5-coder-7b", "qwen", 0.44),
    KnownModel("qwen2.5-coder-14b", "qwen", 0.46),
    KnownModel("qwen2.5-coder-32b", "qwen", 0.48),
    KnownModel("qwen3-coder", "qwen", 0.48),
    KnownModel("granite", "ibm", 0.30),
    KnownModel("granite-3.3-2b", "ibm", 0.24),
    KnownModel("granite-3.3-8b", "ibm", 0.28),
    KnownModel("granite-3.3-8b-instruct", "ibm", 0.15),
    KnownModel("llama", "meta", 0.40),
    KnownModel("codellama", "meta", 0.38),
    KnownModel("starcoder", "bigcode", 0.38),
    KnownModel("smollm2", "huggingface", 0.24),
)


def known_model(name: str) -> KnownModel | None:
    """Return what is known of the model ``name``, None for one that is not in the table."""
    lower = name.lower().replace("_", "-").replace(":", "-")
    fitting = (known for known in KNOWN_MODELS if known.fragment in lower)
    return max(fitting, key=lambda known: len(known.fragment), default=None)


def prior_of(name: str) -> float:
    """Return the prior (0 to 1) of the model ``name``, ``UNKNOWN_PRIOR`` for one that nobody knows."""
    known = known_model(name)
    return known.prior if known else UNKNOWN_PRIOR


def maker_of(name: str) -> str:
    """Return who made the model ``name``, empty for one that nobody knows."""
    known = known_model(name)
    return known.maker if known else ""
