"""The memory continues text as it went on elsewhere: what it says, where, and how sure it is."""

from typing import Any

import pytest

from fusionls.core.memory.memory import Memory, Question
from fusionls.core.memory.open_text import OpenText
from fusionls.core.memory.segment import SegmentBuilder
from fusionls.core.memory.shelf import Shelf
from fusionls.core.text import DocumentSnapshot

SHOP = """\
import logging

log = logging.getLogger(__name__)


class Basket:
    def total_price(self, items, currency):
        total = 0
        for item in items:
            if item.price is None:
                log.warning("no price for %s", item.name)
                continue
            total += convert(item.price, item.currency, currency)
        return round(total, 2)
"""


def shelf_of(**texts):
    memory = Memory()
    shelf = Shelf(memory)
    builder = SegmentBuilder(memory.vocabulary)
    for name, text in texts.items():
        builder.add(f"/shop/{name}.py", text)
    if builder.size:
        shelf.add(builder.segment())
    return memory, shelf


def ask(marked, memory, name="/shop/new.py", least=0.0, block=False) -> Any:
    """Ask at the ``|`` of ``marked``, an open document."""
    before, after = marked.split("|")
    snapshot = DocumentSnapshot("file://" + name, "python", 1, before + after)
    memory.open[name] = OpenText(memory.vocabulary, snapshot)
    line = snapshot.line_at(len(before))
    return memory.answer(Question(before, name, line, whole=True, block=block), least)


def said(marked, *, block=False, **texts) -> str | None:
    memory, _ = shelf_of(**texts)
    answer = ask(marked, memory, block=block)
    return answer.text if answer else None


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("for item in items:\n    if item.price |", "is None:"),
        ("for item in items:\n    if item.price|", " is None:"),
        ("for item in items:\n    if item.pr|", "ice is None:"),
        ("for item in items:\n    |", "if item.price is None:"),
        ("for item in items:\n|", "    if item.price is None:"),
        ("\tfor item in items:\n\t\t|", "if item.price is None:"),
        ("\tfor item in items:\n\t|", "\tif item.price is None:"),
        ("  for item in items:\n    |", "if item.price is None:"),
    ],
)
def test_a_line_goes_on_as_it_did_elsewhere(before, expected):
    assert said(before, shop=SHOP) == expected


def test_a_line_that_stands_further_left_cannot_be_inserted():
    assert said("continue\n        |", shop="    continue\nreturn 1\n") is None


def test_where_the_line_ends_elsewhere_nothing_is_said():
    assert said("        for item in items:|", shop=SHOP) is None


def test_nothing_is_said_where_nothing_is_known():
    assert said("completely = different |", shop=SHOP) is None
    assert said("|", shop=SHOP) is None


def test_a_block_goes_on_to_its_end_and_no_further():
    marked = (
        "def other(items):\n    for item in items:\n        if item.price is None:\n            |"
    )
    answer = said(marked, block=True, shop=SHOP)
    assert answer == 'log.warning("no price for %s", item.name)\n            continue'


def test_the_lines_that_follow_the_cursor_are_not_written_again():
    text = 'log.warning("no price for %s", item.name)\ncontinue\n'
    assert said(f"if item.price is None:\n    |\n    {text}") is None
    assert said(f"if item.price is None:\n    {text}\nif item.price is None:\n    |") is not None


def test_what_stands_in_the_document_itself_wins_over_equal_places_elsewhere():
    there = "value = compute(first, second)\nuse(value, there)\n"
    here = "value = compute(first, second)\nuse(value, here)\nvalue = compute(first, second)\nuse(|"
    assert said(here, other=there) == "value, here)"


def test_a_longer_context_and_more_agreement_are_surer():
    many = {f"copy{n}": SHOP for n in range(3)}
    memory, _ = shelf_of(**many)
    marked = SHOP[: SHOP.index("is None")] + "|"
    sure = ask(marked, memory)
    memory, _ = shelf_of(shop="x = item.price is None\n", other="y = item.price + 1\n")
    unsure = ask("z = item.price |", memory)
    assert sure.probability > 0.6 > 0.3 > unsure.probability > 0.0
    assert ask("z = item.price |", memory, least=0.3) is None


def test_a_copy_is_sure_also_in_a_new_document_and_with_new_names():
    memory, _ = shelf_of(shop=SHOP, twin=SHOP)
    start = SHOP.index("    def total_price")
    marked = SHOP[start : SHOP.index('"no price')] + "|"
    assert ask(marked, memory).text == '"no price for %s", item.name)'
    assert ask(marked, memory).probability > 0.5


def test_an_answer_does_not_depend_on_the_order_in_which_texts_came():
    texts = {f"t{n}": f"start(one, two)\nresult_{n} = end(one)\n" for n in range(6)}
    marked = "start(one, two)\nresult_|"
    assert (
        len({said(marked, **dict(order)) for order in (texts.items(), reversed(texts.items()))})
        == 1
    )


def test_texts_are_found_as_they_are_now():
    memory, shelf = shelf_of(shop=SHOP)
    marked = "for item in items:\n    if item.price |"

    def texts():
        answer = ask(marked, memory)
        return answer.text if answer else None

    builder = SegmentBuilder(memory.vocabulary)
    builder.add("/shop/shop.py", SHOP.replace("is None", "== 0"))
    shelf.add(builder.segment())
    assert texts() == "== 0:"
    edited = DocumentSnapshot("", "python", 1, SHOP.replace("is None", "> 9"))
    shelf.open(OpenText(memory.vocabulary, edited), "/shop/shop.py")
    assert texts() == "> 9:"
    shelf.close("/shop/shop.py")
    assert texts() == "== 0:"
    shelf.remove("/shop/shop.py")
    assert texts() is None


def test_many_small_changes_are_merged_and_still_found():
    memory, shelf = shelf_of(shop=SHOP)
    for number in range(20):
        builder = SegmentBuilder(memory.vocabulary)
        builder.add(f"/shop/n{number}.py", f"launch(rocket)\nrocket_{number}.fly(far)\n")
        shelf.add(builder.segment())
        shelf.tidy()
    assert len(memory.segments) <= 9
    assert ask("launch(rocket)\nrocket_7.|", memory).text == "fly(far)"
    shelf.remove_under("/shop")
    assert memory.segments == []


def test_odd_texts_are_taken_in_and_asked_for():
    odd = [
        "",
        "\n\n",
        "\r\n x\r\n",
        "a",
        "\f\n\x0bx = 1\n",
        "\ud800 = '\ud800'\n",
        "é" * 40_000,
        "( " * 500,
    ]
    memory, _ = shelf_of(**{f"odd{n}": text for n, text in enumerate(odd)})
    for text in odd:
        ask(f"{text}|", memory)
        ask(f"|{text}", memory)
        ask(f"{text}\n    |{text}", memory, block=True)
    assert ask("x = |", memory).text == "1"
