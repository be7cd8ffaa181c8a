"""How a model is best told what to change: in a chat, or by a text whose end it continues."""

import re

from fusionls.core.editing.orders import Style
from fusionls.core.editing.priors import billions_in

# With fewer parameters (in billions) a model was told to follow instructions and does not: of SmolLM2-135M's
# first answers for a name or a docstring one of six could be used in a chat, and all of eight where it went
# on with a text.
SMALLEST_TO_TALK = 0.3
# What was taught to follow instructions says so in its name.
_TUNED = re.compile(
    r"(?<![a-z0-9])(?:instruct|it|chat|sft|dpo|assistant|gpt|claude|gemini|sonnet|haiku|opus|command-r)"
    r"(?![a-z])"
)
# What was not says that, where others of its kind were.
_UNTUNED = re.compile(r"(?<![a-z0-9])(?:base|code|text|pt|fim)(?![a-z0-9])|starcoder")


def is_tuned(name: str, *, usually: bool = False) -> bool:
    """Tell whether the model ``name`` was taught to follow instructions, and can.

    ``usually`` is the answer where its name says nothing of it.
    """
    lower = name.lower().replace("_", "-")
    if (billions_in(lower) or SMALLEST_TO_TALK) < SMALLEST_TO_TALK:
        return False
    if _TUNED.search(lower):
        return True
    return usually and not _UNTUNED.search(lower)


def style_of(name: str, *, chats: bool, continues: bool, usually_tuned: bool) -> Style | None:
    """Return how the model ``name`` is asked for an edit, None where its endpoint can do neither.

    ``chats`` and ``continues`` are what the endpoint can. ``usually_tuned`` says that its models follow
    instructions unless their name says otherwise. Who does not follow them is shown a text to continue.
    """
    if chats and (not continues or is_tuned(name, usually=usually_tuned)):
        return Style.CHAT
    return Style.CONTINUE if continues else None
