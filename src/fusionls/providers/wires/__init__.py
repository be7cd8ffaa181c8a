"""Wire formats (HTTP dialects): one file each, found by discovery."""

import sys
from collections.abc import Iterator, Mapping
from functools import cache

from fusionls.core.prompt import ChatMessage, FillIn, RenderedPrompt
from fusionls.core.registry import discover
from fusionls.providers.wire import Wire, refusal

# One prompt of every kind, with everything that makes a wire write a field.
_SAMPLES = (
    RenderedPrompt(text="a", stop=("b",), grammar="c"),
    RenderedPrompt(messages=(ChatMessage("system", "a"), ChatMessage("user", "b")), stop=("c",)),
    RenderedPrompt(fill_in=FillIn("a", "b", language="c"), stop=("d",), grammar="e"),
)


@cache
def wires() -> dict[str, Wire]:
    """Return every wire by its name, in alphabetical order."""
    found = discover(sys.modules[__name__], "WIRE").values()
    return {wire.name: wire for wire in found if isinstance(wire, Wire)}


def default_family(wire: str, model: str) -> str:
    """Return the name of the prompt family for ``model`` where a member's block names none.

    A wire whose endpoints only chat, or only fill in, decides it; else the model's name does. Raises
    KeyError for an unknown ``wire``.
    """
    return wires()[wire].family(model)


@cache
def written_fields(wire: str) -> frozenset[str]:
    """Return the fields of a request's body that ``wire`` writes itself, such as ``options.stop``.

    What the settings say of them has no effect, so it is a mistake. Raises KeyError for an unknown
    ``wire``.
    """
    known = wires()[wire]
    asked = (prompt for prompt in _SAMPLES if refusal(known, prompt) is None)
    return frozenset(
        name for prompt in asked for name in _names(known.request(prompt, "m", "").body)
    )


def _names(body: Mapping[str, object]) -> Iterator[str]:
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in _names(value))
        else:
            yield name
