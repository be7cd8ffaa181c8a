"""What JavaScript and TypeScript have in common: how a line opens a block and how names are bound."""

from fusionls.core.language import Naming

BLOCK_OPENERS = (
    "if (",
    "if(",
    "for (",
    "for(",
    "while (",
    "while(",
    "} else if (",
    "} else {",
    "}else",
    "else if (",
    "else {",
    "function ",
    "const ",
    "let ",
    "var ",
    "return ",
    "switch (",
    "case ",
    "try {",
    "} catch",
    "} finally {",
    "do {",
    "class ",
    "async ",
    "export ",
)
BINDERS = ("const {name} = ", "let {name} = ", "var {name} = ")
BLOCK_BINDERS = (
    "for (let {name} = ",
    "for (const {name} of ",
    "for (var {name} = ",
    "for (let {name} of ",
    "for (let {name} in ",
    "for (const {name} in ",
    "for (var {name} in ",
    "function {name}(",
)
# The globals of ECMAScript 2025, of browsers and Node.js as far as programs often use them, and of the
# usual test frameworks.
_KNOWN = """
Array ArrayBuffer Atomics BigInt BigInt64Array Boolean Buffer DataView Date Error EvalError Float32Array
Float64Array Function Infinity Int16Array Int32Array Int8Array Intl Iterator JSON Map Math NaN Number
Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError
URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly
arguments undefined globalThis eval isNaN isFinite parseInt parseFloat encodeURI encodeURIComponent
decodeURI decodeURIComponent escape unescape structuredClone queueMicrotask
console window document navigator location history localStorage sessionStorage screen self top parent
fetch Request Response Headers URL URLSearchParams FormData Blob File FileReader XMLHttpRequest WebSocket
Worker Event CustomEvent EventTarget MessageChannel AbortController AbortSignal TextEncoder TextDecoder
setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate requestAnimationFrame
cancelAnimationFrame alert confirm prompt atob btoa crypto performance Image Audio Node Element
HTMLElement Document Window MutationObserver IntersectionObserver ResizeObserver getComputedStyle event
addEventListener removeEventListener dispatchEvent postMessage open close name status
require module exports process global __dirname __filename Bun Deno
describe it test expect before after beforeEach afterEach beforeAll afterAll suite assert jest vi cy sinon
chai should QUnit $ jQuery _ angular React ReactDOM Vue d3 L THREE define async await of get set
"""
NAMING = Naming(
    names=(
        "identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
    ),
    functions=(
        "program",
        "function_declaration",
        "function_expression",
        "generator_function",
        "generator_function_declaration",
        "arrow_function",
        "method_definition",
        "class_static_block",
    ),
    blocks=("statement_block", "for_statement", "for_in_statement", "catch_clause", "switch_body"),
    classes=("class_body",),
    rules=(
        ("lexical_declaration", "=*"),
        ("variable_declaration", "~*"),
        ("variable_declarator", "-type value +name"),
        ("assignment_expression", "right =left"),
        ("for_in_statement", "right =left body"),
        ("function_declaration", "^name =parameters -return_type -type_parameters body"),
        ("generator_function_declaration", "^name =parameters -return_type body"),
        ("function_signature", "^name -parameters -return_type"),
        ("function_expression", "=name =parameters -return_type body"),
        ("generator_function", "=name =parameters -return_type body"),
        ("arrow_function", "=parameter =parameters -return_type -type_parameters body"),
        ("method_definition", "-name =parameters -return_type body"),
        ("method_signature", "-*"),
        ("class_declaration", "^name"),
        ("enum_declaration", "^name -body"),
        ("interface_declaration", "-*"),
        ("type_alias_declaration", "-*"),
        ("internal_module", "^name"),
        ("import_clause", "^*"),
        ("import_specifier", "^name ^alias"),
        ("import_require_clause", "^*"),
        ("assignment_pattern", "right +left"),
        ("object_assignment_pattern", "right +left"),
        ("pair_pattern", "-key +value"),
        ("required_parameter", "-type value +pattern"),
        ("optional_parameter", "-type value +pattern"),
        ("type_annotation", "-*"),
        ("type_arguments", "-*"),
        ("jsx_opening_element", "-name"),
        ("jsx_closing_element", "-*"),
        ("jsx_self_closing_element", "-name"),
        ("export_clause", "-*"),
        ("ambient_declaration", "-*"),
        ("catch_clause", "=parameter -type body"),
    ),
    used=("member_expression", "subscript_expression", "call_expression"),
    known=frozenset(_KNOWN.split()),
    unsure=("with_statement",),
    callback="() => ",
)
