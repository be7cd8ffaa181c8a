"""Panels as they stand in the state file: each a line of JSON."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from fusionls.core.panel import Panel
from fusionls.core.panel_json import PanelError, panel_from_json, panel_to_json

# Reading 1,000 panels takes some 40 ms of the interpreter; after so many a thread lets others run.
_ROWS_AT_ONCE, _NAP_S = 10, 0.0005


def line_of(panel: Panel) -> str:
    """Return the panel in one line. The times of single tokens are for recordings, not for this."""
    bare = replace(panel, answers=tuple(replace(one, token_ms=()) for one in panel.answers))
    return json.dumps(panel_to_json(bare), separators=(",", ":"))


def panels_from(texts: Iterable[str]) -> Iterator[Panel]:
    """Yield the panels that can be read: anybody may have written the file."""
    for number, text in enumerate(texts, 1):
        with suppress(ValueError, TypeError, RecursionError, PanelError):
            yield panel_from_json(json.loads(text))
        if number % _ROWS_AT_ONCE == 0:
            # Whoever waits for the interpreter's lock gets it now, and not 5 ms later.
            time.sleep(_NAP_S)
