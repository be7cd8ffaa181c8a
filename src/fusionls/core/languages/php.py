"""PHP."""

from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_php

    return tree_sitter_php.language_php()


LANGUAGE = Language(
    name="php",
    ids=("php",),
    extensions=(".php", ".phtml"),
    grammar=_grammar,
    line_comment="//",
    long_quotes=('"', "'"),
    placeholder="$x",
    filler="$x;",
    endings=(
        ";",
        " {}",
        " => $x",
        " = $x;",
        "\nfunction x() {}",
    ),
    tails=(
        " catch (X $x) {}",
        " while ($x);",
    ),
    block_end="{",
    block_openers=(
        "if (",
        "for (",
        "foreach (",
        "while (",
        "} else if (",
        "} elseif (",
        "} else {",
        "try {",
        "} catch (",
        "} finally {",
        "switch (",
        "function ",
        "public ",
        "private ",
        "protected ",
        "class ",
    ),
    binders=("{name} = ",),
)
