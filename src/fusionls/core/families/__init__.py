"""Prompt families: one file each, found by discovery."""

import sys
from functools import cache
from typing import cast

from fusionls.core.prompt import Family
from fusionls.core.registry import discover

# Pieces of the names of models that only talk. A family of its own always goes before them: a model
# that was trained to fill in stays better at that than at following instructions about a marker.
_TALKERS = ("instruct", "chat", "gpt", "claude", "gemini", "sonnet", "haiku", "opus", "command-r")


@cache
def families() -> dict[str, Family]:
    """Return every family by its name, in alphabetical order of their files."""
    found = cast("list[Family]", list(discover(sys.modules[__name__], "FAMILY").values()))
    return {family.name: family for family in found}


def family_for(model: str, wanted: str = "") -> Family:
    """Return the family ``wanted``, or where none is, the one that fits the model's name.

    That is the family with the longest fragment in the name, else "chat" for the names of models that
    only talk, else "plain". Raises KeyError, with the choices in a sentence, for an unknown ``wanted``.
    """
    known = families()
    if wanted:
        if wanted not in known:
            choices = ", ".join(known)
            raise KeyError(f"There is no prompt family '{wanted}'. Choose one of: {choices}.")
        return known[wanted]
    name = model.lower().replace("_", "-")
    fitting = [(len(f), family) for family in known.values() for f in family.models if f in name]
    if fitting:
        return max(fitting, key=lambda pair: pair[0])[1]
    return known["chat" if any(piece in name for piece in _TALKERS) else "plain"]
