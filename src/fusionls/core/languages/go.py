"""Go."""

from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_go

    return tree_sitter_go.language()


LANGUAGE = Language(
    name="go",
    ids=("go",),
    extensions=(".go",),
    grammar=_grammar,
    line_comment="//",
    long_quotes=("`",),
    filler="x()",
    endings=("\n", " {}", " {\n}", " := x", ": x,", ","),
)
