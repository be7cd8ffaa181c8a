"""C."""

from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_c

    return tree_sitter_c.language()


LANGUAGE = Language(
    name="c",
    ids=("c",),
    extensions=(".c", ".h"),
    grammar=_grammar,
    line_comment="//",
    endings=(";", " {}", " = x;", " x;", "\n#endif\n", "\n"),
    tails=(" while (x);",),
)
