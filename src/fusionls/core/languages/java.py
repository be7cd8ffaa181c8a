"""Java."""

from fusionls.core.language import Language, Naming

_NAMING = Naming(
    names=("identifier",),
    functions=(
        "program",
        "method_declaration",
        "constructor_declaration",
        "lambda_expression",
        "static_initializer",
    ),
    blocks=(
        "block",
        "constructor_body",
        "for_statement",
        "enhanced_for_statement",
        "try_with_resources_statement",
        "catch_clause",
        "switch_block",
        "switch_rule",
    ),
    classes=("class_body", "interface_body", "enum_body"),
    rules=(
        ("class_declaration", "^name"),
        ("interface_declaration", "^name"),
        ("enum_declaration", "^name"),
        ("record_declaration", "^name =parameters"),
        ("enum_constant", "^name"),
        ("import_declaration", "-*"),
        ("package_declaration", "-*"),
        ("method_declaration", "^name =parameters -type body"),
        ("constructor_declaration", "-name =parameters body"),
        ("formal_parameter", "-type =name"),
        ("spread_parameter", "=*"),
        ("variable_declarator", "value =name"),
        ("catch_formal_parameter", "=name"),
        ("resource", "-type value =name"),
        ("enhanced_for_statement", "-type value =name body"),
        ("lambda_expression", "=parameters body"),
        ("instanceof_expression", "left =name"),
        ("type_pattern", "=*"),
        ("record_pattern_component", "=*"),
        ("method_invocation", "object -name arguments"),
        ("method_reference", "-*"),
        ("field_access", "object -field"),
        ("scoped_identifier", "-*"),
        ("annotation", "-*"),
        ("marker_annotation", "-*"),
        ("break_statement", "-*"),
        ("continue_statement", "-*"),
    ),
    used=("field_access", "array_access", "method_invocation"),
    # Fields of a class that is extended are bound elsewhere.
    unsure=("superclass", "labeled_statement"),
    variables_only=True,
    callback="() -> ",
)


def _grammar() -> object:
    import tree_sitter_java

    return tree_sitter_java.language()


LANGUAGE = Language(
    name="java",
    ids=("java",),
    extensions=(".java",),
    grammar=_grammar,
    line_comment="//",
    long_quotes=('"""',),
    filler="x();",
    endings=(
        ";",
        " {}",
        " -> {}",
        " = x;",
        " x;",
        "\nvoid x() {}",
        "\nclass X {}",
    ),
    tails=(
        " catch (X x) {}",
        " while (x);",
    ),
    block_end="{",
    block_openers=(
        "if (",
        "for (",
        "while (",
        "} else if (",
        "} else {",
        "try {",
        "try (",
        "} catch (",
        "} finally {",
        "switch (",
        "do {",
        "public ",
        "private ",
        "protected ",
        "static ",
        "class ",
        "case ",
    ),
    binders=("var {name} = ",),
    block_binders=("for (int {name} = ", "for (var {name} : ", "for (String {name} : "),
    naming=_NAMING,
)
