"""What the scope rules of JavaScript, TypeScript and TSX have in common."""

from fusionls.core.scopes.rules import Calls, ScopeRules

QUERY = """
[(function_declaration) (generator_function_declaration) (function_expression) (generator_function)
 (arrow_function) (method_definition) (class_static_block)] @scope.function
[(statement_block) (for_statement) (for_in_statement) (catch_clause) (switch_body)] @scope.block
(class_body) @scope.block
[(identifier) (shorthand_property_identifier) (shorthand_property_identifier_pattern)] @name

(function_declaration name: (_) @binds.outer.early)
(generator_function_declaration name: (_) @binds.outer.early)
(function_expression name: (_) @binds.early)
(generator_function name: (_) @binds.early)
(class_declaration name: (_) @binds)
(class name: (_) @binds)
(formal_parameters) @binds.early
(arrow_function parameter: (_) @binds.early)
(catch_clause parameter: (_) @binds.early)
(lexical_declaration (variable_declarator name: (_) @binds))
(variable_declaration (variable_declarator name: (_) @binds.function.early))
(variable_declarator value: (_) @uses)
(variable_declarator) @after
(assignment_pattern right: (_) @uses)
(object_assignment_pattern right: (_) @uses)
(pair_pattern key: (_) @skip)
(for_in_statement kind: _ left: (_) @binds.early)
(for_statement) @loop
(for_in_statement) @loop
(while_statement) @loop
(do_statement) @loop
(import_clause) @binds.early
(import_specifier name: (_) @skip alias: (_))
(member_expression) @uses
(subscript_expression) @uses
(export_specifier alias: (_) @skip)
(export_statement source: (_)) @skip
(import_statement) @closed
(with_statement) @unsure
(with_statement body: (_) @skip)
(assignment_expression left: (identifier) @binds.file)
(unary_expression operator: "typeof" argument: (identifier) @skip)
"""

# ECMA-262, 16th edition, chapter 19 and clause 10.4.4.
_LANGUAGE = """
globalThis Infinity NaN undefined eval isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent
encodeURI encodeURIComponent escape unescape AggregateError Array ArrayBuffer AsyncFunction BigInt
BigInt64Array BigUint64Array Boolean DataView Date Error EvalError FinalizationRegistry Float16Array
Float32Array Float64Array Function Int8Array Int16Array Int32Array Iterator Map Number Object Promise
Proxy RangeError ReferenceError RegExp Set SharedArrayBuffer String SuppressedError DisposableStack
AsyncDisposableStack Symbol SyntaxError TypeError Uint8Array Uint8ClampedArray Uint16Array Uint32Array
URIError WeakMap WeakRef WeakSet Atomics JSON Math Reflect Intl WebAssembly arguments async await of get
set
"""
# Node.js documentation, "Global objects" and "The module wrapper"; Bun and Deno name theirs.
_NODE = """
require module exports process global __dirname __filename Buffer console setTimeout clearTimeout
setInterval clearInterval setImmediate clearImmediate queueMicrotask structuredClone performance Bun Deno
gc navigator
"""
# WHATWG HTML, DOM, Fetch, URL, Encoding and Streams, W3C UI Events and WebGPU: Window, and the interfaces
# that programs name.
_BROWSER = """
window document self parent top frames opener location history screen localStorage sessionStorage
indexedDB caches crypto fetch Request Response Headers URL URLSearchParams FormData Blob File FileList
FileReader XMLHttpRequest WebSocket EventSource Worker SharedWorker ServiceWorker BroadcastChannel
MessageChannel MessagePort MessageEvent Event CustomEvent EventTarget UIEvent MouseEvent KeyboardEvent
TouchEvent PointerEvent WheelEvent InputEvent FocusEvent DragEvent ErrorEvent ProgressEvent
PromiseRejectionEvent AbortController AbortSignal DOMException TextEncoder TextDecoder ReadableStream
WritableStream TransformStream requestAnimationFrame cancelAnimationFrame requestIdleCallback
cancelIdleCallback alert confirm prompt print atob btoa Image Audio Option Node NodeList NodeFilter
Element HTMLElement HTMLInputElement HTMLCanvasElement HTMLCollection SVGElement Document
DocumentFragment DOMParser XMLSerializer Text Comment Range Selection ShadowRoot Window Storage
MutationObserver IntersectionObserver ResizeObserver PerformanceObserver customElements getComputedStyle
getSelection matchMedia event addEventListener removeEventListener dispatchEvent postMessage open close
stop focus blur scroll scrollTo scrollBy name status origin closed length innerWidth innerHeight
outerWidth outerHeight pageXOffset pageYOffset scrollX scrollY devicePixelRatio importScripts reportError
createImageBitmap ImageData OffscreenCanvas Notification speechSynthesis AudioContext
CanvasRenderingContext2D onload onerror onmessage CSS Path2D GPUBufferUsage GPUMapMode GPUShaderStage
GPUTextureUsage RTCPeerConnection MediaRecorder
"""
# The globals of test frameworks and of libraries that pages load by a script element.
_LIBRARIES = """
describe it test expect before after beforeEach afterEach beforeAll afterAll suite assert jest vi cy
sinon chai should QUnit $ jQuery _ angular React ReactDOM Vue d3 L THREE define moment
"""
KNOWN = frozenset(" ".join((_LANGUAGE, _NODE, _BROWSER, _LIBRARIES)).split())
KNOWN_SOURCE = (
    "ECMA-262, Node.js documentation (Global objects), WHATWG HTML and DOM, test frameworks"
)
BODIES = ("program", "statement_block", "class_body", "switch_body", "ERROR")
DYNAMIC = frozenset(("eval", "Function"))
OPEN_ENDED = ("spread_element", "rest_pattern", "this")
DEFINITIONS = (("function_declaration", "name", "parameters"),)
CALLS = (("call_expression", "function", "arguments"),)
# A function of JavaScript takes any number of arguments.
ARITY = Calls(
    definitions=DEFINITIONS,
    calls=CALLS,
    required=("identifier", "object_pattern", "array_pattern"),
    optional=("assignment_pattern",),
    open_ended=OPEN_ENDED,
    law=False,
)
# In a tag a small letter begins an element of HTML, which is no name.
TAGS = """
(jsx_opening_element name: (identifier) @skip.small)
(jsx_closing_element name: (identifier) @skip.small)
(jsx_self_closing_element name: (identifier) @skip.small)
"""
TYPED_QUERY = (
    QUERY
    + """
[(type_annotation) (type_arguments) (type_parameters) (interface_declaration) (type_alias_declaration)
 (function_signature) (method_signature) (abstract_method_signature) (asserts)
 (type_predicate_annotation)] @skip
(function_signature name: (_) @binds.early)
(required_parameter value: (_) @uses)
(optional_parameter value: (_) @uses)
(class_declaration name: (type_identifier) @name)
(class name: (type_identifier) @name)
(abstract_class_declaration name: (_) @name)
(abstract_class_declaration name: (_) @binds)
(enum_declaration name: (_) @binds)
(enum_body) @skip
(internal_module name: (identifier) @binds)
(ambient_declaration) @unsure
(ambient_declaration (_) @open)
(import_require_clause (identifier) @binds.early)
(import_alias) @unsure
(as_expression (_) (_) @skip)
(satisfies_expression (_) (_) @skip)
(implements_clause) @skip
"""
)
TYPED_ARITY = Calls(
    definitions=DEFINITIONS,
    calls=CALLS,
    required=("required_parameter",),
    optional=("optional_parameter",),
    open_ended=OPEN_ENDED,
)


def rules(query: str, arity: Calls) -> ScopeRules:
    """Return the scope rules of one of the languages."""
    return ScopeRules(
        query=query,
        known=KNOWN,
        known_source=KNOWN_SOURCE,
        bodies=BODIES,
        # A script sees the globals of the scripts before it, a file without imports what others declare.
        closed=False,
        dynamic=DYNAMIC,
        arity=arity,
    )
