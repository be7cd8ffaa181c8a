"""Python."""

import builtins

from fusionls.core.scopes.rules import Calls, ScopeRules

_QUERY = """
(function_definition) @scope.function
(lambda) @scope.function
(class_definition) @scope.class
[(list_comprehension) (set_comprehension) (dictionary_comprehension) (generator_expression)] @scope.block
(identifier) @name

(function_definition name: (_) @binds.outer)
(class_definition name: (_) @binds.outer)
(decorated_definition definition: (function_definition) @decorated)
(parameters) @binds.early
(lambda_parameters) @binds.early
(type_parameter) @binds.outer.early
(default_parameter value: (_) @uses)
(typed_default_parameter value: (_) @uses)
(type) @uses
(for_in_clause left: (_) @binds.early)
(for_in_clause right: (_) @uses)
(for_statement left: (_) @binds.function)
(for_statement) @loop
(while_statement) @loop
(assignment left: (_) @binds.function)
(assignment right: (_) @uses)
(assignment) @after
(named_expression name: (_) @binds.function)
(as_pattern_target) @binds.function
(as_pattern (identifier) @binds.function . )
(as_pattern . (identifier) @uses)
(case_clause (case_pattern) @binds.function)
(class_pattern (dotted_name) @uses)
(case_pattern (dotted_name . (identifier) . (identifier)) @uses)
(keyword_pattern . (identifier) @skip)
(dict_pattern key: (_) @uses)
(import_statement name: (dotted_name . (identifier) @binds.function))
(import_statement name: (dotted_name (identifier) . (identifier) @skip))
(import_from_statement module_name: (_) @skip)
(import_from_statement name: (dotted_name) @binds.function)
(aliased_import name: (_) @skip)
(aliased_import alias: (_) @binds.function)
(future_import_statement) @skip
(global_statement) @binds.file
(nonlocal_statement) @binds.function.early
(type_alias_statement left: (_) @binds.function)
(attribute) @uses
(attribute attribute: (_) @skip)
(subscript) @uses
(call) @uses
(keyword_argument name: (_) @skip)
(keyword_argument value: (_) @uses)
(wildcard_import) @open
(exec_statement) @open
(print_statement) @unsure
"""

# What the interpreter itself binds in modules and classes: The Python Language Reference, 3.2 and 4.2.
_OF_MODULES = """
__name__ __doc__ __package__ __loader__ __spec__ __file__ __path__ __builtins__ __cached__ __annotations__
__class__ __module__ __qualname__ __debug__ __dict__
"""
# Names of other versions, which the version that runs this does not have.
_OF_VERSIONS = "WindowsError PythonFinalizationError unicode basestring xrange raw_input long"

SCOPES = ScopeRules(
    query=_QUERY,
    known=frozenset((*dir(builtins), *_OF_MODULES.split(), *_OF_VERSIONS.split(), "_")),
    known_source="dir(builtins) of the running Python; The Python Language Reference, 3.2",
    bodies=("module", "block", "ERROR"),
    dynamic=frozenset(("exec", "eval", "globals", "locals", "vars", "__import__", "setattr")),
    arity=Calls(
        definitions=(("function_definition", "name", "parameters"),),
        calls=(("call", "function", "arguments"),),
        required=("identifier", "typed_parameter"),
        optional=("default_parameter", "typed_default_parameter"),
        open_ended=(
            "list_splat",
            "dictionary_splat",
            "list_splat_pattern",
            "dictionary_splat_pattern",
            "generator_expression",
        ),
    ),
)
