"""C++."""

from fusionls.core.scopes.rules import Calls, ScopeRules

_QUERY = """
[(function_definition) (lambda_expression)] @scope.function
[(compound_statement) (for_statement) (if_statement) (while_statement) (case_statement) (for_range_loop)
 (catch_clause) (switch_statement) (requires_expression)] @scope.block
[(class_specifier) (struct_specifier) (union_specifier)] @scope.class
[(identifier) (field_identifier)] @name

(field_expression field: (_) @skip)
(field_designator) @skip
(field_initializer . (field_identifier) @skip)
(field_declaration declarator: (_) @binds.early)
(field_declaration_list (function_definition declarator: (_) @binds.outer.early))
(function_definition declarator: (_) @binds.outer.early)
(parameter_list) @binds.early
(parameter_declaration type: (_) @uses)
(optional_parameter_declaration type: (_) @uses)
(optional_parameter_declaration default_value: (_) @uses)
(declaration declarator: (_) @binds)
(init_declarator value: (_) @uses)
(array_declarator size: (_) @uses)
(trailing_return_type) @uses
(for_range_loop declarator: (_) @binds.early)
(for_range_loop right: (_) @uses)
(lambda_capture_initializer left: (_) @binds.early)
(enumerator name: (_) @binds.early)
(template_parameter_list) @binds.early
(preproc_def name: (_) @binds.early)
(preproc_function_def name: (_) @binds.early)
(preproc_params) @skip
(function_declarator declarator: (qualified_identifier)) @open
(qualified_identifier) @skip
(base_class_clause) @open
(using_declaration) @skip
(alias_declaration) @skip
(call_expression function: (identifier) @skip)
(template_function) @skip
(operator_name) @skip
(destructor_name) @skip
(attribute_specifier) @skip
(attribute_declaration) @skip
(gnu_asm_expression) @skip
(preproc_ifdef name: (_) @skip)
(preproc_if condition: (_) @skip)
(preproc_elif condition: (_) @skip)
(sizeof_expression type: (_) @skip)
(concept_definition) @skip
(requires_clause) @skip
(preproc_include path: (string_literal)) @open
(for_statement) @loop
(for_range_loop) @loop
(while_statement) @loop
(do_statement) @loop
"""

# ISO/IEC 14882:2023, [headers], [cstdio.syn], [cerrno]: lower-case names that are seen without a namespace,
# or after `using namespace std`.
_KNOWN = """
stdin stdout stderr errno std cout cin cerr clog wcout wcin wcerr endl ends flush ws hex dec oct
boolalpha noboolalpha fixed scientific setw setfill setprecision left right internal showpoint npos
string wstring vector map set pair tuple deque list array queue stack unordered_map unordered_set
multimap multiset nullopt nothrow ignore placeholders chrono filesystem ranges views this_thread numbers
execution literals ios ios_base main less greater plus minus multiplies thread mutex future promise
atomic optional variant any function regex move forward swap sort back_inserter override final true_type
false_type assert defer_lock adopt_lock piecewise_construct
"""

SCOPES = ScopeRules(
    query=_QUERY,
    known=frozenset(_KNOWN.split()),
    known_source="ISO/IEC 14882:2023, [headers], [iostream.objects]",
    bodies=(
        "translation_unit",
        "declaration_list",
        "field_declaration_list",
        "compound_statement",
        "ERROR",
    ),
    members_seen=True,
    lower_only=True,
    # Headers bind what they like, macros too.
    closed=False,
    arity=Calls(
        definitions=(("function_declarator", "declarator", "parameters"),),
        calls=(("call_expression", "function", "arguments"),),
        required=("parameter_declaration",),
        optional=("optional_parameter_declaration",),
        open_ended=("variadic_parameter_declaration", "...", "parameter_pack_expansion"),
    ),
)
