"""Tokens that are known by how they begin, and keys that stand between marks.

The beginnings are what the vendors document, so that people and scanners can tell a leaked token. Every
expression begins with fixed letters and is bounded, so that finding them takes time that grows with the
text and no faster.
"""

import re
from collections.abc import Iterator
from itertools import groupby, islice, takewhile

Span = tuple[int, int]

# How the rest of a token is written.
_WORD = "[A-Za-z0-9_-]"
_HEX = "[0-9a-f]"
_ALNUM = "[A-Za-z0-9]"
# Beginnings and what must follow. A bar parts beginnings of one kind.
_TOKENS = {
    "AKIA|ASIA|AROA|AIDA|AGPA|AIPA|ANPA|ANVA|ABIA|ACCA": "[A-Z0-9]{16}",
    "ABSK": "[A-Za-z0-9+/=]{60,}",
    "amzn.mws.": "[0-9a-f-]{36}",
    "ghp_|gho_|ghu_|ghs_|ghr_": _ALNUM + "{30,}",
    "github_pat_": "[A-Za-z0-9_]{36,}",
    "glpat-|gldt-|glrt-|glptt-|glft-|glsoat-|glimt-|glcbt-|gloas-|glagent-|glffct-|GR1348941": _WORD
    + "{20,}",
    "xoxb-|xoxp-|xoxa-|xoxr-|xoxs-|xoxc-|xoxd-|xoxe-|xoxo-|xoxe.xoxp-|xoxe.xoxb-|xapp-": "[A-Za-z0-9%-]{10,}",
    "hooks.slack.com/services/|hooks.slack.com/workflows/": "[A-Za-z0-9/]{20,}",
    "discord.com/api/webhooks/|discordapp.com/api/webhooks/": "[0-9]{10,}/" + _WORD + "{20,}",
    "sk_live_|sk_test_|rk_live_|rk_test_|sk_prod_|whsec_": "[A-Za-z0-9+/=]{16,}",
    "AIza": _WORD + "{30,}",
    "ya29.": "[A-Za-z0-9_.-]{20,}",
    "GOCSPX-": _WORD + "{20,}",
    "1//0": _WORD + "{24,}",
    "sk-ant-|sk-proj-|sk-svcacct-|sk-admin-|sk-or-v1-|sk-lf-|sess-": _WORD + "{16,}",
    "sk-": "(?=[a-z_-]{0,40}[A-Z0-9])" + _WORD + "{20,}",
    "hf_|api_org_": "[A-Za-z]{28,}",
    "gsk_|pcsk_|csk-|r8_|pplx-|xai-|tgp_v1_|tvly-|fw_|nvapi-|jina_|lsv2_pt_|lsv2_sk_": _WORD
    + "{24,}",
    "npm_": _ALNUM + "{30,}",
    "pypi-AgE": _WORD + "{30,}",
    "rubygems_": _HEX + "{40,}",
    "cio": _ALNUM + "{32}(?![A-Za-z0-9])",
    "oy2": "[a-z0-9]{43}",
    "dckr_pat_|dckr_oat_": _WORD + "{20,}",
    "dop_v1_|doo_v1_|dor_v1_": _HEX + "{40,}",
    "dapi": _HEX + "{32}",
    "HRKU-|nfp_|sbp_|sb_secret_|pscale_tkn_|pscale_pw_|pscale_oauth_|CFPAT-|PMAK-|NRAK-|NRII-": _WORD
    + "{20,}",
    "fm2_|fo1_": "[A-Za-z0-9+/=_-]{30,}",
    "dp.pt.|dp.st.|dp.ct.|dp.sa.|dp.scim.|dp.audit.": _ALNUM + "{30,}",
    "hvs.|hvb.|hvr.": _WORD + "{20,}",
    ".atlasv1.": _WORD + "{40,}",
    "lin_api_|lin_oauth_|ntn_|secret_": _ALNUM + "{32,}",
    "ATATT3|ATCTT3|ATBB": "[A-Za-z0-9_=-]{24,}",
    "shpat_|shpca_|shppa_|shpss_": "[0-9a-fA-F]{32}",
    "sq0atp-|sq0csp-|sq0idp-": _WORD + "{22,}",
    "EAAA|EAAC": _ALNUM + "{40,}",
    "SG.": _WORD + r"{16,64}\." + _WORD + "{20,}",
    "SK": _HEX + "{32}(?![0-9A-Za-z])",
    "key-": _HEX + "{32}",
    "sntrys_|sntryu_|glsa_|glc_|figd_|tskey-|ops_eyJ|bkua_|CCIPAT_|pul-|pnu_|tfp_": "[A-Za-z0-9+/=_-]{24,}",
    "dt0c01.|dt0s01.": r"[A-Z0-9]{16,}\.[A-Z0-9]{40,}",
    "xkeysib-|xsmtpsib-": _HEX + "{40,}",
    "rdme_|duffel_test_|duffel_live_|FLWSECK_TEST-|FLWSECK-|EZAK|EZTK|AKCp|CLOJARS_": _WORD
    + "{28,}",
    "LTAI": _ALNUM + "{16,}",
    "p8e-": _WORD + "{28,}",
    "AGE-SECRET-KEY-1": "[0-9A-Z]{40,}",
    "eyJ": _WORD + r"{8,}\." + _WORD + r"{8,}(?:\." + _WORD + "*)?",
}
# Beginnings that are also ends of words: nothing of a word may stand before them.
_WHOLE_WORDS = {
    *("sk-", "cio", "oy2", "dapi", "SK", "key-", "eyJ", "secret_", "hf_", "fw_", "r8_"),
    *("1//0", "pul-", "SG.", "fo1_", "sess-"),
}
# These letters are in any image that is written in base64.
_IN_BASE64 = {"EAAA", "EAAC"}
# Tokens without a beginning of their own.
_SHAPES = (
    r"(?<!\d)\d{8,10}:AA[\w-]{33}",
    r"(?<![0-9a-f])[0-9a-f]{32}-us\d{1,2}",
    r"(?<![\w-])[MNO][A-Za-z0-9]{22,27}\.[\w-]{6}\.[\w-]{27,40}",
    r"(?<![\w~.-])[\w~.-]{3}[78]Q~[\w~.-]{31,34}",
    r"\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
)
# A token has a run of so many letters. What is shorter is passed over in one go, which makes this ten times
# as fast as looking at every place.
_RUN = re.compile(
    r"(?:[^A-Za-z0-9_+/-]++|[A-Za-z0-9_+/-]{1,19}+(?![A-Za-z0-9_+/-]))*+(?:([A-Za-z0-9_+/-]{20,}+)|\Z)"
)
# What stands around the run and belongs to the same token.
_BEFORE, _BEHIND = 40, 64
_BLOCK = re.compile(
    r"-----?[ ]?(?P<mark>BEGIN|END)[ ]"
    r"(?:[A-Z0-9 ]{0,40}PRIVATE KEY(?:[ ]BLOCK)?|OpenVPN Static key V1)[ ]?-----?"
    r"|(?P<putty>Private-Lines):[ ]\d+"
)
# A line of a key, perhaps as a piece of a string: signs that belong to the code around, and the key itself.
_KEY_LINE = re.compile(
    r"[ \t>|#*\"'`+(\[]*"
    r"(?P<key>[A-Za-z0-9+/=]{30,}|[A-Z][A-Za-z0-9-]{2,30}:[ ][^\"'`\n]*|=?[A-Za-z0-9+/]{1,30}={0,2})?"
    r"(?P<rest>(?:\\[nr])*[ \t\"'`,;+)\]\\]*)"
)
_SAME_LINE = re.compile(r"(?:\\[nr]|[A-Za-z0-9+/=:, ]){20,}")
# A key of 16,384 bits has 200 lines.
MOST_LINES = 400
_LONG = 30


def _token(beginning: str, rest: str) -> str:
    literal = re.escape(beginning)
    before = rf"(?<![A-Za-z0-9_-]{literal})" if beginning in _WHOLE_WORDS else ""
    if beginning in _IN_BASE64:
        before = rf"(?<![A-Za-z0-9_+/-]{literal})"
    return literal + before + rest


def _any_token() -> "re.Pattern[str]":
    """Return one expression for all, parted by their first letters, so that few are tried at a place."""
    found = sorted(_token(one, rest) for many, rest in _TOKENS.items() for one in many.split("|"))
    by_letter = (
        f"{letter}(?:{'|'.join(one[1:] for one in same)})"
        for letter, same in groupby(
            (one for one in found if one[0].isalnum()), key=lambda one: one[0]
        )
    )
    others = (one for one in found if not one[0].isalnum())
    return re.compile("|".join([*by_letter, *others, *_SHAPES]))


_ANY_TOKEN = _any_token()


def token_spans(text: str) -> Iterator[Span]:
    """Yield where tokens stand in ``text`` that are known by how they begin."""
    done = 0
    for run in _RUN.finditer(text):
        start, end = run.span(1)
        if start < 0:
            break
        at = max(done, start - _BEFORE)
        while at < end and (found := _ANY_TOKEN.search(text, at, end + _BEHIND)):
            # Looked for within bounds, taken as far as it goes.
            span = _ANY_TOKEN.match(text, found.start()) or found
            yield span.span()
            done = at = span.end()


def key_block_spans(text: str) -> Iterator[Span]:
    """Yield where private keys stand in ``text``, line by line, also those that are cut off."""
    if not any(words in text for words in ("PRIVATE KEY", "Private-Lines", "Static key")):
        return
    marks = list(_BLOCK.finditer(text))
    bounds = [0, *(at for mark in marks for at in mark.span()), len(text)]
    for number, mark in enumerate(marks):
        # Nothing is looked at beyond the next mark, so that every line is looked at twice at most.
        if mark["mark"] == "END":
            lines = _lines_before(text, bounds[2 * number], mark.start())
        else:
            lines = _lines_after(text, mark.end(), bounds[2 * number + 3])
        yield from _key_lines(text, list(islice(lines, MOST_LINES)))


def _key_lines(text: str, lines: list[Span]) -> Iterator[Span]:
    """Yield what is key in ``lines``, which lead away from a mark; the first is the rest of its line."""
    start, end = lines[0]
    if found := _SAME_LINE.search(text, start, end):
        yield found.span()
        return
    found_lines = takewhile(bool, (_KEY_LINE.fullmatch(text, *line) for line in lines[1:]))
    keys = [found.span("key") for found in found_lines if found and found["key"]]
    sure = [_is_surely_key(text[slice(*key)]) for key in keys]
    for number, key in enumerate(keys):
        # A short line is a word of the program, unless it is the last one of a key.
        if any(sure[max(0, number - 1) : number + 2]):
            yield key


def _is_surely_key(line: str) -> bool:
    return len(line) >= _LONG or ":" in line or line.startswith("=")


def _lines_after(text: str, start: int, stop: int) -> Iterator[Span]:
    while start <= stop:
        ends = [
            at for at in (text.find("\n", start, stop), text.find("\r", start, stop)) if at >= 0
        ]
        end = min(ends, default=stop)
        yield start, end
        start = end + 1


def _lines_before(text: str, floor: int, end: int) -> Iterator[Span]:
    while end >= floor:
        start = max(text.rfind("\n", floor, end) + 1, text.rfind("\r", floor, end) + 1, floor)
        yield start, end
        end = start - 1
