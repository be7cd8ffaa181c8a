"""Python."""

from fusionls.core.language import BlockStyle, Language


def _grammar() -> object:
    import tree_sitter_python

    return tree_sitter_python.language()


LANGUAGE = Language(
    name="python",
    ids=("python",),
    extensions=(".py", ".pyi", ".pyw"),
    grammar=_grammar,
    line_comment="#",
    block=BlockStyle.INDENT,
    long_quotes=('"""', "'''"),
    comments=(),
    filler="pass",
    endings=(
        ":\n\tpass",
        "\npass",
        "\ndef x():\n\tpass",
        " in x:\n\tpass",
    ),
    # The grammar reads `if x:` with nothing below it as an empty block.
    never_empty=("block",),
    tails=("\nexcept Exception:\n\tpass",),
)
