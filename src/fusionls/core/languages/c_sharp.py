"""C#."""

from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_c_sharp

    return tree_sitter_c_sharp.language()


LANGUAGE = Language(
    name="c-sharp",
    ids=("csharp", "c-sharp"),
    extensions=(".cs", ".csx"),
    grammar=_grammar,
    line_comment="//",
    long_quotes=('"""',),
    filler="x();",
    endings=(
        ";",
        " {}",
        " => x;",
        " => {}",
        " = x;",
        " x;",
        "\nvoid x() {}",
        "\nclass X {}",
        "\n#endif\n",
    ),
    tails=(
        " catch {}",
        " while (x);",
    ),
)
