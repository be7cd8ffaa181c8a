"""What a wire is: one HTTP dialect as two pure functions, and no I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.engine.ports import ModelFailure
from fusionls.providers.events import Event


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One POST. ``path`` is seen from the server's root, so an OpenAI path begins with ``/v1``.

    ``headers`` hold the key and ``body`` the user's code, so neither is printed.
    """

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one event says. ``ends`` is true if no more text follows; counts may still come."""

    chunks: tuple[Chunk, ...] = ()
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Wire:
    """One HTTP dialect.

    ``request`` turns a prompt, a model's name and a key (either may be empty) into a POST; ``parse``
    reads one event of the answer. Both are pure and raise ModelFailure and nothing else.
    ``probe_path`` is answered quickly by a healthy server and costs no tokens.
    """

    name: str
    request: Callable[[RenderedPrompt, str, str], WireRequest]
    parse: Callable[[Event], Parsed]
    probe_path: str = "/v1/models"


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
