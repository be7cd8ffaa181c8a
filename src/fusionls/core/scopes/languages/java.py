"""Java."""

from fusionls.core.scopes.rules import Calls, ScopeRules

_QUERY = """
[(method_declaration) (constructor_declaration) (compact_constructor_declaration) (lambda_expression)
 (static_initializer)] @scope.function
[(block) (constructor_body) (for_statement) (enhanced_for_statement) (try_with_resources_statement)
 (catch_clause) (switch_block) (switch_rule)] @scope.block
[(class_declaration) (interface_declaration) (enum_declaration) (record_declaration)
 (annotation_type_declaration) (object_creation_expression)] @scope.class
(identifier) @name

[(class_declaration name: (_) @binds.outer.early) (interface_declaration name: (_) @binds.outer.early)
 (enum_declaration name: (_) @binds.outer.early) (record_declaration name: (_) @binds.outer.early)
 (annotation_type_declaration name: (_) @binds.outer.early)]
(enum_constant name: (_) @binds.early)
(record_declaration parameters: (_) @binds.early)
(field_declaration (variable_declarator name: (_) @binds.early))
(constant_declaration (variable_declarator name: (_) @binds.early))
(local_variable_declaration (variable_declarator name: (_) @binds))
(method_declaration name: (_) @binds.outer.early)
(constructor_declaration name: (_) @skip)
(formal_parameter name: (_) @binds.early)
(spread_parameter (variable_declarator name: (_) @binds.early))
(catch_formal_parameter name: (_) @binds.early)
(resource name: (_) @binds)
(enhanced_for_statement name: (_) @binds.early)
(lambda_expression parameters: (identifier) @binds.early)
(inferred_parameters) @binds.early
(instanceof_expression name: (_) @binds.function)
(type_pattern (identifier) @binds)
(record_pattern . (identifier) @skip)
(record_pattern_component (identifier) @binds.function)
(for_statement) @loop
(while_statement) @loop
(do_statement) @loop
(method_invocation name: (_) @skip)
(field_access field: (_) @skip)
(scoped_identifier) @skip
(method_reference (_) (identifier) @skip)
(import_declaration (scoped_identifier name: (_) @binds.early))
(import_declaration (asterisk)) @unsure
(import_declaration "static" (asterisk)) @open
(package_declaration) @skip
[(annotation) (marker_annotation) (module_declaration)] @skip
(break_statement) @skip
(continue_statement) @skip
(labeled_statement . (identifier) @skip)
(switch_label (identifier) @skip)
(superclass) @open
(object_creation_expression (class_body)) @open
"""

SCOPES = ScopeRules(
    query=_QUERY,
    known=frozenset(("_", "length", "var", "record", "sealed", "permits", "yield", "when")),
    known_source="Java Language Specification 21, 3.9: contextual keywords",
    bodies=(
        "program",
        "class_body",
        "interface_body",
        "enum_body",
        "enum_body_declarations",
        "block",
        "constructor_body",
        "switch_block",
        "ERROR",
    ),
    members_seen=True,
    # Types of the same package are bound in other files.
    lower_only=True,
    arity=Calls(
        definitions=(("method_declaration", "name", "parameters"),),
        calls=(),
        required=("formal_parameter",),
        open_ended=("spread_parameter", "receiver_parameter"),
    ),
)
