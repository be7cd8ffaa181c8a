"""Java."""

from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_java

    return tree_sitter_java.language()


LANGUAGE = Language(
    name="java",
    ids=("java",),
    extensions=(".java",),
    grammar=_grammar,
    line_comment="//",
    long_quotes=('"""',),
    filler="x();",
    endings=(
        ";",
        " {}",
        " -> {}",
        " = x;",
        " x;",
        "\nvoid x() {}",
        "\nclass X {}",
    ),
    tails=(
        " catch (X x) {}",
        " while (x);",
    ),
)
