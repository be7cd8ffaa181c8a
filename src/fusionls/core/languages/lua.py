"""Lua."""

from fusionls.core.language import BRACKETS, BlockStyle, Language


def _grammar() -> object:
    import tree_sitter_lua

    return tree_sitter_lua.language()


LANGUAGE = Language(
    name="lua",
    ids=("lua",),
    extensions=(".lua",),
    grammar=_grammar,
    line_comment="--",
    block=BlockStyle.KEYWORD,
    pairs=(*BRACKETS, (r"\b(?:function|if|do)\b", "end"), (r"\brepeat\b", "until true")),
    comments=(("--[[", "]]"),),
    filler="x()",
    endings=(" then\nend", " do\nend", "\nend"),
    block_openers=(
        "if ",
        "for ",
        "while ",
        "elseif ",
        "else",
        "repeat",
        "function ",
        "local function ",
        "local ",
        "return ",
    ),
    leavers=("return", "break", "goto"),
    continuers=("else", "elseif", "until"),
    binders=("local {name} = ",),
    block_binders=(
        "for {name} = ",
        "for {name} in ",
        "for _, {name} in ",
        "local function {name}(",
    ),
)
