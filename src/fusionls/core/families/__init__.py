"""Prompt families: one file each, found by discovery."""

import sys
from functools import cache
from typing import cast

from fusionls.core.prompt import Family
from fusionls.core.registry import discover

# Pieces of the names of models that only talk. A family of its own always goes before them: a model
# that was trained to fill in stays better at that than at following instructions about a marker.
_TALKERS = ("instruct", "chat", "gpt", "claude", "gemini", "sonnet", "haiku", "opus", "command-r")

# llama.cpp's names for tokenizers that make the blanks before a word a token of their own.
_SENTENCEPIECE = ("llama", "t5")


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
    return known["chat" if talks(name) else "plain"]


def talks(model: str) -> bool:
    """Tell whether the name of ``model`` is that of one that was taught to talk."""
    return any(piece in model.lower() for piece in _TALKERS)


def family_for_weights(name: str, tokenizer: str, fill_in: str) -> Family:
    """Return the family for a file of weights that is served here, by what its header says.

    ``fill_in`` is the text of the token that begins a fill-in prompt: the family that uses it fits, and
    of several the one that the ``name`` is closest to. A model without such a token continues text,
    also one that was taught to talk: asked to talk about a marker, small ones got 0 of 8 places right.
    """
    known = families()
    named = [f for f in known.values() if any(m in name.lower() for m in f.models)]
    token = fill_in.strip("\u2581 ")
    filling = [f for f in known.values() if f.fills_in and token in f.special_tokens]
    if filling:
        return next((f for f in named if f in filling), filling[0])
    continuing = [f for f in named if not f.fills_in and not f.chat]
    if continuing:
        return continuing[0]
    return known["plain-sentencepiece" if tokenizer in _SENTENCEPIECE else "plain"]
