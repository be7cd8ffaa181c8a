"""JavaScript."""

from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_javascript

    return tree_sitter_javascript.language()


LANGUAGE = Language(
    name="javascript",
    ids=("javascript", "javascriptreact"),
    extensions=(".js", ".jsx", ".mjs", ".cjs"),
    grammar=_grammar,
    line_comment="//",
    long_quotes=("`",),
    endings=(";", " {}", " => {}", ": x", " from 'x';"),
    tails=(
        " catch {}",
        " while (x);",
    ),
)
