"""The workspace memory is asked with the text before the cursor and the place itself."""

from fusionls.core.context import CompletionContext
from fusionls.core.families._extent import BLOCK_STOP, LINE_STOP
from fusionls.core.prompt import Family, Place, RenderedPrompt
from fusionls.core.request import Extent

# Forty tokens are looked at; lines of tables are longer than those of code.
SHOWN = 2000
# The engine puts the place of the request here: a context does not know it.
SOMEWHERE = Place("", 0, 0)


def wants_block(prompt: RenderedPrompt) -> bool:
    """Tell whether ``prompt`` asks for more than the rest of a line."""
    return prompt.stop == BLOCK_STOP


def _render(context: CompletionContext, extent: Extent) -> tuple[RenderedPrompt, ...]:
    stop = LINE_STOP if extent is Extent.LINE else BLOCK_STOP
    return (RenderedPrompt(text=context.prefix[-SHOWN:], stop=stop, place=SOMEWHERE),)


FAMILY = Family(name="memory", render=_render)
