"""Values that are secret by the name that they are given, and passwords in addresses."""

import re
from collections.abc import Iterator

from fusionls.core.secret_literals import REFERENCE, Kind, is_mixed, is_secret, looks_random

Span = tuple[int, int]

# What the names have in common, as it is looked for in a text in lower case.
_STEMS = (
    *("pass", "pw", "secret", "key", "token", "credential", "auth", "bearer", "api_hash", "sig="),
    *("login", "identified by"),
)
_NAMED = re.compile(
    r"(?P<p>passw(?:or)?d|passphrase|passcode|pwd|secret|(?<![a-z])pass(?![a-z])"
    r"|(?<=[_-])pw(?![a-z])"
    r"|identified by|(?<=bind)pw(?![a-z])|(?<=require)pass(?![a-z]))"
    r"|(?P<k>key(?!board|word|stroke|frame|code))"
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
    r"|stage|local|old|new|current|user|admin|root|db|hash|plain|plaintext|access|auth|b64|base64|hex|\d{1,4})){0,6}",
    re.IGNORECASE | re.ASCII,
)
_REST_OF_NAME = re.compile(r"[A-Za-z0-9_.-]{0,40}", re.ASCII)
# What stands between a name and its value: the end of a quoted name, a type, the sign of an assignment.
_SIGN = re.compile(
    r"""(?P<quoted>\\?["'`])?[\])]{0,2}[ \t]{0,8}
    (?:(?::[ \t]?[A-Za-z_][\w\[\]., |?<>&*]{0,40}?[ \t]{0,4})?
      (?P<is>=>|:=|<-|={1,3}+|!=|\?\?=?|\|\|=?)(?![ \t]*(?:[\n\r]|\Z))
    |(?P<colon>:)|(?P<comma>,)|(?P<call>\()|(?P<tag>>)|(?<=[ \t])value[ \t]{0,2}(?P<attribute>=)
    |(?P<blank>(?<=[ \t])))
    [ \t]{0,16}(?P<before>[A-Za-z@$]{0,3}(?=["'`]))?""",
    re.VERBOSE,
)
# Longer values are texts, and what stands without quotes is shorter still.
LONGEST_VALUE, LONGEST_BARE = 2048, 512
# What is quoted goes to the end of the quotes, or of the line if they are open, as they are while one types.
_VALUES = {
    quote: re.compile(rf"(?:(?!{re.escape(quote)})(?:\\[^\n\r]|[^\n\r])){{0,{LONGEST_VALUE}}}+")
    for quote in ('"""', "'''", '\\"', '"', "'", "`")
}
_BARE = re.compile(rf"[^\s\"'`,;<>&|()\[\]{{}}]{{1,{LONGEST_BARE}}}+")
_LINE_START = re.compile(
    r"(?:\A|[\n\r])[ \t]*+(?:(?:export|set|setenv|ENV|ARG|[-+#]|//|\$env:|setx)[ \t]*+)*+\Z"
)
_LONGEST_LINE_START = 60
# What no expression holds, or ends in.
_SIGNS = re.compile(r"[!@^]|==?\Z")
# Of settings that stand in one line, or on a command line; what stands behind a comma is an argument.
_IN_A_LINE = re.compile(r"(?:[^,(][ \t]|[\"'-])\Z")
_TYPE = re.compile(
    r"[A-Za-z]+\Z|(?:u?int|float|double|char|str|utf|bytes|byte|word|sha|base|complex|[iuf])\d{1,3}(?:_t)?\Z",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"://(?P<user>[^\s/?#@:\"'`<>\\(){}]{0,200})(?::(?P<password>[^\s/\"'`<>\\{}]{1,300}))?@(?=[\w\[<{$%.-])"
)
_OPTIONS = re.compile(
    r"(?:(?:-u|--user|--proxy-user)[ =][\"']?[\w.@+-]{1,100}:"
    r"|(?:docker login|sshpass|mysql\w{0,8}|mariadb|mongo\w{0,8}|redis-cli)\b"
    r"[^\n\r]{0,80}?[ ]-[pa][ ]?[\"']?(?!\d+\b))"
    r"(?P<password>[^\s\"'$<{-][^\s\"'$<{]{2,200})"
)
# A name and a password, as many libraries take them.
_PAIR = re.compile(
    r"(?:auth|login|authenticate|authentication)[ ]?=?[ ]?\([ ]?[\"'][^\"'\n\r]{0,80}[\"'],[ ]?[\"']"
    r"(?P<password>[^\"'\n\r]{3,200})[\"']",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?:Bearer|Basic|Token|ApiKey|Digest)[ ](?P<token>[A-Za-z0-9._~+/=-]{12,})")
_SCHEMES = ("Bearer ", "Basic ", "Token ", "ApiKey ", "Digest ")


def named_spans(text: str) -> Iterator[Span]:
    """Yield where values stand in ``text`` that their names or the place in an address call secret."""
    # The one letter that is longer in lower case.
    lower = text.replace("\u0130", "I").lower()
    done = 0
    for at in sorted(_stems(lower)):
        if at < done:
            continue
        if pair := _PAIR.match(text, at):
            yield pair.span("password")
        named = _NAMED.match(lower, at)
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
    if any(option in text for option in (" -u", " -p", " -a", "--user", "--proxy-user")):
        yield from (found.span("password") for found in _OPTIONS.finditer(text))
    for found in _BEARER.finditer(text) if any(word in text for word in _SCHEMES) else ():
        if looks_random(found["token"], least=12):
            yield found.span("token")


def _stems(lower: str) -> Iterator[int]:
    for stem in _STEMS:
        at = lower.find(stem)
        while at >= 0:
            yield at
            at = lower.find(stem, at + len(stem))


def _value_of(text: str, named: "re.Match[str]") -> Span | None:
    kind = Kind.PASSWORD if named["p"] else Kind.KEY if named["k"] else Kind.TOKEN
    tail = _TAIL.match(text, named.end())
    rest = _REST_OF_NAME.match(text, tail.end() if tail else named.end())
    if rest is None:
        return None
    if rest[0] not in ("", "-", "."):
        # The name goes on: it is of something around the secret.
        kind = Kind.TOKEN
    sign = _SIGN.match(text, rest.end())
    if sign is None or (sign["comma"] and named["t"]):
        return None
    is_loose = sign["blank"] is not None
    if named["p"] == "pass" and (sign["call"] or is_loose) and not _goes_on(text, named.start()):
        return None
    if sign["comma"] or (is_loose and not named["p"]):
        kind = Kind.TOKEN
    at = sign.end()
    for quote in _VALUES:
        if text.startswith(quote, at):
            return _quoted(text, at + len(quote), quote, kind)
    if sign["comma"] or sign["call"]:
        return None
    return _in_tag(text, at, kind) if sign["tag"] else _bare(text, named, sign, kind)


def _quoted(text: str, start: int, quote: str, kind: Kind) -> Span | None:
    found = _VALUES[quote].match(text, start)
    if found is None or len(found[0]) >= LONGEST_VALUE:
        return None
    return found.span() if is_secret(found[0], kind) else None


def _in_tag(text: str, start: int, kind: Kind) -> Span | None:
    end = text.find("</", start, start + LONGEST_VALUE)
    if end < 0 or re.search(r"[\n\r<]", text[start:end]):
        return None
    return (start, end) if is_secret(text[start:end], kind) else None


def _bare(text: str, named: "re.Match[str]", sign: "re.Match[str]", kind: Kind) -> Span | None:
    """Return the value that stands without quotes: in a settings file, an address or a connection string."""
    found = _BARE.match(text, sign.end())
    if found is None or len(found[0]) == LONGEST_BARE:
        return None
    value = found[0].rstrip("\\")
    span = (found.start(), found.start() + len(value))
    if text[span[1] : span[1] + 1] in ("(", "[", "{", "<"):
        # An expression, or a placeholder.
        return None
    name_start = _name_start(text, named.start())
    before = text[max(0, name_start - _LONGEST_LINE_START) : name_start]
    is_tight = sign["is"] == "=" == sign[0]
    if sign["blank"] is not None:
        # As an option of a command, or in a file that has no signs.
        is_option = text.startswith("--", name_start)
        found_one = bool(is_option or named["p"]) and looks_random(value, 4 if is_option else 8)
    elif before.endswith((";", "?", "&")) and sign["is"] == "=":
        found_one = is_secret(value, min(kind, Kind.KEY))
    elif is_tight and text[name_start : named.end()].isupper() and _begins_line(before, name_start):
        # A variable of an environment: what stands behind it is the value, whatever it looks like.
        found_one = is_secret(value, kind)
    elif not (is_mixed(value) or (named["p"] and _SIGNS.search(value))) or _TYPE.match(value):
        # A word of the program.
        found_one = False
    elif _begins_line(before, name_start) or (is_tight and _IN_A_LINE.search(before)):
        found_one = is_secret(value, kind)
    else:
        found_one = looks_random(value, least=20)
    return span if found_one else None


def _begins_line(before: str, name_start: int) -> bool:
    """Tell whether a name that ``before`` stands before, as far as that was cut out, begins its line."""
    found = _LINE_START.search(before)
    return found is not None and (found[0][:1] in ("\n", "\r") or len(before) == name_start)


def _goes_on(text: str, at: int) -> bool:
    """Tell whether a name began before ``at``: "pass" alone is a word of any language."""
    return at > 0 and (text[at - 1] in "_-" or text[at - 1].isalpha())


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
            and not REFERENCE.search(password)
            and password.lower() not in ("pass", "password", "pw")
        ):
            yield found.span("password")
        elif not password and looks_random(found["user"], least=16):
            yield found.span("user")
