"""What may be shown of a text: nothing that the gate calls broken."""

from fusionls.core.candidate import Gate
from fusionls.core.joining import accepted, joined
from fusionls.core.repair import repaired
from fusionls.core.validation import Hole, cut_back


def showable(hole: Hole, text: str, prefix: str, suffix: str) -> str:
    """Return ``text`` put in place, cut back until it is not broken, and with the end that it lacks.

    ``""`` if nothing is left. Line ends behind it stay only where it is broken without them.
    """
    if not text.strip():
        return ""
    if hole.check(text).gate is Gate.BROKEN:
        # Partial answers and those that came in the last moment were taken as they came.
        text, _ = joined(hole, text, prefix, suffix, thorough=True)
    text = accepted(hole, repaired(hole, cut_back(hole, text)), prefix, suffix)
    bare = text.rstrip("\r\n")
    if bare == text:
        return text
    better_with_end = hole.check(bare).gate is Gate.BROKEN or (
        hole.accepts(text) and not hole.accepts(bare)
    )
    return text if better_with_end else bare
