"""Text of the user on its way into a prompt."""

from collections.abc import Iterable


def defused(text: str, special_tokens: Iterable[str]) -> str:
    """Return ``text`` with every special token broken by a blank behind its first character.

    A file about prompts, or one written to mislead, would otherwise steer the model's server, which
    reads such a token wherever it stands. Only the prompt is changed, never what is shown.
    """
    for token in special_tokens:
        word = token.strip()
        if word in text:
            text = text.replace(word, f"{word[0]} {word[1:]}")
    return text
