"""The user's settings file as a pydantic model: what may stand in it, and what it must be."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fusionls.core.member import Privacy

Role = Literal["completion", "refactor", "judge"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=80)]
# The hard caps may be widened by the user, but an answer after ten seconds is not a completion.
LONGEST_BUDGET_MS = 10_000
# Wires that need no endpoint.
IN_PROCESS = frozenset({"embedded", "memory"})
LOOPBACK = re.compile(r"^(localhost|127(\.\d{1,3}){3}|::1)$")


class Block(BaseModel):
    """A table of the file. A key that means nothing is an error: a typing mistake must not pass."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Key(Block):
    """Where a key comes from. The key itself never stands in the file."""

    env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class MemberBlock(Block):
    """``[members.NAME]``: one model and the way to it."""

    wire: str
    endpoint: str = ""
    model: str = ""
    family: str = ""
    key: Key | None = None
    privacy: Annotated[Privacy, Field(strict=False)] | None = None
    maker: str = ""
    prior: Annotated[float, Field(ge=0, le=1, strict=False)] | None = None
    roles: list[Role] = ["completion"]
    allow_plain_http: bool = False

    @model_validator(mode="after")
    def _has_a_way(self) -> MemberBlock:
        if self.wire in IN_PROCESS:
            if self.endpoint or self.key:
                raise ValueError("an embedded member runs here: leave out endpoint and key")
            return self
        parts = urlsplit(self.endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError('endpoint must be a URL like "http://127.0.0.1:8012"')
        if parts.username or parts.password:
            raise ValueError("endpoint must not hold a password: use key")
        loopback = bool(LOOPBACK.match(parts.hostname))
        if parts.scheme == "http" and not loopback and not self.allow_plain_http:
            raise ValueError(
                "plain http sends code and key readably over the network: "
                "use https, or set allow_plain_http = true for this member"
            )
        return self

    @property
    def is_loopback(self) -> bool:
        """Tell whether the endpoint is on this machine."""
        return self.wire in IN_PROCESS or bool(
            LOOPBACK.match(urlsplit(self.endpoint).hostname or "")
        )


class PoolBlock(Block):
    """``[pools.NAME]``: which members are asked, in order."""

    members: Annotated[list[str], Field(min_length=1)]


class CompletionBlock(Block):
    """``[completion]``: which pool, and the hard caps in milliseconds."""

    pool: str = "default"
    budget_ms: Annotated[int, Field(ge=1, le=LONGEST_BUDGET_MS)] = 350
    manual_budget_ms: Annotated[int, Field(ge=1, le=LONGEST_BUDGET_MS)] = 1500


class UserFile(Block):
    """The whole file."""

    members: dict[Name, MemberBlock] = {}
    pools: dict[Name, PoolBlock] = {}
    completion: CompletionBlock = CompletionBlock()


class EditorCompletion(Block):
    """``fusionls.completion`` in an editor's settings."""

    enabled: bool = True
    pool: str | None = None
    members: Annotated[list[str], Field(min_length=1)] | None = None
    budget_ms: Annotated[int, Field(ge=1)] | None = None
    manual_budget_ms: Annotated[int, Field(ge=1)] | None = None
