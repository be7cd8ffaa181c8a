"""Other files on their way into a prompt."""

from fusionls.core.context import CompletionContext
from fusionls.core.text import split_lines


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
