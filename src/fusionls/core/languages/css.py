"""CSS."""

from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_css

    return tree_sitter_css.language()


LANGUAGE = Language(
    name="css",
    ids=("css",),
    extensions=(".css",),
    grammar=_grammar,
    filler="color: red;",
    endings=(";", " {}", ": red;", " red;"),
    block_end="{",
)
