"""C#."""

from fusionls.core.scopes.rules import Calls, ScopeRules

_QUERY = """
[(method_declaration) (constructor_declaration) (destructor_declaration) (local_function_statement)
 (lambda_expression) (anonymous_method_expression) (accessor_declaration) (operator_declaration)
 (conversion_operator_declaration) (indexer_declaration)] @scope.function
[(block) (for_statement) (foreach_statement) (using_statement) (fixed_statement) (catch_clause)
 (switch_section) (switch_expression_arm)] @scope.block
[(class_declaration) (struct_declaration) (record_declaration) (interface_declaration)] @scope.class
[(identifier) (implicit_parameter)] @name

[(class_declaration name: (_) @binds.outer.early) (struct_declaration name: (_) @binds.outer.early)
 (record_declaration name: (_) @binds.outer.early) (interface_declaration name: (_) @binds.outer.early)
 (enum_declaration name: (_) @binds.early) (delegate_declaration name: (_) @binds.early)]
(field_declaration (variable_declaration (variable_declarator name: (_) @binds.early)))
(event_field_declaration (variable_declaration (variable_declarator name: (_) @binds.early)))
(property_declaration name: (_) @binds.early)
(event_declaration name: (_) @binds.early)
(method_declaration name: (_) @binds.outer.early)
(local_function_statement name: (_) @binds.outer.early)
(constructor_declaration name: (_) @skip)
(variable_declarator name: (_) @binds)
(variable_declarator (tuple_pattern) @binds)
(foreach_statement left: (_) @binds.early)
(parameter name: (_) @binds.early)
(parameter_list name: (_) @binds.early)
(implicit_parameter) @binds.early
(lambda_expression parameters: (identifier) @binds.early)
(type_parameter name: (_) @binds.early)
(catch_declaration name: (_) @binds.early)
(declaration_expression name: (_) @binds.function)
(declaration_pattern name: (_) @binds.function)
(recursive_pattern name: (_) @binds.function)
(var_pattern name: (_) @binds.function)
(parenthesized_variable_designation) @binds.function
(list_pattern (_) @skip)
(for_statement) @loop
(foreach_statement) @loop
(while_statement) @loop
(do_statement) @loop
(member_access_expression name: (_) @skip)
(member_binding_expression) @skip
(conditional_access_expression (member_binding_expression) @skip)
(invocation_expression function: (identifier) @skip)
(argument name: (_) @skip)
(subpattern . (identifier) @skip)
(initializer_expression (assignment_expression left: (identifier) @skip))
(with_initializer . (identifier) @skip)
(anonymous_object_creation_expression (identifier) @skip)
(_ type: (_) @skip)
(_ returns: (_) @skip)
(as_expression right: (_) @skip)
(is_expression right: (_) @skip)
[(using_directive) (attribute_list) (base_list) (generic_name) (qualified_name) (typeof_expression)
 (type_argument_list) (type_parameter_constraints_clause) (explicit_interface_specifier) (enum_declaration)
 (delegate_declaration) (alias_qualified_name) (sizeof_expression) (tuple_type)] @skip
(file_scoped_namespace_declaration name: (_) @skip)
(preproc_if condition: (_) @skip)
(namespace_declaration name: (_) @skip)
(base_list) @open
(using_directive "static") @open
(query_expression) @skip
(labeled_statement . (identifier) @skip)
(goto_statement) @skip
"""

# C# language specification, 6.4.4: contextual keywords, and `args` of top-level statements.
_KNOWN = """
_ value nameof args var dynamic field global record await async when and or not is init with
"""

SCOPES = ScopeRules(
    query=_QUERY,
    known=frozenset(_KNOWN.split()),
    known_source="C# language specification, 6.4.4, Keywords",
    bodies=("compilation_unit", "declaration_list", "block", "switch_body", "ERROR"),
    members_seen=True,
    # Types and members begin with a capital, and types of other files need no declaration here.
    lower_only=True,
    arity=Calls(
        definitions=(("local_function_statement", "name", "parameters"),),
        calls=(("invocation_expression", "function", "arguments"),),
        required=("parameter",),
        open_ended=("params", "array_type", "=", "this"),
    ),
)
