"""In which format a member is asked for an edit, by how well it has kept to each."""

from collections.abc import Mapping

from fusionls.core.editing.edit import Format

# Design 6.1: blocks only for members whose measured well-formed rate is over 97 %.
LEAST_FOR_BLOCKS = 0.97
# With fewer answers a single bad one would take the rate below that, so that they show nothing.
LEAST_ANSWERS = 34


def format_for(measured: Mapping[Format, tuple[int, int]]) -> Format:
    """Return the format to ask for. ``measured`` has well-formed answers and all answers per format."""
    good, asked = measured.get(Format.BLOCKS, (0, 0))
    if asked >= LEAST_ANSWERS and good > LEAST_FOR_BLOCKS * asked:
        return Format.BLOCKS
    return Format.DEFINITION
