"""Why an answer is no stream: its head, and what its body says of the error."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

from fusionls.core.reply import Failure
from fusionls.engine.ports import ModelFailure
from fusionls.providers.events import json_object
from fusionls.providers.failures import (
    failure_of_answer,
    failure_of_head,
    media_type_of,
)

# An error in JSON has some hundred bytes; a page of HTML is not read.
BODY_BYTES = 16 * 1024
# The body comes with the head. The member has failed already, and only the reason is waited for.
BODY_S = 0.25
_JSON = "application/json"


async def failure_of_response(
    status: int,
    headers: Mapping[str, str],
    pieces: AsyncIterator[bytes],
    now_s: Callable[[], float] = time.time,
) -> Failure | None:
    """Return why an answer is not what was asked for, or None if ``pieces``, its body, is to be read.

    ``now_s`` gives seconds since 1970. Nothing of the body is repeated.
    """
    failure = failure_of_head(status, headers, now_s())
    if failure is None or not _may_explain(status, headers):
        return failure
    with suppress(ModelFailure):
        body = await _beginning(pieces)
        said = json_object(body.decode("utf-8", "replace"))
        if status != HTTPStatus.OK or "error" in said:
            return failure_of_answer(status, headers, said, now_s())
    return failure


def _may_explain(status: int, headers: Mapping[str, str]) -> bool:
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        return False
    explains = status == HTTPStatus.OK or status >= HTTPStatus.BAD_REQUEST
    return explains and media_type_of(headers, _JSON).endswith("json")


async def _beginning(pieces: AsyncIterator[bytes]) -> bytes:
    """Return the body, or what of it came in time and within BODY_BYTES."""
    body = bytearray()
    # Why the reason did not come, either, is no matter.
    with suppress(Exception):
        async with asyncio.timeout(BODY_S):
            async for piece in pieces:
                body += piece
                if len(body) > BODY_BYTES:
                    break
    return bytes(body)
