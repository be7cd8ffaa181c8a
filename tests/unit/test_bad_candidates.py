"""Whatever models say and documents hold: a verdict each, no exception, bounded work."""

import pytest

from fusionls.core.candidate import Gate
from fusionls.core.choice import choose
from fusionls.core.cleanup import CleaningContext
from fusionls.core.cleanup.length import MOST_CODE_POINTS, MOST_LINES
from fusionls.core.languages import language_for
from fusionls.core.member import Member
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reading import Reading
from fusionls.core.reply import Reply, ReplyState
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.core.validation import open_hole

PYTHON = ("def f(a):\n    ", "\n    return a\n")
BAD = {
    "64 KB": "x = 1\n    " * 6_500,
    "more than 64 KB": "y" * 200_000,
    "500 lines": "".join(f"a{n} = g({n})\n    " for n in range(500)),
    "5,000 lines": "b = 2\n    " * 5_000,
    "NULs": "a = '\0\0'",
    "a lone surrogate": "a = '\ud800'",
    "invalid UTF-8": b"a = '\xff\xfe\xc0'".decode("utf-8", "replace"),
    "10,000 tokens on one line": "+ 1 " * 10_000,
    "10,000 openers": "(" * 10_000,
    "10,000 closers": ")" * 10_000,
    "10,000 quotes": '"' * 10_000,
    "blanks": " \t\n" * 10_000,
    "nothing": "",
}


def candidates(language, prefix, suffix, answers):
    hole = open_hole(language_for(language, ""), prefix, suffix)
    found = []
    for number, answer in enumerate(answers):
        cleaning = CleaningContext(prefix, suffix, language=language_for(language, ""))
        reading = Reading(Member(f"m{number}", family="plain"), cleaning, hole, RenderedPrompt())
        found.append(reading.candidate(Reply(f"m{number}", ReplyState.ANSWERED, text=answer)))
    document = DocumentSnapshot("", language, 1, prefix + suffix)
    request = CompletionRequest("r", document, len(prefix), Trigger.AUTOMATIC)
    return found, choose(found, hole, request), hole


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("language", ["python", "typescript", "klingon"])
def test_a_bad_candidate_gets_a_verdict_and_spoils_nothing(name, language):
    found, choice, hole = candidates(language, *PYTHON, [BAD[name], "a = 2", "a = 2"])
    assert all(c.verdict.gate in Gate for c in found)
    assert all(len(c.text) <= MOST_CODE_POINTS for c in found)
    assert all(c.text.count("\n") <= MOST_LINES for c in found)
    [offer] = choice.offers
    assert hole.check(offer.text).gate is not Gate.BROKEN
    assert not set("\0\ud800\ufffd") & set(offer.text)


@pytest.mark.parametrize(
    ("prefix", "suffix"),
    [
        ("%$ ) ( ] } && \n" * 200, ") ] }\n" * 200),
        ("(" * 20_000, ""),
        ('"""' * 5_001, "'" * 5_001),
        ("\0\ud800 \r\n" * 500, "\ud800"),
        ("", ""),
        ("x" * 300_000, "y" * 300_000),
    ],
)
@pytest.mark.parametrize("language", ["python", "java"])
def test_a_document_that_never_parses_gets_verdicts_too(language, prefix, suffix):
    found, _, _ = candidates(language, prefix, suffix, ["a = 1;", "b(", "}"])
    assert all(c.verdict.gate in Gate for c in found)


def test_null_answers_and_no_answers_offer_nothing():
    assert candidates("python", *PYTHON, [])[1].offers == ()
    assert candidates("python", *PYTHON, ["", " ", "\n"])[1].offers == ()


def test_what_takes_too_long_is_unknown_and_not_broken():
    hole = open_hole(language_for("python", ""), *PYTHON)
    assert hole.check("(" * 60_000).gate is Gate.UNCHECKED
    assert hole.check("x" * 70_000).why == "answer too long to parse"
