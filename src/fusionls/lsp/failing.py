"""Requests that are well-formed and fail all the same."""

from lsprotocol.types import ErrorCodes, LSPErrorCodes
from pygls.exceptions import JsonRpcException


class RequestFailed(JsonRpcException):
    """What a command raises that a person asked for by name: its message is shown to them.

    LSP 3.17, "RequestFailed": the request was correct and failed, so nobody must look for a mistake in
    it. While somebody types no answer is better; who asks for an edit wants to know.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, LSPErrorCodes.RequestFailed)


class WrongParams(JsonRpcException):
    """Params that have the protocol's types and say nothing that can be used all the same."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ErrorCodes.InvalidParams)
