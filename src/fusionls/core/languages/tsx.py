"""TypeScript with JSX."""

from fusionls.core.ecmascript import BINDERS, BLOCK_BINDERS, BLOCK_OPENERS, NAMING
from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_typescript

    return tree_sitter_typescript.language_tsx()


LANGUAGE = Language(
    name="tsx",
    ids=("typescriptreact",),
    extensions=(".tsx",),
    grammar=_grammar,
    line_comment="//",
    long_quotes=("`",),
    endings=(";", " {}", " => {}", ": x", " = x;", " from 'x';"),
    tails=(
        " catch {}",
        " while (x);",
    ),
    block_end="{",
    block_openers=BLOCK_OPENERS,
    binders=BINDERS,
    block_binders=BLOCK_BINDERS,
    function_form="function {name}(",
    naming=NAMING,
)
