"""Wire formats (HTTP dialects): one file each, found by discovery."""

import sys
from functools import cache

from fusionls.core.registry import discover
from fusionls.providers.wire import Wire


@cache
def wires() -> dict[str, Wire]:
    """Return every wire by its name, in alphabetical order."""
    found = discover(sys.modules[__name__], "WIRE").values()
    return {wire.name: wire for wire in found if isinstance(wire, Wire)}
