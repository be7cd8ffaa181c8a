"""What a model may read: the text around the cursor and snippets of other open documents."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of another open document; ``path`` is relative to the project if it lies in one."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class CompletionContext:
    """The text around the cursor, cut to a member's budget.

    ``prefix`` starts at the start of a line; ``line_comment`` is the language's marker for a comment
    that runs to the end of the line (empty where it has none).
    """

    prefix: str
    suffix: str
    path: str = ""
    language: str = ""
    line_comment: str = ""
    snippets: tuple[Snippet, ...] = ()
