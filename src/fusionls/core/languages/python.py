"""Python."""

import builtins
import sys

from fusionls.core.language import BlockStyle, Language, Naming
from fusionls.core.python_compiler import compiles

_NAMING = Naming(
    names=("identifier",),
    functions=("module", "function_definition", "lambda"),
    # Comprehensions bind inside only, and run where they stand.
    blocks=(
        "list_comprehension",
        "set_comprehension",
        "dictionary_comprehension",
        "generator_expression",
    ),
    classes=("class_definition",),
    rules=(
        ("list_comprehension", "* body"),
        ("set_comprehension", "* body"),
        ("dictionary_comprehension", "* body"),
        ("generator_expression", "* body"),
        ("for_in_clause", "right =left"),
        ("for_statement", "right =left body"),
        ("assignment", "-type right =left"),
        ("named_expression", "value =name"),
        ("as_pattern", "* =alias"),
        ("function_definition", "^name =parameters -return_type -type_parameters body"),
        ("class_definition", "^name superclasses -type_parameters body"),
        ("lambda", "=parameters body"),
        ("typed_parameter", "-type +*"),
        ("default_parameter", "value +name"),
        ("typed_default_parameter", "-type value +name"),
        ("import_statement", "^name"),
        ("import_from_statement", "-module_name ^name"),
        ("future_import_statement", "-*"),
        ("aliased_import", "-name +alias"),
        ("global_statement", "^*"),
        ("nonlocal_statement", "^*"),
        ("delete_statement", "-*"),
        ("attribute", "object -attribute"),
        ("keyword_argument", "-name value"),
        ("keyword_pattern", "=*"),
        ("case_pattern", "=*"),
        ("type_alias_statement", "^left -right"),
    ),
    used=("attribute", "subscript", "call"),
    known=frozenset(
        (
            *dir(builtins),
            "__file__",
            "__name__",
            "__doc__",
            "__path__",
            "__class__",
            "__builtins__",
            "_",
        )
    ),
    unsure=("wildcard_import", "exec_statement"),
)


def _grammar() -> object:
    import tree_sitter_python

    return tree_sitter_python.language()


LANGUAGE = Language(
    name="python",
    ids=("python",),
    extensions=(".py", ".pyi", ".pyw"),
    grammar=_grammar,
    line_comment="#",
    block=BlockStyle.INDENT,
    long_quotes=('"""', "'''"),
    comments=(),
    filler="pass",
    endings=(
        ":\n\tpass",
        "\npass",
        "\ndef x():\n\tpass",
        " in x:\n\tpass",
    ),
    # The grammar reads `if x:` with nothing below it as an empty block.
    never_empty=("block",),
    accepts=compiles,
    tails=("\nexcept Exception:\n\tpass",),
    block_end=":",
    block_openers=(
        "if ",
        "for ",
        "while ",
        "elif ",
        "with ",
        "def ",
        "except ",
        "class ",
        "async ",
        "match ",
        "case ",
        "else:",
        "try:",
        "finally:",
        "except:",
    ),
    function_openers=("def ", "async def "),
    leavers=("return", "raise", "break", "continue"),
    continuers=("elif", "else", "except", "finally", "case"),
    # `for` and `while` may have an `else`, but hardly ever do.
    continued=(
        ("elif", ("if", "elif")),
        ("else", ("if", "elif", "except")),
        ("except", ("try", "except")),
        ("finally", ("try", "except", "else")),
    ),
    binders=("{name} = ",),
    block_binders=("for {name} in ", "for {name}, ", "def {name}("),
    binds_several=True,
    function_form="def {name}(",
    import_form="import {name}",
    modules=sys.stdlib_module_names,
    naming=_NAMING,
)
