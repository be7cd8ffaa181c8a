"""What a wire is: one HTTP dialect as a few pure functions, and no I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from fusionls.core.families import family_for
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.engine.ports import ModelFailure
from fusionls.providers.events import Event

# How an answer is cut into events: server-sent events, one JSON text a line, or all of it as one.
Framing = Literal["sse", "ndjson", "json"]


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One POST. ``path`` is seen from the server's root, so an OpenAI path begins with ``/v1``.

    It may end in a query. ``headers`` hold the key and ``body`` the user's code, so neither is printed.
    """

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class WireProbe:
    """One GET that a healthy server answers quickly and that costs no tokens."""

    path: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """What the user's settings add to every request of a member. It never changes what a wire writes.

    Objects inside ``body`` are added to those of the wire.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, object] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one event says. ``ends`` is true if no more text follows; counts may still come."""

    chunks: tuple[Chunk, ...] = ()
    ends: bool = False


def bearer(key: str) -> dict[str, str]:
    """Return the header that shows ``key`` as a bearer's token, or none for an empty key.

    Raises ModelFailure (authentication) as ``key_header``.
    """
    return key_header("Authorization", key, "Bearer ")


def key_header(name: str, key: str, scheme: str = "") -> dict[str, str]:
    """Return the header ``name`` that shows ``key``, or none for an empty key.

    Raises ModelFailure (authentication) for a key that no header can carry, such as one with a line
    end: the HTTP client would name the bad value in its error.
    """
    if not key:
        return {}
    if not (key.isascii() and key.isprintable()):
        reason = "the key has characters that no header can carry"
        raise ModelFailure(Failure(FailureKind.AUTHENTICATION, reason))
    return {name: f"{scheme}{key}"}


def probe_at(
    path: str, headers: Callable[[str], Mapping[str, str]] = bearer
) -> Callable[[str, str], WireProbe]:
    """Return the ``probe`` of a wire whose ``path`` is the same for all models."""

    def probe(_model: str, key: str) -> WireProbe:
        return WireProbe(path, headers(key))

    return probe


_MODELS = probe_at("/v1/models")


def family_by_name(model: str) -> str:
    """Return the name of the family that fits the model's name."""
    return family_for(model).name


@dataclass(frozen=True, slots=True)
class Wire:
    """One HTTP dialect.

    ``request`` turns a prompt, a model's name and a key (either may be empty) into a POST; ``parse``
    reads one event of the answer. Both are pure and raise ModelFailure and nothing else.
    ``probe`` is the GET for a model and a key, ``family`` the family of a model whose block names none,
    and ``query`` what stands in every address unless the settings say otherwise.
    The last three tell what its endpoints can: continue a text, chat, and fill in by themselves.
    """

    name: str
    request: Callable[[RenderedPrompt, str, str], WireRequest]
    parse: Callable[[Event], Parsed]
    probe: Callable[[str, str], WireProbe] = _MODELS
    family: Callable[[str], str] = family_by_name
    query: Mapping[str, str] = field(default_factory=dict)
    framing: Framing = "sse"
    continues: bool = True
    chats: bool = True
    fills_in: bool = False


def refusal(wire: Wire, prompt: RenderedPrompt) -> ModelFailure | None:
    """Return why ``wire`` cannot ask with ``prompt``, with what to do about it; None if it can."""
    fits = (
        wire.chats
        if prompt.messages
        else wire.fills_in
        if prompt.fill_in is not None
        else wire.continues
    )
    if fits:
        return None
    if prompt.fill_in is not None:
        reason = "this server does not fill in by itself: set the family of its model"
    elif not wire.chats:
        reason = 'this server only fills in: set family = "endpoint" for its members'
    elif wire.fills_in:
        reason = 'this server fills in or chats: set family = "endpoint" or "chat" for its members'
    else:
        reason = 'this server only chats: set family = "chat" for its members'
    return ModelFailure(Failure(FailureKind.REFUSED, reason))


def with_options(request: WireRequest, options: RequestOptions) -> WireRequest:
    """Return ``request`` with the headers and the fields of ``options`` that it does not write itself."""
    own = {name.lower() for name in request.headers}
    extra = {name: value for name, value in options.headers.items() if name.lower() not in own}
    return WireRequest(
        request.path, {**extra, **request.headers}, _joined(options.body, request.body)
    )


def _joined(extra: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    together = {**extra, **own}
    for name, value in own.items():
        added = extra.get(name)
        if isinstance(value, Mapping) and isinstance(added, Mapping):
            together[name] = _joined(added, value)
    return together
