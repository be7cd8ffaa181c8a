"""C."""

from fusionls.core.language import Language, Naming

_NAMING = Naming(
    names=("identifier",),
    functions=("translation_unit", "function_definition"),
    blocks=(
        "compound_statement",
        "for_statement",
        "if_statement",
        "while_statement",
        "case_statement",
    ),
    classes=("field_declaration_list",),
    rules=(
        ("declaration", "-type =declarator"),
        ("init_declarator", "value +declarator"),
        ("field_declaration", "-type =declarator"),
        ("function_definition", "-type ^declarator =declarator body"),
        ("function_declarator", "+declarator %parameters"),
        ("parameter_declaration", "-type =declarator"),
        ("enumerator", "^name value"),
        ("type_definition", "-declarator type"),
        ("preproc_include", "-*"),
        ("preproc_def", "^name -value"),
        ("preproc_function_def", "^name -parameters -value"),
        ("preproc_ifdef", "-name"),
        ("preproc_if", "-condition"),
        ("preproc_elif", "-condition"),
        ("call_expression", "!function arguments"),
        ("sizeof_expression", "-type value"),
        ("attribute_specifier", "-*"),
        ("gnu_asm_expression", "-*"),
    ),
    used=("field_expression", "subscript_expression", "call_expression"),
    known=frozenset(("stdin", "stdout", "stderr", "errno", "main", "environ")),
    variables_only=True,
)


def _grammar() -> object:
    import tree_sitter_c

    return tree_sitter_c.language()


LANGUAGE = Language(
    name="c",
    ids=("c",),
    extensions=(".c", ".h"),
    grammar=_grammar,
    line_comment="//",
    endings=(";", " {}", " = x;", " x;", "\n#endif\n", "\n"),
    tails=(" while (x);",),
    block_end="{",
    block_openers=(
        "if (",
        "for (",
        "while (",
        "} else if (",
        "} else {",
        "switch (",
        "do {",
        "static ",
        "struct ",
        "void ",
        "int ",
    ),
    leavers=("return", "break", "continue", "goto"),
    block_binders=("for (int {name} = ", "for (size_t {name} = ", "for ({name} = "),
    naming=_NAMING,
)
