"""No character that a person cannot see comes into a document: every one of them is offered."""

import sys
import unicodedata
from itertools import groupby

import pytest

from fusionls.core.cleanup.hidden_characters import hidden_in
from fusionls.core.member import Caps, Member
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.pipeline import CompletionEngine
from tests.support.pools import scripted_pools
from tests.support.scripted_transport import Script, answer
from tests.support.virtual_time import run_virtual

TEXT = "def name():\n    return $0\n"
ORDINARY = set("\t\n\r ")
# What shows as nothing though Unicode calls it a letter or a mark (DerivedCoreProperties.txt, "Default
# ignorable"; the blanks of Braille, music and Khitan; the place of an object; what stands for lost text).
SHOWS_NOTHING = {
    *map(
        chr,
        [
            0x34F,
            0x115F,
            0x1160,
            0x17B4,
            0x17B5,
            0x2800,
            0x3164,
            0xFFA0,
            0xFFFC,
            0xFFFD,
            0x16FE4,
            0x1D159,
        ],
    ),
    *map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]),
}


def forbidden():
    """Return every forbidden code point, by the table of the Python that runs, with its category."""
    found = {}
    for code in range(sys.maxunicode + 1):
        sign = chr(code)
        kind = unicodedata.category(sign)
        if (kind[0] in "CZ" and sign not in ORDINARY) or sign in SHOWS_NOTHING:
            found[sign] = kind
    return found


FORBIDDEN = forbidden()


def offered():
    """Return what goes through the engine: all of them, but of those that nothing is assigned to the ends of
    each range and one in a thousand. The rest is the same rule, asked of the filter below."""
    few: list[str] = []
    for kind, group in groupby(FORBIDDEN.items(), key=lambda item: item[1]):
        signs = [sign for sign, _ in group]
        few += signs if kind not in ("Cn", "Co") else {signs[0], signs[-1], *signs[::1000]}
    return few


def shown(answers, text=TEXT, trigger=Trigger.MANUAL):
    """Return all texts that a person is shown when members give ``answers`` one after the other."""
    prefix, _, suffix = text.partition("$0")
    document = DocumentSnapshot("file:///a.py", "python", 1, prefix + suffix)

    async def run():
        scripts: dict[str, Script | list[Script]] = {"trojan": [answer(text) for text in answers]}
        pools = scripted_pools(scripts, {"trojan": Member("trojan", prior=0.9)}, Caps())
        engine = CompletionEngine(pools)
        texts = []
        for number in range(len(answers)):
            request = CompletionRequest(f"r{number}", document, len(prefix), trigger)
            suggestion = await engine.complete(request)
            texts += [offer.text for offer in suggestion.offers] if suggestion else []
        await engine.aclose()
        return texts, len(pools.transport.requests)

    return run_virtual(run())


def test_an_ordinary_answer_of_the_same_shape_is_shown():
    assert shown(['"na\u00efve n\u0430me 1"']) == (['"na\u00efve n\u0430me 1"'], 1)


def test_no_forbidden_code_point_is_shown():
    signs = offered()
    # In a string the grammar has nothing against them.
    texts, asked = shown([f'"na{sign}me {number}"' for number, sign in enumerate(signs)])
    assert asked == len(signs) > 2500
    assert texts == []


def test_every_code_point_is_judged_by_its_kind():
    assert len(FORBIDDEN) > 900_000
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    wrong = [
        hex(ord(s)) for s in every if hidden_in(f"a{s}b") != ({s} if s in FORBIDDEN else set())
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text", ["\u2764\ufe0f", "\u26a0\ufe0f", "1\ufe0f\u20e3", "\U0001f3f3\ufe0f", "\u00a9\ufe0e"]
)
def test_emojis_are_no_trick(text):
    assert hidden_in(f'"{text}"') == set()


@pytest.mark.parametrize(
    "text", ["na\ufe0fme", "x1\ufe0f", "\u3042\ufe0f", "\u2211\ufe0e", "\ufe0f", "\u2764\ufe00"]
)
def test_a_selector_behind_anything_else_is_hidden(text):
    assert hidden_in(text) == {sign for sign in text if "\ufe00" <= sign <= "\ufe0f"}


@pytest.mark.parametrize(
    "sign", ["\u200d", "\u00a0", "\u202e", "\x0c", "\ue0b0", "\U000e0041", "\u2028"]
)
def test_what_the_document_has_already_may_come_again(sign):
    answer = f'"a{sign}b"'
    assert shown([answer], f"# {sign}\n{TEXT}")[0] == [answer]
    assert shown([answer], f"{TEXT}# {sign}\n")[0] == [answer]
    assert shown([f'"a{sign}b\u200b"'], f"# {sign}\n{TEXT}")[0] == []
