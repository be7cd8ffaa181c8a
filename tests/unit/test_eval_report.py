"""The report: figures that add up, and a page that is safe whatever a repository calls its files."""

import html.parser
import re
from dataclasses import replace

import pytest

from fusionls.evaluating.case import Case
from fusionls.evaluating.figures import difference, percentile, share
from fusionls.evaluating.judging import Judged, Outcome, Way
from fusionls.evaluating.report import MOST_CASES_SHOWN, report_of
from fusionls.evaluating.summary import summary_of

HOSTILE = "</pre></title></style><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\x00\x1b[31m\u202e"
PLANTED = "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789AB"[:36]


def test_wilsons_interval_is_that_of_the_books():
    # Wilson 1927 by way of Newcombe 1998, table I: 81 of 263, 15 of 148 and 0 of 20.
    for count, cases, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
    ):
        found = share([True] * count + [False] * (cases - count))
        assert [found.low, found.high] == pytest.approx([low, high], abs=1e-4)
    assert share([]).value == 0 and (share([]).low, share([]).high) == (0, 1)


def test_a_difference_is_paired_and_the_same_every_time():
    ours = [True] * 12 + [False] * 8
    theirs = [True] * 6 + [False] * 6 + [True] * 1 + [False] * 7
    found = difference(ours, theirs)
    assert [found.won, found.lost, found.value] == pytest.approx([6, 1, 0.25])
    assert found.low < 0.25 < found.high and found == difference(ours, theirs)
    assert found.p == pytest.approx(0.125), "two-sided: 2 * (1 + 7) / 2 ** 7"
    assert difference(ours, ours).p == 1


def test_percentiles_are_values_that_came():
    assert percentile([], 0.5) is None
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 95.0


def judged(number, *, ours, theirs, hostile=""):
    case = Case(f"c{number}{hostile}", f"g{hostile}", "file:///a.py", "python", hostile, "", "gold")
    text = f"x{hostile}"
    return Judged(
        case,
        (),
        (
            Outcome(Way.RAW, f"m{hostile}", text, theirs, 10.0),
            Outcome(Way.ALONE, f"m{hostile}", text, theirs, 10.0),
            Outcome(Way.FUSED, "", text, ours, 20.0),
            Outcome(Way.ORACLE, "", text, ours or theirs, None),
        ),
        tested=False,
    )


class Page(html.parser.HTMLParser):
    """What a browser would see: the elements with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.texts = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, text):
        self.texts.append(text)


def page_of(*cases, title="pack"):
    return report_of(title, ["A note."], summary_of(cases, {}), cases)


def test_hostile_content_stays_text():
    cases = [judged(n, ours=bool(n % 2), theirs=not n % 2, hostile=HOSTILE) for n in range(4)]
    text = page_of(*cases, title=HOSTILE)
    page = Page(text)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "iframe", "object", "link", "a", "base", "form"}
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "<script>alert(1)</script>" in "".join(page.texts), "shown as it is spelled"
    assert not {"\x00", "\x1b", "\u202e"} & set(text)


def test_the_page_needs_nothing_from_elsewhere():
    text = page_of(judged(1, ours=True, theirs=False))
    for _, attributes in Page(text).tags:
        assert not {"src", "href", "srcset", "action", "xlink:href"} & set(attributes)
    assert not re.search(r"https?:|//\w|@import|url\(", text)
    assert "default-src 'none'" in text
    assert {tag for tag, _ in Page(text).tags} >= {"svg", "table", "circle", "polyline"}


def test_figures_and_cases_are_on_the_page():
    cases = [judged(n, ours=True, theirs=n > 0) for n in range(4)]
    texts = "".join(Page(page_of(*cases)).texts)
    assert (
        "The pool was right in 4 of 4 cases (100.0%), +25.0% against its best single member"
        in texts
    )
    assert "won: c0" in texts and "won: c1" not in texts
    assert "75.0%" in texts and "A note." in texts


def test_a_secret_in_a_case_is_not_in_the_report():
    case = judged(1, ours=True, theirs=False)
    planted = replace(case.case, prefix=f'token = "{PLANTED}"\n')
    text = page_of(replace(case, case=planted))
    assert PLANTED not in text and "token" in text


def test_of_many_cases_some_are_shown():
    cases = [judged(n, ours=True, theirs=False) for n in range(MOST_CASES_SHOWN + 9)]
    page = Page(page_of(*cases))
    assert sum(tag == "details" for tag, _ in page.tags) == MOST_CASES_SHOWN


def test_without_any_case_there_is_still_a_page():
    assert "There was nothing to judge." in page_of()
