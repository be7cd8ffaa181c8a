"""A prompt in the form that one family of models was trained on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fusionls.core.context import CompletionContext
from fusionls.core.request import Extent


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """What is sent to one member.

    Either ``text`` (for completion endpoints) or ``messages`` (for chat endpoints) is filled.
    ``withheld`` are blanks at the end of the prefix that were kept out of the prompt because
    tokenizers put them at the start of the next word: the answer is expected to begin with them.
    ``grammar`` is in llama.cpp's GBNF; a wire that cannot enforce a grammar leaves it out.
    """

    text: str = ""
    messages: tuple[ChatMessage, ...] = ()
    stop: tuple[str, ...] = ()
    max_tokens: int = 64
    withheld: str = ""
    grammar: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """A prompt format shared by several models.

    ``models`` are lower-case fragments of model names that use it, ``special_tokens`` what its models
    may leak into their text, and ``chat`` says that it wants a chat endpoint.
    """

    name: str
    render: Callable[[CompletionContext, Extent], RenderedPrompt]
    models: tuple[str, ...] = ()
    special_tokens: tuple[str, ...] = ()
    chat: bool = False
