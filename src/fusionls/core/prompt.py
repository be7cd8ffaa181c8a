"""A prompt in the form that one family of models was trained on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fusionls.core.context import CompletionContext, Snippet
from fusionls.core.request import Extent


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a prompt is from: a version of a document, and an offset in it (code points)."""

    uri: str
    version: int
    offset: int


@dataclass(frozen=True, slots=True)
class FillIn:
    """A gap, for an endpoint that puts its model's own markers around the two texts.

    An endpoint that knows files takes ``path``, ``language`` and ``snippets``. Any other is sent
    ``ahead``, the same snippets as comments, before the prefix.
    """

    prefix: str
    suffix: str
    ahead: str = ""
    path: str = ""
    language: str = ""
    snippets: tuple[Snippet, ...] = ()

    @property
    def whole_prefix(self) -> str:
        """All that is to be read before the gap, for an endpoint that knows two texts and no files."""
        return self.ahead + self.prefix


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """What is sent to one member.

    Either ``text`` (for endpoints that continue a text) or ``messages`` (for chat endpoints) is filled.
    With ``fill_in`` the endpoint is asked to fill in; ``text`` is then what stands before the gap, by
    which prompts are compared, and is not sent.
    ``withheld`` are blanks at the end of the prefix that were kept out of the prompt because
    tokenizers put them at the start of the next word: the answer is expected to begin with them.
    ``given`` is the beginning of the answer that the prompt already holds, behind the prefix: it is put
    before what the model writes. ``grammar`` is in llama.cpp's GBNF; a wire that cannot enforce a
    grammar leaves it out. ``shape`` tells the prompts of one member apart and is empty for the first.
    ``behind`` is the end of ``text`` that belongs behind the answer: the prefix ends before it.
    ``place`` is for members that look into the document itself. ``trust`` is what the odds that an
    answer is right are multiplied by, because of its shape.
    ``temperature`` is 0 for the likeliest answer; further samples are drawn with one, and with ``seed`` where
    the endpoint takes a seed. ``edits`` says that a whole edit is wanted, which is long.
    """

    text: str = ""
    messages: tuple[ChatMessage, ...] = ()
    stop: tuple[str, ...] = ()
    max_tokens: int = 64
    withheld: str = ""
    given: str = ""
    grammar: str = ""
    shape: str = ""
    trust: float = 1.0
    place: Place | None = None
    fill_in: FillIn | None = None
    behind: str = ""
    temperature: float = 0.0
    seed: int | None = None
    edits: bool = False

    @property
    def length(self) -> int:
        """How much there is to read, in code points."""
        behind = len(self.fill_in.ahead) + len(self.fill_in.suffix) if self.fill_in else 0
        return len(self.text) + behind + sum(len(message.content) for message in self.messages)


Render = Callable[[CompletionContext, Extent], tuple[RenderedPrompt, ...]]


@dataclass(frozen=True, slots=True)
class Family:
    """A prompt format shared by several models.

    ``render`` returns the prompts to ask with, the best first: a model that sees the same place in two
    ways errs in two ways.
    ``models`` are lower-case fragments of model names that use it, ``special_tokens`` what its models
    may leak into their text. ``chat`` says that it wants a chat endpoint, ``fills_in`` that the prompt
    shows what follows, between the model's own tokens.
    ``endpoint_fills_in`` says that it wants an endpoint that puts those tokens in itself.
    """

    name: str
    render: Render
    models: tuple[str, ...] = ()
    special_tokens: tuple[str, ...] = ()
    chat: bool = False
    fills_in: bool = False
    endpoint_fills_in: bool = False
