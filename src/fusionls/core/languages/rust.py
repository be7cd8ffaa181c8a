"""Rust."""

from fusionls.core.language import Language, Naming

_NAMING = Naming(
    names=("identifier",),
    functions=("source_file", "function_item", "closure_expression"),
    blocks=("block", "for_expression", "if_expression", "while_expression", "match_arm"),
    rules=(
        ("use_declaration", "-*"),
        ("let_declaration", "-type value =pattern alternative"),
        ("parameter", "-type =pattern"),
        ("closure_expression", "=parameters -return_type body"),
        ("for_expression", "value =pattern body"),
        ("let_condition", "value =pattern"),
        ("match_arm", "=pattern value"),
        ("match_pattern", "=* condition"),
        ("tuple_struct_pattern", "-type +*"),
        ("struct_pattern", "-type +*"),
        ("field_pattern", "+name +pattern"),
        ("range_pattern", "-*"),
        ("const_item", "^name -type value"),
        ("static_item", "^name -type value"),
        ("function_item", "^name -type_parameters =parameters -return_type body"),
        ("function_signature_item", "-*"),
        ("mod_item", "^name body"),
        ("struct_item", "-*"),
        ("enum_item", "-*"),
        ("union_item", "-*"),
        ("attribute_item", "-*"),
        ("inner_attribute_item", "-*"),
        ("extern_crate_declaration", "-*"),
        ("macro_definition", "-*"),
        ("macro_invocation", "-*"),
        ("label", "-*"),
        ("struct_expression", "-name body"),
        ("field_initializer", "-field value"),
        ("scoped_identifier", "-*"),
        ("generic_function", "-*"),
        ("type_arguments", "-*"),
        ("call_expression", "!function arguments"),
    ),
    used=("field_expression", "index_expression", "call_expression"),
    known=frozenset(("_",)),
    variables_only=True,
    callback="|| ",
)


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
    block_end="{",
    block_openers=(
        "if ",
        "for ",
        "while ",
        "} else if ",
        "} else {",
        "match ",
        "loop {",
        "fn ",
        "pub ",
        "impl ",
        "let ",
        "struct ",
        "enum ",
        "mod ",
        "unsafe {",
    ),
    leavers=("return", "break", "continue", "panic"),
    continuers=("else",),
    binders=("let {name} = ", "let mut {name} = ", "let {name}: "),
    block_binders=("for {name} in ", "fn {name}(", "let {name} = ", "if let Some({name}) = "),
    function_form="fn {name}(",
    naming=_NAMING,
)
