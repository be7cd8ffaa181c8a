"""Go."""

from fusionls.core.scopes.rules import Calls, ScopeRules

_QUERY = """
[(function_declaration) (method_declaration) (func_literal)] @scope.function
[(block) (for_statement) (if_statement) (expression_switch_statement) (type_switch_statement)
 (expression_case) (type_case) (default_case) (communication_case)] @scope.block
(identifier) @name

(function_declaration name: (_) @binds.outer.early)
(parameter_declaration name: (_) @binds.early)
(variadic_parameter_declaration name: (_) @binds.early)
(import_spec name: (package_identifier) @name)
(import_spec name: (package_identifier) @binds.early)
(import_spec (dot)) @open
(source_file (var_declaration (var_spec name: (_) @binds.early)))
(source_file (const_declaration (const_spec name: (_) @binds.early)))
(var_spec name: (_) @binds)
(const_spec name: (_) @binds)
(var_spec) @after
(short_var_declaration left: (_) @binds)
(short_var_declaration) @after
(range_clause left: (_) @binds.early)
(receive_statement left: (_) @binds)
(type_switch_statement alias: (_) @binds)
(for_statement) @loop
(literal_element (identifier) @uses)
(keyed_element key: (_) @skip)
(call_expression function: (identifier) @skip)
(selector_expression operand: (identifier) @skip)
(index_expression operand: (identifier) @uses)
"""

# The Go Programming Language Specification, "Predeclared identifiers".
_KNOWN = """
_ any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string
uint uint8 uint16 uint32 uint64 uintptr true false iota nil append cap clear close complex copy delete imag
len make max min new panic print println real recover
"""

SCOPES = ScopeRules(
    query=_QUERY,
    known=frozenset(_KNOWN.split()),
    known_source="The Go Programming Language Specification, Predeclared identifiers",
    bodies=("source_file", "block", "statement_list", "ERROR"),
    lower_only=True,
    # A file sees everything that the other files of its package declare.
    closed=False,
    arity=Calls(
        definitions=(("function_declaration", "name", "parameters"),),
        calls=(("call_expression", "function", "arguments"),),
        required=("parameter_declaration",),
        # f(g()) passes everything that g returns.
        open_ended=("variadic_parameter_declaration", "...", "call_expression"),
        names_each=True,
    ),
)
