"""Reading the JSON object of an event without trusting its shape."""

from collections.abc import Mapping, Sequence

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.core.text import without_lone_surrogates
from fusionls.engine.ports import ModelFailure
from fusionls.providers.events import Event, json_object, malformed
from fusionls.providers.failures import failure_of_error_event
from fusionls.providers.wire import Parsed

_END_MARK = "[DONE]"
NOTHING: Mapping[str, object] = {}


def payload_of(event: Event) -> dict[str, object] | None:
    """Return the JSON object of an event, or None for the mark that ends the answer.

    Raises ModelFailure: malformed, or the kind of the error that the server reports.
    """
    if event.data.strip() == _END_MARK:
        return None
    payload = json_object(event.data)
    error = payload.get("error")
    if error or event.name == "error" or payload.get("object") == "error":
        raise ModelFailure(failure_of_error_event(_fields_of(error, payload)))
    return payload


def _fields_of(error: object, payload: Mapping[str, object]) -> Mapping[str, object]:
    """Return what is known of an error, which some servers put beside a sentence instead of around it."""
    if isinstance(error, dict):
        return error
    kind = payload.get("error_type") or payload.get("type")
    message = error or payload.get("message")
    return {"code": payload.get("code"), "type": kind, "message": message}


def withheld_answer() -> ModelFailure:
    """Return the failure for an answer that the vendor's filters broke off."""
    return ModelFailure(Failure(FailureKind.REFUSED, "the server withheld its answer"))


def whole_parsed(text: str, tokens_in: int | None = None, tokens_out: int | None = None) -> Parsed:
    """Return what an answer says that came in one piece."""
    return Parsed((Chunk(text, int(bool(text)), None, tokens_in, tokens_out),), ends=True)


def temperature_of(prompt: RenderedPrompt, most: float = 2.0) -> float:
    """Return the temperature to write into a request, 0 for the likeliest answer; ``most`` is the wire's."""
    # An integer, so that what is asked while somebody types stays the same to the byte.
    return min(prompt.temperature, most) if prompt.temperature > 0 else 0


def seed_of(prompt: RenderedPrompt, name: str = "seed") -> dict[str, object]:
    """Return the field ``name`` with the seed of a sample; nothing for a prompt without one.

    Only for wires whose documentation has it: some vendors refuse a field that they do not know.
    """
    return {} if prompt.seed is None else {name: prompt.seed}


def text_at(source: Mapping[str, object], key: str) -> str:
    """Return the text at ``key``, empty if it is missing or null. Raises ModelFailure (malformed)."""
    value = source.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise malformed(f"{key} is not a text")
    return without_lone_surrogates(value)


def object_at(source: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Return the object at ``key``, empty if it is missing or null. Raises ModelFailure (malformed)."""
    value = source.get(key)
    if value is None:
        return NOTHING
    if not isinstance(value, dict):
        raise malformed(f"{key} is not an object")
    return value


def objects_at(source: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    """Return the list of objects at ``key``, empty if missing or null. Raises ModelFailure."""
    value = source.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise malformed(f"{key} is not a list of objects")
    return value


def count_at(source: Mapping[str, object], key: str) -> int | None:
    """Return the count at ``key``, or None where there is no sensible one."""
    value = source.get(key)
    return value if type(value) is int and value >= 0 else None


def logprob_at(source: Mapping[str, object], key: str = "logprob") -> float | None:
    """Return the log-probability at ``key``, or None where there is no sensible one."""
    return as_logprob(source.get(key))


def as_logprob(value: object) -> float | None:
    """Return ``value`` if it is a log-probability, else None."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and value <= 0
    return float(value) if known else None  # type: ignore[arg-type]  # known


def total(logprobs: Sequence[float | None]) -> float | None:
    """Return the sum, or None if there is none or one of them is not known."""
    known = [value for value in logprobs if value is not None]
    return sum(known) if known and len(known) == len(logprobs) else None
