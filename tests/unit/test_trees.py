"""Parsing ahead, in virtual time."""

import asyncio

from fusionls.core.text import DocumentSnapshot
from fusionls.core.validation import open_hole
from fusionls.engine import trees as module
from fusionls.engine.trees import IDLE_S, MOST_TREES, Trees
from tests.support.virtual_time import run_virtual


def document(version=1, uri="file:///a.py", language="python"):
    return DocumentSnapshot(uri, language, version, f"x = {version}\n")


def test_a_burst_of_changes_is_parsed_once_and_only_when_it_is_over(monkeypatch):
    parsed = []
    opened = open_hole

    def counting(*arguments):
        parsed.append(arguments[1])
        return opened(*arguments)

    monkeypatch.setattr(module, "open_hole", counting)

    async def play():
        trees = Trees()
        for version in range(1, 6):
            trees.parse_soon(document(version))
            await asyncio.sleep(IDLE_S / 2)
        assert trees.latest("file:///a.py") is None
        await asyncio.sleep(IDLE_S)
        return trees.latest("file:///a.py")

    assert run_virtual(play()) is not None
    assert parsed == ["x = 5\n"]


def test_what_a_request_has_parsed_is_not_parsed_again(monkeypatch):
    async def play():
        trees = Trees()
        trees.parse_soon(document(2))
        hole = open_hole(None, "", "")
        trees.keep(document(2), hole)
        await asyncio.sleep(2 * IDLE_S)
        return trees.latest("file:///a.py") is hole

    assert run_virtual(play())


def test_memory_is_bounded_and_closed_documents_are_forgotten():
    async def play():
        trees = Trees()
        for number in range(MOST_TREES + 5):
            trees.parse_soon(document(uri=f"file:///{number}.py"))
        trees.forget("file:///36.py")
        await asyncio.sleep(2 * IDLE_S)
        return [n for n in range(MOST_TREES + 5) if trees.latest(f"file:///{n}.py")]

    kept = run_virtual(play())
    assert len(kept) == MOST_TREES
    assert 0 not in kept and 36 not in kept and 35 in kept


def test_text_without_a_grammar_costs_nothing():
    async def play():
        trees = Trees()
        trees.parse_soon(document(uri="file:///a.txt", language="plaintext"))
        await asyncio.sleep(2 * IDLE_S)
        return trees.latest("file:///a.txt")

    assert run_virtual(play()) is None
