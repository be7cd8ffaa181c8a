"""Text of the user on its way into a prompt."""

from collections.abc import Iterable

from fusionls.core.context import CompletionContext
from fusionls.core.text import split_lines


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


def snippets_as_comments(context: CompletionContext) -> str:
    """Return the snippets of other files as comment lines, ``""`` if the language has no comments."""
    marker = context.line_comment
    if not marker:
        return ""
    lines: list[str] = []
    for snippet in context.snippets:
        body = split_lines(snippet.text.rstrip())
        lines += [f"{marker} {line}".rstrip() + "\n" for line in (snippet.path, *body)]
        lines.append("\n")
    return "".join(lines)
