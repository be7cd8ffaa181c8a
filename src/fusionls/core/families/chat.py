"""Models that talk: the file is shown with a marker, and only what replaces it is asked for."""

from fusionls.core.context import CompletionContext
from fusionls.core.defusing import defused
from fusionls.core.families._extent import BLOCK_TOKENS, LINE_TOKENS
from fusionls.core.prompt import ChatMessage, Family, RenderedPrompt
from fusionls.core.request import Extent

MARKER = "<CURSOR>"
# Talkers put a fence around code even when told not to, and some repeat the line they complete.
_TALK_TOKENS = 24

_SYSTEM = (
    f"You complete code in an editor. The user sends a file in which {MARKER} marks the cursor. "
    f"Answer with exactly the text that replaces {MARKER}, and with nothing else: no explanation, no "
    "Markdown fences, and nothing that already stands before or after the cursor. Keep the file's "
    "style, indentation and language."
)
_AMOUNT = {
    Extent.LINE: "Complete the current line only.",
    Extent.BODY: "Write the body of the block that was just opened, at most about ten lines.",
    Extent.BLOCK: "Complete the statement or the block at the cursor, at most about ten lines.",
}


def _render(context: CompletionContext, extent: Extent) -> tuple[RenderedPrompt, ...]:
    parts = [f"Related file {s.path}:\n{s.text.rstrip()}\n" for s in context.snippets]
    title = " ".join(part for part in (context.language, "file", context.path) if part)
    safe = (defused(context.prefix, (MARKER,)), defused(context.suffix, (MARKER,)))
    ahead = defused("\n".join([*parts, title]), (MARKER,))
    tokens = LINE_TOKENS if extent is Extent.LINE else BLOCK_TOKENS
    prompt = RenderedPrompt(
        messages=(
            ChatMessage("system", f"{_SYSTEM} {_AMOUNT[extent]}"),
            ChatMessage("user", f"{ahead}:\n{safe[0]}{MARKER}{safe[1]}"),
        ),
        max_tokens=tokens + _TALK_TOKENS,
    )
    return (prompt,)


FAMILY = Family(name="chat", render=_render, special_tokens=(MARKER,), chat=True)
