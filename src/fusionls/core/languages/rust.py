"""Rust."""

from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_rust

    return tree_sitter_rust.language()


LANGUAGE = Language(
    name="rust",
    ids=("rust",),
    extensions=(".rs",),
    grammar=_grammar,
    line_comment="//",
    # A lone quote begins a lifetime far more often than a character.
    quotes=(),
    long_quotes=('"',),
    endings=(";", " {}", " => {}", " => x,", " = x;", ": x", "\nfn x() {}"),
)
