"""How a line may begin so that it binds the names that the text behind it needs."""

import re
from functools import cache

from fusionls.core.language import Language
from fusionls.core.missing_line import MOST_AFTER, MOST_BEFORE, MissingLine
from fusionls.core.structure.rows import width_of
from fusionls.core.text import indentation, split_lines

MOST_BINDINGS = 5
# What begins so names something that stays as it is.
_CONSTANT = "const "


def bindings(language: Language, before: str, after: str, missing: MissingLine) -> tuple[str, ...]:
    """Return beginnings of the line, without indentation, that bind what is needed, likeliest first.

    At most 5; empty where nothing is needed or no form is known. What the names are used for decides:
    a name that is used behind the block that the line opens is a function, a module is imported, names
    that are needed together are bound together, and a name in square brackets counts.
    """
    if not missing.needed:
        return ()
    opens = bool(missing.opens and missing.opens[0])
    inside, behind = (
        _split(after[:MOST_AFTER], missing.indents[0]) if opens else ("", after[:MOST_AFTER])
    )
    found = list(_used_behind(language, missing.needed, inside, behind)) if opens else []
    first = missing.needed[0]
    is_module = re.search(rf"\b{re.escape(first)}\.\w", behind) and first in language.modules
    if is_module and not opens and language.import_form:
        found.append(language.import_form.replace("{name}", first))
    names = ", ".join(missing.needed) if language.binds_several else first
    forms = binders_for(language, before, opens)
    if _changes(first, inside + behind):
        forms = tuple(form for form in forms if not form.startswith(_CONSTANT)) or forms
    if opens and any(" = " in form for form in forms):
        counts = _counts(first, inside)
        forms = tuple(sorted(forms, key=lambda form: (" = " in form or " in " in form) != counts))
    found += [
        form.replace("{name}", names) for form in forms if not _names_function(language, form)
    ]
    return tuple(dict.fromkeys(found))[:MOST_BINDINGS]


def binders_for(language: Language | None, before: str, opens: bool = False) -> tuple[str, ...]:
    """Return the forms with ``{name}`` in which a line may bind it, as this file does first.

    ``opens`` asks for those that open a block. Empty where none is known.
    """
    if language is None:
        return ()
    forms = language.block_binders if opens else language.binders
    near = before[-MOST_BEFORE:]
    used = {form: len(_form_pattern(form).findall(near)) for form in forms}
    return tuple(sorted(forms, key=lambda form: -used[form]))


def _used_behind(
    language: Language, needed: tuple[str, ...], inside: str, behind: str
) -> list[str]:
    """Return beginnings for a name that is used behind the block, and so is not its variable."""
    form = language.function_form
    own = [name for name in needed if re.search(rf"\b{re.escape(name)}\b", behind)]
    called = [name for name in own if re.search(rf"\b{re.escape(name)}\(", inside + behind)]
    if form and len(called) == 1:
        parameters = [name for name in needed if name != called[0]]
        return [form.replace("{name}", called[0]) + ", ".join(parameters)]
    if own and language.block_end == "{":
        # What is not called but used behind the block is an object that the line begins to write.
        return [binder.replace("{name}", own[0]) for binder in language.binders[:1]]
    return []


def _changes(name: str, text: str) -> bool:
    """Tell whether a name is given another value in ``text``."""
    word = rf"\b{re.escape(name)}\b"
    return bool(re.search(rf"{word}\s*(?:[-+*/%|&^]?=(?![=>])|\+\+|--)|(?:\+\+|--){word}", text))


def _counts(name: str, inside: str) -> bool:
    """Tell whether a name is used as a number: as an index, or in a comparison or a sum."""
    word = rf"\b{re.escape(name)}\b"
    return bool(re.search(rf"\[[^\]\n]*{word}|{word}\s*[-+*/%<>]|[-+*/%<>]\s*{word}", inside))


def _names_function(language: Language, form: str) -> bool:
    return bool(language.function_form) and form == language.function_form


def _split(after: str, indent: str) -> tuple[str, str]:
    """Return the rows of the block that a line at ``indent`` opens, and those behind it."""
    rows = split_lines(after)
    for number, row in enumerate(rows):
        if row.strip() and width_of(indentation(row)) <= width_of(indent):
            return "\n".join(rows[:number]), "\n".join(rows[number:])
    return after, ""


@cache
def _form_pattern(form: str) -> re.Pattern[str]:
    start, _, rest = form.partition("{name}")
    return re.compile(rf"(?<!\w){re.escape(start)}\w+{re.escape(rest)}")
