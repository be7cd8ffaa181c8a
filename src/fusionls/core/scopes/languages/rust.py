"""Rust."""

from fusionls.core.scopes.rules import Calls, ScopeRules

_QUERY = """
[(function_item) (closure_expression)] @scope.function
[(block) (for_expression) (if_expression) (while_expression) (match_arm)] @scope.block
[(identifier) (shorthand_field_identifier)] @name

(function_item name: (_) @binds.outer.early)
(const_item name: (_) @binds.early)
(static_item name: (_) @binds.early)
(mod_item name: (_) @binds.early)
(function_signature_item name: (_) @binds.early)
(extern_crate_declaration) @binds.early
(parameter pattern: (_) @binds.early)
(closure_parameters) @binds.early
(let_declaration pattern: (_) @binds)
(let_declaration) @after
(let_condition pattern: (_) @binds)
(for_expression pattern: (_) @binds.early)
(match_pattern) @binds.early
(match_pattern condition: (_) @uses)
(tuple_struct_pattern type: (_) @skip)
(struct_pattern type: (_) @skip)
(scoped_identifier) @skip
(range_pattern) @skip
(const_block) @uses
(use_declaration argument: (identifier) @binds.early)
(use_declaration argument: (scoped_identifier name: (_) @binds.early))
(use_list (identifier) @binds.early)
(use_list (scoped_identifier name: (_) @binds.early))
(use_as_clause path: (_) @skip)
(use_as_clause alias: (_) @binds.early)
(scoped_use_list path: (_) @skip)
(use_wildcard (_) @skip)
(use_wildcard) @open
[(attribute_item) (inner_attribute_item) (macro_definition) (enum_item) (struct_item) (union_item)
 (label)] @skip
(macro_definition) @unsure
(macro_invocation macro: (_) @skip)
(macro_invocation (token_tree) @skip)
(source_file (macro_invocation) @open)
(declaration_list (macro_invocation) @open)
(loop_expression) @loop
(while_expression) @loop
(for_expression) @loop
"""

# The Rust Reference, "Preludes": std::prelude::rust_2024; names that only macros make are not judged.
_KNOWN = """
_ Some None Ok Err Box String Vec ToString ToOwned Option Result Iterator Default Clone drop size_of
size_of_val align_of align_of_val self super crate Self std core alloc
"""

SCOPES = ScopeRules(
    query=_QUERY,
    known=frozenset(_KNOWN.split()),
    known_source="The Rust Reference, Preludes",
    bodies=("source_file", "block", "declaration_list", "match_block", "ERROR"),
    arity=Calls(
        definitions=(("function_item", "name", "parameters"),),
        calls=(("call_expression", "function", "arguments"),),
        required=("parameter",),
        open_ended=("self_parameter", "variadic_parameter", "attribute_item"),
    ),
)
