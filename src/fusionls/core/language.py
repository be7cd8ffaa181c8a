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


@dataclass(frozen=True, slots=True)
class Naming:
    """Where the syntax tree of a language binds names and where it uses them.

    All are node types of its grammar. ``names`` are the leaves that are names. ``functions`` begin a
    scope that runs later, ``blocks`` one that runs in place, and ``classes`` one whose names are seen
    from nowhere but directly inside.

    ``rules`` say for a node type in which order its fields are read and what becomes of the names in
    them, as words: ``f`` reads field f, ``=f`` binds the names in it in the scope of the node, ``^f`` in
    the scope around the node, for the whole of it, ``~f`` in the function around it, ``+f`` as the place
    of the node says, and ``-f`` leaves it out. ``!f`` leaves it out if it is nothing but a name, ``%f``
    binds like ``=f`` but not beside a ``^``, and ``'f`` binds every word of its text. ``*`` are the children
    without a field and the fields that are not mentioned, read last where nothing is said of them.

    ``used`` are node types that even where names are bound only use names: the target ``a[i]`` binds
    neither. ``known`` are names that need no binding. A piece with a node type of ``unsure`` in it
    tells nothing: it may bind names that cannot be seen; with ``=`` before it only where names are bound.
    ``variables_only`` is for languages whose files see names of other files: only names are told that
    look like a variable and are used in a function. ``callback`` is what stands between ``(`` and
    ``{`` where a function is an argument.
    """

    names: tuple[str, ...]
    functions: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]
    blocks: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    unsure: tuple[str, ...] = ()
    variables_only: bool = False
    callback: str = ""


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
    ``accepts`` asks the language itself whether a whole text is correct; None means that it cannot tell.

    What follows tells of the line that is being written (``core/missing_line.py``). ``block_end`` is
    what a line that opens a block ends with, and ``block_openers`` the beginnings it may have. A line
    that begins with one of ``leavers`` is the last of its block, one that begins with one of
    ``continuers`` goes on with the statement above it. Where blocks are indented, ``continued`` says
    with which words that statement may begin, and ``function_openers`` begin a function. ``binders`` are
    the ways in which a line may begin to bind ``{name}``, ``block_binders`` those that open a block,
    ``function_form`` the one of them that names a function and goes on with its parameters, and
    ``import_form`` brings one of ``modules`` in; ``binds_several`` allows several names with commas.
    ``naming`` finds the names that are bound and used, None where the grammar does not make it sure.
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
    accepts: Callable[[str], bool | None] | None = None
    block_end: str = ""
    block_openers: tuple[str, ...] = ()
    leavers: tuple[str, ...] = ("return", "break", "continue", "throw")
    continuers: tuple[str, ...] = ("else", "catch", "finally", "case", "default")
    function_openers: tuple[str, ...] = ()
    continued: tuple[tuple[str, tuple[str, ...]], ...] = ()
    binders: tuple[str, ...] = ()
    block_binders: tuple[str, ...] = ()
    binds_several: bool = False
    function_form: str = ""
    import_form: str = ""
    modules: frozenset[str] = frozenset()
    naming: Naming | None = None
