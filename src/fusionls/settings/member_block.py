"""``[members.NAME]``: one model, and the way to it. Only the user's own files may hold such a block."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from fusionls.core.member import Privacy
from fusionls.settings.rights import user

Role = Literal["completion", "refactor", "judge"]
# Wires that need no endpoint.
IN_PROCESS = frozenset({"embedded", "memory"})
_PART = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
LOOPBACK = re.compile(rf"(localhost|127(\.{_PART}){{3}}|::1)\Z")
HEADER_NAME = re.compile(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
# They carry keys, which have a place of their own, or say how a message is framed.
RESERVED_HEADERS = frozenset(
    {
        *(
            "authorization",
            "proxy-authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "cookie",
        ),
        *("host", "content-length", "content-type", "content-encoding", "transfer-encoding"),
        *("connection", "upgrade", "te", "trailer", "expect"),
    }
)
# What the wires write of a request's body.
RESERVED_BODY = frozenset(
    {
        *("model", "prompt", "messages", "contents", "system", "system_instruction", "stream"),
        *("suffix", "input", "inputs", "input_prefix", "input_suffix", "segments"),
    }
)
# Who is a judge is named in [refactor].
ROLES: list[Role] = ["completion", "refactor"]
# The longest that any model is sold with is a few million tokens.
MOST_CONTEXT = 16_000_000


class Block(BaseModel):
    """A table of the file. A key that means nothing is an error: a typing mistake must not pass."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class KeyBlock(Block):
    """Where a key comes from: exactly one of the four. The key itself never stands in the file."""

    env: Annotated[
        str,
        Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$"),
        user("An environment variable that holds the key.", '"OPENAI_API_KEY"'),
    ] = ""
    keyring: Annotated[
        str,
        Field(pattern=r"^([^/]+/.+)?$"),
        user("An entry of the system's keyring, as service/user.", '"fusionls/openai"'),
    ] = ""
    command: Annotated[
        list[str],
        user(
            "A program and its arguments; what it prints is the key. No shell is involved.",
            '["pass", "show", "openai"]',
        ),
    ] = []
    file: Annotated[
        str,
        user("A file with the key in it, that only you may read (mode 0600).", '"~/.openai-key"'),
    ] = ""

    @model_validator(mode="after")
    def _is_one(self) -> KeyBlock:
        given = [name for name in type(self).model_fields if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(
                'say where the key is in exactly one way: { env = "NAME" }, keyring,'
                " command or file"
            )
        if self.command and not self.command[0]:
            raise ValueError("command must begin with the name of a program")
        return self


class PriceBlock(Block):
    """What a member costs."""

    input: Annotated[
        float,
        Field(ge=0, allow_inf_nan=False),
        user("What a million tokens that it reads cost, in the currency at the top.", "0.15"),
    ] = 0.0
    output: Annotated[
        float,
        Field(ge=0, allow_inf_nan=False),
        user("What a million tokens that it writes cost.", "0.6"),
    ] = 0.0


class NetworkBlock(Block):
    """The way into the network."""

    ca_file: Annotated[
        str,
        user("Certificates to trust beside the system's, a PEM file.", '"~/corp-ca.pem"'),
    ] = ""
    client_certificate: Annotated[
        str, user("The certificate that shows who you are, a PEM file.", '"~/me.pem"')
    ] = ""
    client_key: Annotated[
        str, user("The key of that certificate, if the file does not hold it too.", '"~/me.key"')
    ] = ""
    proxy: Annotated[
        str,
        user("A proxy; none from the environment is used.", '"http://proxy.example:3128"'),
    ] = ""

    @model_validator(mode="after")
    def _is_a_way(self) -> NetworkBlock:
        if self.client_key and not self.client_certificate:
            raise ValueError("client_key needs client_certificate")
        if self.proxy:
            parts = urlsplit(self.proxy)
            if parts.scheme not in ("http", "https") or not _is_plain_host(self.proxy):
                raise ValueError('proxy must be a URL like "http://proxy.example:3128"')
        return self


class MemberBlock(Block):
    """``[members.NAME]``: one model and the way to it."""

    wire: Annotated[
        str,
        user(
            'The dialect that the endpoint speaks; "embedded" runs a model on this machine.',
            '"openai"',
        ),
    ]
    endpoint: Annotated[
        str, user("The address of the model's server.", '"http://127.0.0.1:8012"')
    ] = ""
    model: Annotated[
        str, user("The model's name, as its server knows it.", '"qwen2.5-coder-1.5b"')
    ] = ""
    family: Annotated[
        str,
        user(
            "The prompt format. Without it, it is taken from the model's name.", '"qwen2.5-coder"'
        ),
    ] = ""
    key: Annotated[
        KeyBlock | None,
        user("Where the key comes from; never the key.", '{ env = "OPENAI_API_KEY" }'),
    ] = None
    privacy: Annotated[
        Annotated[Privacy, Field(strict=False)] | None,
        user(
            "How far away the machine is: local (this one), private (your network) or cloud. Without it:"
            " local for an endpoint on this machine, else cloud.",
            '"private"',
        ),
    ] = None
    maker: Annotated[
        str, user("Who made the model. Members of one maker count as about one vote.", '"qwen"')
    ] = ""
    prior: Annotated[
        Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None,
        user("How often the model is right, from 0 to 1, before fusionls knows it.", "0.48"),
    ] = None
    shares: Annotated[
        str,
        user("Members with the same word share a machine and slow each other down.", '"gpu0"'),
    ] = ""
    price: Annotated[
        PriceBlock | None,
        user("What a million tokens cost.", "{ input = 0.15, output = 0.6 }"),
    ] = None
    roles: Annotated[
        list[Role], Field(min_length=1), user("What it is asked for.", '["refactor"]')
    ] = ROLES
    context: Annotated[
        Annotated[int, Field(ge=0, le=MOST_CONTEXT)],
        user(
            "How many tokens the model takes, question and answer together: an edit that needs more is"
            " asked for with less around it. 0 where you do not know; an embedded model is started with it.",
            "32768",
        ),
    ] = 0
    allow_plain_http: Annotated[
        bool,
        user(
            "Allow http without TLS to another machine: code and key can be read on the way.",
            "true",
        ),
    ] = False
    headers: Annotated[
        dict[str, str],
        user("More headers of its requests.", '{ "HTTP-Referer" = "https://acme.example" }'),
    ] = {}
    body: Annotated[
        dict[str, JsonValue],
        user("More fields of its requests' body.", "{ top_k = 20 }"),
    ] = {}
    query: Annotated[
        dict[str, str],
        user("More parameters of its requests' address.", '{ api-version = "2024-10-21" }'),
    ] = {}
    network: Annotated[
        NetworkBlock | None,
        user("Its own way into the network, in place of [network].", '{ ca_file = "~/lab.pem" }'),
    ] = None

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not HEADER_NAME.match(name):
                raise ValueError(f"{name!r:.60} is no name of a header")
            if name.lower() in RESERVED_HEADERS:
                raise ValueError(f"{name} is written by fusionls itself: for a key, use key")
            if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
                raise ValueError(f"the value of {name} has a line break or a control character")
        return headers

    @field_validator("body")
    @classmethod
    def _is_additional(cls, body: dict[str, JsonValue]) -> dict[str, JsonValue]:
        for name in body:
            if name in RESERVED_BODY:
                raise ValueError(f"{name} is written by the wire itself: leave it out")
        return body

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
        if not _is_plain_host(self.endpoint) or parts.query or parts.fragment:
            raise ValueError(
                "endpoint must be a scheme, a host, a port and a path; parameters are query"
            )
        if self.privacy is Privacy.LOCAL and not self.is_loopback:
            raise ValueError(
                'privacy = "local" is for this machine, and the endpoint is not on it: '
                'use privacy = "private", or an endpoint on 127.0.0.1'
            )
        if parts.scheme == "http" and not self.is_loopback and not self.allow_plain_http:
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


def _is_plain_host(url: str) -> bool:
    """Tell whether a URL has a host and nothing that two readers could read differently."""
    # Raises ValueError for a port that is none, which pydantic makes a sentence of.
    parts = urlsplit(url)
    return bool(
        parts.hostname
        and parts.port != 0
        and "@" not in parts.netloc
        and not re.search(r"[\s\x00-\x1f\x7f\\]", url)
    )
