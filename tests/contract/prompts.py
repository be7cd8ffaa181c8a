"""The standard prompts that every transcript asks with, by the name a transcript gives."""

from fusionls.core.prompt import ChatMessage, FillIn, RenderedPrompt

PROMPTS = {
    "text": RenderedPrompt(text="def add(a, b):\n    return", stop=("\n",), max_tokens=32),
    "messages": RenderedPrompt(
        messages=(
            ChatMessage("system", "You complete code."),
            ChatMessage("user", "def add(a, b): return"),
        ),
        max_tokens=32,
    ),
    "fill_in": RenderedPrompt(
        fill_in=FillIn("def add(a, b):\n    return ", "\n"), stop=("\n",), max_tokens=32
    ),
    "edit_sample": RenderedPrompt(
        messages=(
            ChatMessage("system", "You edit code."),
            ChatMessage("user", "Rename: def add(a, b): return"),
        ),
        max_tokens=900,
        temperature=0.6,
        seed=2,
        edits=True,
    ),
}
# What may appear in no failure: pieces of the prompts, and of the keys of the transcripts.
CODE = ("def add", "You complete", "You edit")
