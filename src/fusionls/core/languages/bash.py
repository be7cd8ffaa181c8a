"""Shell scripts."""

from fusionls.core.language import BlockStyle, Language


def _grammar() -> object:
    import tree_sitter_bash

    return tree_sitter_bash.language()


LANGUAGE = Language(
    name="bash",
    ids=("shellscript", "bash", "sh"),
    extensions=(".sh", ".bash", ".zsh", ".ksh"),
    grammar=_grammar,
    line_comment="#",
    block=BlockStyle.KEYWORD,
    # Words are commands only where a command may begin.
    pairs=(
        (r"\(", ")"),
        (r"\{", "}"),
        (r"\[\[", "]]"),
        (r"(?:(?<=[\n;|&])|\A)[ \t]*if\b", "fi"),
        (r"(?:(?<=[\n;|&])|\A)[ \t]*do\b", "done"),
        (r"(?:(?<=[\n;|&])|\A)[ \t]*case\b", "esac"),
    ),
    quotes=(),
    long_quotes=('"', "'"),
    comments=(),
    filler=":",
    endings=(
        "; then\n:\nfi",
        "\nthen\n:\nfi",
        "; do\n:\ndone",
        "\ndo\n:\ndone",
        "\n:\nfi",
        "\n;;\nesac",
        " {\n:\n}",
    ),
    block_openers=("if ", "for ", "while ", "until ", "case ", "elif ", "else", "function "),
    leavers=("return", "break", "continue", "exit"),
    continuers=("else", "elif", "then", "do"),
    binders=("{name}=", "local {name}="),
    block_binders=("for {name} in ",),
)
