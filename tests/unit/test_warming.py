"""When members are told to read ahead, and what, in virtual time."""

import asyncio

import pytest

from fusionls.core.member import Member
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.asking import Ask
from fusionls.engine.ports import PoolMember
from fusionls.engine.warming import Warming, place_of_edit
from tests.support.bare_client import BareClient
from tests.support.virtual_time import run_virtual

TEXT = "line\n" * 100


class Reader(BareClient):
    """Takes down what it is to read, and takes a second for it."""

    def __init__(self):
        self.read = []

    async def stream(self, prompt):
        raise AssertionError("nobody asked")
        yield

    async def warm(self, prompt):
        self.read.append(prompt.text + prompt.shape)
        await asyncio.sleep(1)


def snapshot(text=TEXT, version=1):
    return DocumentSnapshot("file:///a.py", "python", version, text)


def play(scene, busy=False):
    async def run():
        reader = Reader()
        member = PoolMember(Member("m"), reader)

        def asks_at(document, offset):
            return [
                Ask(member, RenderedPrompt(text=str(offset))),
                Ask(member, RenderedPrompt(text=str(offset), shape="/other")),
            ]

        warming = Warming(asks_at, lambda uri: busy)
        await scene(warming)
        await warming.aclose()
        assert len(asyncio.all_tasks()) == 1
        return reader.read

    return run_virtual(run())


def test_a_document_that_opens_has_its_beginning_read():
    async def scene(warming):
        warming.changed(snapshot())
        await asyncio.sleep(0.1)

    assert play(scene) == ["500"]


def test_typing_near_the_last_place_reads_nothing_ahead():
    async def scene(warming):
        warming.asked(snapshot(), 250)
        warming.changed(snapshot().edited(250, 250, "x", 2))
        await asyncio.sleep(5)

    assert play(scene) == []


def test_an_edit_far_away_has_its_place_read():
    async def scene(warming):
        warming.asked(snapshot(), 20)
        warming.changed(snapshot().edited(400, 400, "xyz", 2))
        await asyncio.sleep(0.1)

    assert play(scene) == ["403"]


def test_a_request_reads_for_itself():
    async def scene(warming):
        warming.asked(snapshot(), 20)
        changed = snapshot().edited(400, 400, "xyz", 2)
        warming.changed(changed)
        warming.asked(changed, 403)
        await asyncio.sleep(5)

    assert play(scene) == []


def test_nothing_is_read_beside_a_request():
    async def scene(warming):
        await warming.warm(snapshot(), 100)

    assert play(scene, busy=True) == []


def test_what_a_request_left_out_is_read_when_the_person_thinks():
    async def scene(warming):
        warming.left_out(snapshot(), 100)
        await asyncio.sleep(1.9)
        warming.left_out(snapshot(), 101)
        await asyncio.sleep(5)

    assert play(scene) == ["101", "101/other"]


def test_focus_reads_the_last_place():
    async def scene(warming):
        warming.asked(snapshot(), 250)
        warming.focus("file:///a.py")
        warming.focus("file:///never-seen.py")
        await asyncio.sleep(0.1)

    assert play(scene) == ["250"]


def test_a_closed_document_is_read_no_more():
    async def scene(warming):
        warming.changed(snapshot())
        warming.forget("file:///a.py")
        await asyncio.sleep(5)

    assert play(scene) == []


@pytest.mark.parametrize(
    ("last", "start", "end", "text", "place"),
    [
        (250, 250, 250, "x", 251),
        (250, 249, 250, "", 249),
        (250, 10, 10, "qq", 12),
        (250, 400, 410, "", 400),
        (250, 0, 500, "", 0),
    ],
)
def test_the_place_of_an_edit(last, start, end, text, place):
    before = snapshot("".join(chr(0x4E00 + n) for n in range(500)))
    assert place_of_edit(before, before.edited(start, end, text, 2), last) == place
