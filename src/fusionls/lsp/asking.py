"""Questions of ours to the client, each with an end to the patience."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Generator
from typing import Any
from uuid import uuid4

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method


class NoAnswer(Exception):
    """The client did not answer, or not with what was asked for. ``refused``: it answered an error."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.refused = refused


class AskingProtocol(LanguageServerProtocol):
    """pygls' protocol, whose requests to the client come to an end, and that remembers nothing for ever."""

    async def asked(self, method: str, params: Any, patience_s: float) -> Any:
        """Send a request and return the client's result, as the protocol's type.

        Waits ``patience_s`` seconds at most. Raises NoAnswer if nothing usable comes. What comes after
        that, or after the caller was cancelled, is ignored.
        """
        number = str(uuid4())
        try:
            async with asyncio.timeout(patience_s):
                return await self.send_request_async(method, params, msg_id=number)
        except TimeoutError as error:
            raise NoAnswer(f"no answer to {method} within {patience_s:.0f} s") from error
        except JsonRpcException as error:
            raise NoAnswer(f"{method} was refused with code {error.code}", refused=True) from error
        except Exception as error:
            why = f"the answer to {method} cannot be read ({type(error).__name__})"
            raise NoAnswer(why) from error
        finally:
            # A client that never answers must not make us remember every question.
            self._request_futures.pop(number, None)
            self._result_types.pop(number, None)

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(
        self, params: types.InitializeParams
    ) -> Generator[Any, Any, types.InitializeResult]:
        """Shake hands. That commands report progress is what pygls has no option for."""
        result = yield from super().lsp_initialize(params)
        if (commands := result.capabilities.execute_command_provider) is not None:
            commands.work_done_progress = True
        return result

    def _execute_handler(
        self, msg_id: Any, handler: Any, callback: Any, args: Any = None, kwargs: Any = None
    ) -> None:
        """Run a handler (called by pygls), and forget its future at its end: pygls keeps notifications'.

        A plain function may return a coroutine. What it does itself is done at once, before the next
        message: that is how a request sees the document that it was asked for.
        """
        begun: Coroutine[Any, Any, Any] | None = None
        if not (asyncio.iscoroutinefunction(handler) or inspect.isgeneratorfunction(handler)):
            handler, begun = _begun(handler, args or (), kwargs or {})
            args = kwargs = None
        super()._execute_handler(msg_id, handler, callback, args, kwargs)
        future = self._request_futures.get(msg_id)

        def forget(_: Any) -> None:
            if self._request_futures.get(msg_id) is future:
                del self._request_futures[msg_id]
            if begun is not None:
                # Cancelled before its first step, it would complain that nobody awaited it.
                begun.close()

        if future is not None:
            future.add_done_callback(forget)


def _begun(
    handler: Any, args: Any, kwargs: Any
) -> tuple[Callable[[], Any], Coroutine[Any, Any, Any] | None]:
    """Call ``handler`` now; return one without parameters that gives what came of it.

    With it comes the coroutine that ``handler`` returned, if it did.
    """
    try:
        outcome = handler(*args, **kwargs)
    except Exception as error:
        failure = error

        def fail() -> None:
            raise failure

        return fail, None
    if not inspect.iscoroutine(outcome):
        return lambda: outcome, None

    async def go_on() -> Any:
        return await outcome

    return go_on, outcome
