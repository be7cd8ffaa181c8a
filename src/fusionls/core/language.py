"""What the deciding code knows of a programming language."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class BlockStyle(StrEnum):
    """How a language encloses the statements of a block."""

    INDENT = "indent"
    BRACES = "braces"
    KEYWORD = "keyword"
    TAGS = "tags"


BRACKETS = ((r"\(", ")"), (r"\[", "]"), (r"\{", "}"))


@dataclass(frozen=True, slots=True)
class Language:
    """A language with a grammar. One file in ``core/languages`` makes one.

    ``ids`` are the language ids of the Language Server Protocol 3.17 (``TextDocumentItem``) and
    ``extensions`` the endings of file names, with their dot. ``grammar`` imports the grammar's wheel
    when it is called, not before: start-up time counts.

    ``pairs`` are what has to be closed: a pattern that opens and the text that closes. ``quotes`` are
    the delimiters of strings, those that may run over lines in ``long_quotes``, and ``comments`` the
    pairs that enclose a comment.

    The rest serves the gate's probes (``core/continuations.py``), which ask whether an answer can
    still be continued to something that parses. ``placeholder`` is an expression and ``filler`` a
    statement; ``endings`` finish what a line may have begun and ``tails`` are what must follow a closed
    block. In both ``\\n`` is a new line at the answer's indentation and ``\\t`` one step deeper.
    ``never_empty`` names the node types that a grammar accepts empty although the language does not.
    """

    name: str
    ids: tuple[str, ...]
    extensions: tuple[str, ...]
    grammar: Callable[[], object]
    line_comment: str = ""
    block: BlockStyle = BlockStyle.BRACES
    pairs: tuple[tuple[str, str], ...] = BRACKETS
    quotes: tuple[str, ...] = ('"', "'")
    long_quotes: tuple[str, ...] = ()
    comments: tuple[tuple[str, str], ...] = (("/*", "*/"),)
    placeholder: str = "x"
    filler: str = "x;"
    endings: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    never_empty: tuple[str, ...] = ()
