"""TypeScript."""

from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_typescript

    return tree_sitter_typescript.language_typescript()


LANGUAGE = Language(
    name="typescript",
    ids=("typescript",),
    extensions=(".ts", ".mts", ".cts"),
    grammar=_grammar,
    line_comment="//",
    long_quotes=("`",),
    endings=(";", " {}", " => {}", ": x", " = x;", " from 'x';"),
    tails=(
        " catch {}",
        " while (x);",
    ),
)
