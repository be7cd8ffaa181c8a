"""Whether a literal is a secret, when the name that it is given says how likely that is."""

import math
import re
from collections import Counter
from enum import IntEnum

PLACEHOLDER = "<redacted>"


class Kind(IntEnum):
    """How much a name says of its value."""

    PASSWORD = 0  # any literal is one
    KEY = 1  # a literal with digits, or a long one
    TOKEN = 2  # one that looks random: in a compiler everything is a token


# An expression, a reference or a place to be filled in.
REFERENCE = re.compile(
    r"\$[{(]|\A\$\w+\Z|\$[A-Z_]{3}|\{\{|\{[^{}]*\}|%[sdr(]|%\w{1,40}%|<[\w .:/-]+>|\*{3}|[xX]{4,40}\Z|\.{3}"
    r"|\A(?:os|self|this|process|config|env|settings|args|vault|ref|arn|file|secretsmanager|ssm|keyring|op|vars?|local"
    r"|data|module)[.:]|\A(?:https?:|\.{0,2}/|~/)|\\[wdsb]|\A[@^&][a-z_]+\Z"
)
_PLACE = re.compile(
    r"(?:your|my|the|some|any|an?|enter|insert|replace|dummy|example|sample|placeholder|redacted|changeme|todo|none|null"
    r"|nil|undefined|true|false|required|optional|hidden|text|string|str|bytes|current|new|test|foo|bar|baz|empty|default)"
    r"(?:[-_ ].*)?\Z",
    re.IGNORECASE | re.DOTALL,
)
_WORDS_OF_NAMES = re.compile(
    r"passw(?:or)?d|passphrase|pwd|secret|token|credential|(?<![a-z])(?:key|auth|login|user|hash|salt)(?![a-z])",
    re.IGNORECASE,
)

# From letters to digits and back: a name has a number at its end, and what was drawn by lot has many.
_TURNS = re.compile(r"\d(?=[^\W\d])|[^\W\d](?=\d)")
FEWEST_TURNS = 3


def is_secret(value: str, kind: Kind, least: int = 4) -> bool:
    """Tell whether ``value``, of ``least`` signs or more, is a secret under a name of this ``kind``."""
    if len(value) < least or PLACEHOLDER in value or REFERENCE.search(value) or _PLACE.match(value):
        return False
    if kind is Kind.TOKEN:
        return looks_random(value, least=10) and len(_TURNS.findall(value)) >= FEWEST_TURNS
    mixed = is_mixed(value)
    if not mixed and (_WORDS_OF_NAMES.search(value) or value.isdigit()):
        return False
    if kind is Kind.KEY:
        return (
            looks_random(value, least=8)
            if mixed
            else len(value) >= 12 and _entropy(value) >= 3 and value.isalnum()
        )
    if " " in value:
        # A phrase is a sentence if it is written like one.
        return not (value[0].isupper() or value[0] == " " or value.rstrip()[-1] in ".:?!,)")
    return bool(re.search(r"\w", value)) and not re.fullmatch(
        r"[A-Z]+(?:_[A-Z]+)+|[\w.-]+\.(?:txt|json|ya?ml|key|pem|py|html?)", value
    )


def is_mixed(value: str) -> bool:
    """Tell whether ``value`` has letters and digits."""
    return bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value))


def looks_random(value: str, least: int) -> bool:
    """Tell whether ``value`` is as long as ``least`` and looks like letters that were drawn by lot."""
    if len(value) < least or not is_mixed(value) or re.search(r"[\s(){}<>\[\],;]", value):
        return False
    if re.fullmatch(r"[A-Z0-9]+(?:_[A-Z0-9]+)+", value):
        # The name of a constant.
        return False
    if re.search(
        r"\.(?:py|js|ts|json|html?|com|org|net|io|dev|txt|md|png|svg)\b|://|\A[\w.-]+@", value
    ):
        return False
    return _entropy(value) >= 2.7


def _entropy(value: str) -> float:
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())
