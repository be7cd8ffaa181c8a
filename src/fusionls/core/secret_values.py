"""Values that are secret by the name that they are given, and passwords in addresses."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from enum import IntEnum

PLACEHOLDER = "<redacted>"

Span = tuple[int, int]


class _Kind(IntEnum):
    """How much a name says of its value."""

    PASSWORD = 0  # any literal is one
    KEY = 1  # a literal with digits, or a long one
    TOKEN = 2  # one that looks random: in a compiler everything is a token


# What the names have in common, as it is looked for in a text in lower case.
_STEMS = (
    "pass",
    "pwd",
    "secret",
    "key",
    "token",
    "credential",
    "auth",
    "bearer",
    "api_hash",
    "sig=",
)
_NAMED = re.compile(
    r"(?P<p>passw(?:or)?d|passphrase|passcode|pwd|secret|(?<![a-z])pass(?![a-z]))|(?P<k>key(?!board|word|stroke|frame|code))"
    r"|(?P<t>token|credential|authorization|(?<![a-z])auth(?![a-z])|bearer|api_hash|sig(?==))"
)
# Which keys are secret: a key is most often one of a dictionary.
_OF_KEYS = re.compile(
    r"(?:api|access|private|secret|signing|signature|encryption|account|shared[_.-]?access|master|client|storage"
    r"|license|service|consumer|app|application|auth|deploy|ssh|session|webhook|hmac|jwt|cipher|crypto|cookie|rsa|aes"
    r"|write|ingest|subscription|server|admin|host|primary|secondary|functions?|instrumentation)[_.-]?\Z"
)
_LONGEST_OF_KEYS = 20
# The rest of a name that does not make it the name of something else, as "password_field" is.
_TAIL = re.compile(
    r"s?(?:[_.-]?(?:key|id|base|value|text|string|str|default|prod|production|dev|development|test|testing|live|staging"
    r"|stage|local|old|new|current|user|admin|root|db|hash|plain|plaintext|access|auth|b64|base64|hex|\d{1,4}))*",
    re.IGNORECASE | re.ASCII,
)
_REST_OF_NAME = re.compile(r"[A-Za-z0-9_.-]{0,40}", re.ASCII)
# What stands between a name and its value: the end of a quoted name, a type, the sign of an assignment.
_SIGN = re.compile(
    r"""(?P<quoted>\\?["'`])?[\])]{0,2}[ \t]{0,8}
    (?:(?::[ \t]?[A-Za-z_][\w\[\]., |?<>&*]{0,40}?[ \t]{0,4})?(?P<is>=>|:=|={1,3}|!=|\?\?=?|\|\|=?)
    |(?P<colon>:)|(?P<comma>,)|(?P<call>\()|(?P<tag>>)|[ \t]{1,4}value[ \t]{0,2}(?P<attribute>=)
    |(?P<blank>(?<=[ \t])))
    [ \t]{0,16}(?P<before>[A-Za-z@$]{0,3}(?=["'`]))?""",
    re.VERBOSE,
)
_QUOTES = ('"""', "'''", '\\"', '"', "'", "`")
_BARE = re.compile(r"[^\s\"'`,;<>&|()\[\]{}]+")
_LINE_START = re.compile(
    r"(?:^|[\n\r])[ \t]*(?:(?:export|set|setenv|ENV|ARG|-|--|\+|//|#|\$env:|setx)[ \t]*)*\Z",
    re.ASCII,
)
# An expression, a reference or a place to be filled in.
_REFERENCE = re.compile(
    r"[${]|%[sdr(]|%\w+%|<[^>]*>?|\*{3,}|x{4,}\Z|X{4,}\Z|\.{3}|\A(?:os|self|this|process|config|env|settings|args|vault"
    r"|ref|arn|file|secretsmanager|ssm|keyring|op|vars?|local|data|module)[.:]|\A(?:https?|\.{0,2}/|~/)|\\[wdsb]|\A[@^&]\w+\Z"
)
_PLACE = re.compile(
    r"(?:your|my|the|some|any|an?|enter|insert|replace|dummy|example|sample|placeholder|redacted|changeme|todo|none|null"
    r"|nil|undefined|true|false|required|optional|hidden|text|string|str|bytes|current|new|test|foo|bar|baz|empty|default)"
    r"(?:[-_ ].*)?\Z",
    re.IGNORECASE | re.DOTALL,
)
_WORDS_OF_NAMES = re.compile(
    r"passw(?:or)?d|passphrase|pwd|secret|token|credential|key|auth|login|user|hash|salt",
    re.IGNORECASE,
)
_TYPE = re.compile(r"[A-Za-z]+(?:8|16|32|64|128|256|512)?(?:_t)?\Z")
_ADDRESS = re.compile(
    r"://(?P<user>[^\s/?#@:\"'`<>\\(){}]{0,200})(?::(?P<password>[^\s/\"'`<>\\{}]{1,300}))?@(?=[\w\[<{$%.-])"
)
_CURL = re.compile(
    r"(?:-u|--user|--proxy-user)[ =][\"']?[\w.@+-]{1,100}:(?P<password>[^\s\"'$<{]{3,200})"
)
_BEARER = re.compile(r"(?:Bearer|Basic|Token|ApiKey|Digest)[ ](?P<token>[A-Za-z0-9._~+/=-]{12,})")
_SCHEMES = ("Bearer ", "Basic ", "Token ", "ApiKey ", "Digest ")
# Longer values are texts.
LONGEST_VALUE = 4096


def named_spans(text: str) -> Iterator[Span]:
    """Yield where values stand in ``text`` that their names or the place in an address call secret."""
    # The one letter that is longer in lower case.
    lower = text.replace("\u0130", "I").lower()
    done = 0
    for at in sorted(_stems(lower)):
        named = _NAMED.match(lower, at) if at >= done else None
        if named is None or (
            named["k"] and not _OF_KEYS.search(lower, max(0, at - _LONGEST_OF_KEYS), at)
        ):
            continue
        span = _value_of(text, named)
        if span is not None:
            done = span[1]
            yield span
    if "://" in text:
        yield from _in_addresses(text)
    if "-u" in text:
        yield from (found.span("password") for found in _CURL.finditer(text))
    for found in _BEARER.finditer(text) if any(word in text for word in _SCHEMES) else ():
        if _looks_random(found["token"], least=12):
            yield found.span("token")


def _stems(lower: str) -> Iterator[int]:
    for stem in _STEMS:
        at = lower.find(stem)
        while at >= 0:
            yield at
            at = lower.find(stem, at + len(stem))


def _value_of(text: str, named: "re.Match[str]") -> Span | None:
    kind = _Kind.PASSWORD if named["p"] else _Kind.KEY if named["k"] else _Kind.TOKEN
    tail = _TAIL.match(text, named.end())
    rest = _REST_OF_NAME.match(text, tail.end() if tail else named.end())
    end = rest.end() if rest else named.end()
    if rest and rest[0] and rest[0] not in ("-", "."):
        # The name goes on: it is of something around the secret.
        kind = _Kind.TOKEN
    sign = _SIGN.match(text, end)
    if sign is None:
        return None
    if sign["comma"] or sign["call"] or sign["blank"] is not None:
        kind = max(kind, _Kind.TOKEN if sign["quoted"] or not sign["call"] else kind)
    at = sign.end()
    for quote in _QUOTES:
        if text.startswith(quote, at):
            return _quoted(text, at + len(quote), quote, kind)
    if sign["comma"] or sign["call"] or sign["blank"] is not None:
        return None
    if sign["tag"]:
        return _in_tag(text, at, kind)
    return _bare(text, named, sign, at, kind)


def _quoted(text: str, start: int, quote: str, kind: _Kind) -> Span | None:
    end = start
    most = min(len(text), start + LONGEST_VALUE)
    while end < most and text[end] not in "\n\r" and not text.startswith(quote, end):
        end += 1 + (
            text[end] == "\\"
            and len(quote) == 1
            and text[end + 1 : end + 2] not in ("", "\n", "\r")
        )
    end = min(end, len(text))
    return (start, end) if end < most + 1 and _is_secret(text[start:end], kind) else None


def _in_tag(text: str, start: int, kind: _Kind) -> Span | None:
    end = text.find("</", start, start + LONGEST_VALUE)
    if end < 0 or re.search(r"[\n\r<]", text[start:end]):
        return None
    return (start, end) if _is_secret(text[start:end], kind) else None


def _bare(
    text: str, named: "re.Match[str]", sign: "re.Match[str]", start: int, kind: _Kind
) -> Span | None:
    """Return the value that stands without quotes: in a settings file, an address or a connection string."""
    found = _BARE.match(text, start)
    if found is None or PLACEHOLDER in text[start : found.end() + len(PLACEHOLDER)]:
        return None
    value, (start, end) = found[0].rstrip("\\"), found.span()
    end = start + len(value)
    if not value or text[end : end + 1] in ("(", "[", "{", "<"):
        return None
    name_start = _name_start(text, named.start())
    before = text[max(0, name_start - 2) : name_start]
    in_string = before[-1:] in (";", "?", "&") and sign["is"] == "="
    line_before = text[max(0, name_start - 60) : name_start]
    at_line_start = bool(_LINE_START.search(line_before)) and (
        name_start - len(line_before) == 0 or any(sign in line_before for sign in "\n\r")
    )
    tight = sign["is"] == "=" and sign[0] == "="
    if in_string:
        return (start, end) if _is_secret(value, min(kind, _Kind.KEY), least=4) else None
    if at_line_start and tight and text[name_start : named.end()].isupper():
        # A variable of an environment: what stands behind it is the value, whatever it looks like.
        return (start, end) if _is_secret(value, kind) else None
    if re.fullmatch(r"[A-Za-z_][\w.]*", value) and not _is_mixed(value):
        return None
    if _TYPE.fullmatch(value) and not (at_line_start and _is_mixed(value) and len(value) >= 6):
        return None
    if at_line_start or (
        tight and before[-1:] in (" ", "\t", '"', "'", "-") and before[-2:-1] != ","
    ):
        least = max(kind, _Kind.KEY)
        return (start, end) if _is_secret(value, least, least=6) else None
    return (start, end) if _looks_random(value, least=20) else None


def _name_start(text: str, at: int) -> int:
    first = max(0, at - 60)
    while at > first and (text[at - 1].isalnum() or text[at - 1] in "_.-"):
        at -= 1
    return at


def _in_addresses(text: str) -> Iterator[Span]:
    for found in _ADDRESS.finditer(text):
        password = found["password"]
        if (
            password
            and not _REFERENCE.search(password)
            and password.lower() not in ("pass", "password", "pw")
        ):
            yield found.span("password")
        elif not password and _looks_random(found["user"], least=16):
            yield found.span("user")


def _is_secret(value: str, kind: _Kind, least: int = 4) -> bool:
    if (
        len(value) < least
        or PLACEHOLDER in value
        or _REFERENCE.search(value)
        or _PLACE.match(value)
    ):
        return False
    if kind is _Kind.TOKEN:
        return _looks_random(value, least=10)
    mixed = _is_mixed(value)
    if not mixed and (_WORDS_OF_NAMES.search(value) or value.isdigit()):
        return False
    if kind is _Kind.KEY:
        return (
            _looks_random(value, least=8)
            if mixed
            else len(value) >= 12 and _entropy(value) >= 3 and value.isalnum()
        )
    if " " in value:
        # A phrase is a sentence if it is written like one.
        return not (value[0].isupper() or value[0] == " " or value.rstrip()[-1] in ".:?!,)")
    return bool(re.search(r"\w", value)) and not re.fullmatch(
        r"[A-Z]+(?:_[A-Z]+)+|[\w.-]+\.(?:txt|json|ya?ml|key|pem|py|html?)", value
    )


def _is_mixed(value: str) -> bool:
    return bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value))


def _looks_random(value: str, least: int) -> bool:
    if len(value) < least or not _is_mixed(value) or re.search(r"[\s(){}<>\[\],;]", value):
        return False
    if re.search(
        r"\.(?:py|js|ts|json|html?|com|org|net|io|dev|txt|md|png|svg)\b|://|\A[\w.-]+@", value
    ):
        return False
    return _entropy(value) >= 2.7


def _entropy(value: str) -> float:
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())
