"""Text without the secrets in it, for members that are not on this machine.

What is found is what can be told by its looks: tokens of known vendors, private keys, values that their
names call a password, passwords in addresses. It is a net below the rules for files, not in their place.
"""

from collections.abc import Iterable

from fusionls.core.secret_literals import PLACEHOLDER
from fusionls.core.secret_tokens import Span, key_block_spans, token_spans
from fusionls.core.secret_values import named_spans
from fusionls.core.text import lines_with_ends

# A private key of 16,384 bits takes so many code points, also as a piece of a program.
LONGEST_KEY = 16_000
_KEY_BEGINS = ("PRIVATE KEY", "Private-Lines", "Static key")
# Other secrets stand within a few lines of what tells them.
_NEAR = 1_000
# What was replaced can let another secret be seen for what it is; twice has always been enough.
MOST_PASSES = 4


def redacted(text: str) -> str:
    """Return ``text`` with every secret in it replaced by a placeholder, on as many lines as before.

    Takes time that grows with the text and no faster. A text that was redacted stays as it is.
    """
    return "".join(redacted_around(text, ""))


def redacted_words(words: str) -> str:
    """Return what a person or a compiler says about code without secrets.

    Code that it quotes behind a colon is looked at as a line of its own, too.
    """
    for colon in (": ", ":\n"):
        said, sign, quoted = words.partition(colon)
        words = f"{redacted(said)}{sign}{redacted(quoted)}"
    return redacted(words)


def redacted_around(prefix: str, suffix: str) -> tuple[str, str]:
    """Return the texts before and behind a cursor without secrets, also such as it stands in."""
    for _ in range(MOST_PASSES):
        spans = secret_spans(prefix + suffix)
        if not spans:
            break
        cut = len(prefix)
        before = [(start, min(end, cut)) for start, end in spans if start < cut]
        behind = [(max(start, cut) - cut, end - cut) for start, end in spans if end > cut]
        prefix, suffix = _without(prefix, before), _without(suffix, behind)
    return prefix, suffix


def redacted_behind(before: str, prefix: str, suffix: str = "") -> tuple[str, str]:
    """Return ``prefix`` and ``suffix`` without secrets, also such as only ``before`` tells for what they are.

    ``before`` is what stands before ``prefix``, which starts at the start of a line. Of ``before`` at most
    ``LONGEST_KEY`` code points are looked at.
    """
    before = before[-LONGEST_KEY:]
    begin = max(map(before.rfind, _KEY_BEGINS))
    near = max(0, len(before) - _NEAR)
    # The whole line of the mark, and not half of a line that is a secret.
    start = before.rfind("\n", 0, near if begin < 0 else min(begin, near)) + 1
    told = before[start:]
    if not told:
        return redacted_around(prefix, suffix)
    both, suffix = redacted_around(told + prefix, suffix)
    return "".join(lines_with_ends(both)[len(lines_with_ends(told)) :]), suffix


def secret_spans(text: str) -> list[Span]:
    """Return where secrets stand in ``text``: in order, apart from each other, none over a line's end."""
    found = sorted({*key_block_spans(text), *token_spans(text), *named_spans(text)})
    merged: list[Span] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return [(start, end) for start, end in merged if text[start:end] != PLACEHOLDER]


def _without(text: str, spans: Iterable[Span]) -> str:
    parts = []
    at = 0
    for start, end in spans:
        parts += [text[at:start], PLACEHOLDER]
        at = end
    return "".join([*parts, text[at:]])
