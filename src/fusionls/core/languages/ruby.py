"""Ruby."""

from fusionls.core.language import BRACKETS, BlockStyle, Language


def _grammar() -> object:
    import tree_sitter_ruby

    return tree_sitter_ruby.language()


LANGUAGE = Language(
    name="ruby",
    ids=("ruby",),
    extensions=(".rb", ".rake", ".gemspec"),
    grammar=_grammar,
    line_comment="#",
    block=BlockStyle.KEYWORD,
    # A modifier (`return if x`) opens nothing, so most openers count only where a statement begins.
    pairs=(
        *BRACKETS,
        (
            r"(?:(?<=\n)|(?<=;)|\A|(?<==))[ \t]*(?:if|unless|while|until|for|case|def|class|module|begin)\b",
            "end",
        ),
        (r"\bdo\b", "end"),
    ),
    comments=(),
    filler="x",
    endings=("\nend", "\nx"),
    block_openers=(
        "if ",
        "unless ",
        "while ",
        "until ",
        "for ",
        "def ",
        "class ",
        "module ",
        "case ",
        "begin",
        "elsif ",
        "else",
        "rescue",
        "ensure",
        "when ",
    ),
    leavers=("return", "break", "next", "redo", "retry", "raise"),
    continuers=("else", "elsif", "when", "in", "rescue", "ensure"),
    binders=("{name} = ",),
    block_binders=("for {name} in ", "def {name}("),
)
