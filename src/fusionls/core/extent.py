"""How much text to ask for."""

from fusionls.core.request import CompletionRequest, Extent, Trigger
from fusionls.core.text import first_content_line, indentation, split_lines

# What may follow the cursor on its line without making the place "the middle of a line": closers that
# editors type by themselves, and separators.
_CLOSERS = frozenset(")]}>\"'`;,: \t")
# The ends of a line that open a block, over the languages that have a grammar.
_OPENERS = ("{", ":", "(", "[", "=>", "->", " do", " then", " else")


def extent_of(request: CompletionRequest) -> Extent:
    """Return LINE in the middle of a line, BODY where a block was just opened, and BLOCK by hand.

    87 % of what people accept is a single line (published figures of another completion product), and
    a line is what a small model can write within the automatic cap.
    """
    rest_of_line = split_lines(request.after(_LOOK_AHEAD))[0]
    if set(rest_of_line) - _CLOSERS:
        return Extent.LINE
    if _opens_empty_block(request):
        return Extent.BODY
    return Extent.BLOCK if request.trigger is Trigger.MANUAL else Extent.LINE


# Enough text on either side of the cursor to see one line; a longer line counts as its beginning.
_LOOK_AHEAD = 2000


def _opens_empty_block(request: CompletionRequest) -> bool:
    """Tell whether the line above opens a block in which nothing stands yet."""
    before = split_lines(request.before(_LOOK_AHEAD))
    if before[-1].strip():
        return False
    opener = next((line for line in reversed(before[:-1]) if line.strip()), "")
    if not opener.rstrip().endswith(_OPENERS):
        return False
    following = first_content_line(request.after(_LOOK_AHEAD))
    return len(indentation(following)) <= len(indentation(opener))
