"""Whether a name can be put where it is used: it is bound once, in this file, and used."""

import re
from dataclasses import replace

from fusionls.core.editing.definitions import DefinitionKind, definitions_of
from fusionls.core.editing.edit import EditTask, Scope
from fusionls.core.editing.enclosing import enclosing, first_text, selection_of, within
from fusionls.core.editing.occurrences import occurrences_of
from fusionls.core.editing.readable import tree_of
from fusionls.core.editing.spots import Level

# `+=` and the like, and `++`: the name holds something else from there on.
_CHANGED = re.compile(rb"[ \t]{0,40}(?:(?:[-+*/%&|^@]|//|\*\*|<<|>>|\?\?|\|\||&&)=(?!=)|\+\+|--)")
# More parts than this are no small edit.
_MOST_PARTS = 12


def inlined_at(task: EditTask) -> EditTask | str:
    """Return ``task`` with every part that uses the name at the selection, or why it cannot be inlined."""
    file, text, language = first_text(task)
    parsed = tree_of(text, language)
    if language is None or parsed is None:
        return "this file cannot be read by a grammar"
    start, end = selection_of(task)
    name = name_at(text, start)
    if not name or start + len(name) < end:
        return "there is no name here: put the cursor into one"
    known = occurrences_of(name, parsed, language)
    if known is None:
        holder = enclosing(task)
        return task if holder is None else within(task, holder)
    spot = known.at(len(text[:start].encode("utf-8", "surrogatepass")))
    if spot is None or spot.owner < 0:
        return f"`{name}` is no name that this file binds"
    mine = [one for one in known.spots if one.owner == spot.owner]
    if known.scopes[spot.owner].level is Level.CLASS:
        return f"`{name}` belongs to a class: who else uses it cannot be told from this file"
    changed = any(_CHANGED.match(parsed.source, one.end) for one in mine if not one.binds)
    if changed or sum(one.binds for one in mine) != 1:
        return f"`{name}` is bound at several places"
    if len(mine) == 1:
        return f"`{name}` is used nowhere in this file"
    places = [len(parsed.source[: one.start].decode("utf-8", "surrogatepass")) for one in mine]
    functions = [o for o in definitions_of(text, language) if o.kind is not DefinitionKind.VALUE]
    parts: dict[str, Scope] = {}
    for at in places:
        around = [one for one in functions if one.start <= at < one.end]
        outer = min(around, key=lambda one: one.depth, default=None)
        if outer is None:
            return task
        parts[outer.name] = Scope(file, outer.start, outer.end, (outer.name,))
    if len(parts) > _MOST_PARTS:
        return f"`{name}` is used at too many places"
    others = (scope for scope in task.scopes if scope.file != file)
    return replace(task, scopes=(*parts.values(), *others))


def name_at(text: str, at: int) -> str:
    """Return the name that is at ``at`` or ends there, "" if there is none."""
    low = at
    while low > 0 and (text[low - 1].isalnum() or text[low - 1] == "_"):
        low -= 1
    high = at
    while high < len(text) and (text[high].isalnum() or text[high] == "_"):
        high += 1
    return text[low:high]
