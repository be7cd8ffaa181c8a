"""Typing at 15 keys a second in front of five models that know the text in part, in virtual time."""

import asyncio
import random
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from fusionls.core.member import Caps, Member
from fusionls.core.reply import Chunk
from fusionls.core.request import CompletionRequest, OpenDocument, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import Pool, PoolMember
from tests.support.bare_client import BareClient
from tests.support.pools import scripted_pools
from tests.support.typing_on import KEY_S, MODELS, Judge, Model, Typist, code
from tests.support.virtual_time import run_virtual

URI = "file:///shop.py"
WRITTEN, TYPED = code(60, seed=1), code(60, seed=2).replace("_", "_of_")


@dataclass
class Knowing(BareClient):
    """A client of a model that knows ``whole``. ``sent`` counts what reaches it, ``running`` what runs."""

    model: Model
    whole: str
    judge: Judge
    chance: random.Random
    sent: int = 0
    running: int = 0
    most: int = 0
    begun: list[float] = field(default_factory=list)

    async def stream(self, prompt):
        self.sent += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            text, takes_s = (
                self.model.says(self.whole, prompt.text),
                self.model.takes_s(self.chance),
            )
            self.judge.hear(prompt.text, text)
            await asyncio.sleep(takes_s * 0.6)
            yield Chunk(text[:3])
            await asyncio.sleep(takes_s * 0.4)
            yield Chunk(text[3:] + "\n")
        finally:
            self.running -= 1


@dataclass
class Played:
    typist: Typist
    clients: list[Knowing]

    @property
    def sent(self):
        return max(client.sent for client in self.clients) / self.typist.keys

    @property
    def through(self):
        return self.typist.from_cache / max(1, self.typist.through)


def play(scene, *, models=MODELS, debounce=True, seed=1, in_two=False):
    """Have ``scene`` type with an engine; return what was seen."""

    async def run():
        judge, chance = Judge(), random.Random(seed)
        clients = [Knowing(model, WRITTEN + TYPED, judge, chance) for model in models]
        members = tuple(
            PoolMember(
                Member(client.model.name, "plain", client.model.name),
                client,
            )
            for client in clients
        )
        pool = Pool(members, Caps(), threshold=0.0, debounce=debounce)
        engine = CompletionEngine(replace(scripted_pools({}), pool=pool))
        beside = tuple(OpenDocument(f"file:///b{n}.py", "python", code(40, n)) for n in range(9))

        def typist_in(uri):
            documents: list[DocumentSnapshot] = []

            async def ask(text, at, version):
                document = DocumentSnapshot(uri, "python", version, text)
                documents.append(changed(documents.pop(), document) if documents else document)
                request = CompletionRequest(
                    f"r{version}", documents[0], at, Trigger.AUTOMATIC, open_documents=beside
                )
                suggestion = await engine.complete(request)
                if suggestion.superseded:
                    return None, None
                known = "still fits" in suggestion.trace.decision.why
                return [offer.text for offer in suggestion.offers], known

            return Typist(ask, judge, WRITTEN, len(WRITTEN))

        typist, other = typist_in(URI), typist_in("file:///other.py")
        await (scene(typist, other) if in_two else scene(typist))
        while running := typist.running | other.running:
            await asyncio.wait(running)
        await engine.aclose()
        assert all(client.running == 0 for client in clients)
        assert len(asyncio.all_tasks()) == 1
        return Played(typist, clients)

    return run_virtual(run())


def changed(old, new):
    """Return ``new`` as an edit of ``old``, as an editor would send it."""
    head = 0
    while head < min(old.length, new.length) and old.text[head] == new.text[head]:
        head += 1
    tail = 0
    while tail < min(old.length, new.length) - head and old.text[-1 - tail] == new.text[-1 - tail]:
        tail += 1
    piece = new.slice(head, new.length - tail)
    return old.edited(head, old.length - tail, piece, new.version)


async def steadily(typist, keys=300, seed=3):
    chance = random.Random(seed)
    for piece in TYPED[:keys]:
        typist.type(piece)
        await asyncio.sleep(KEY_S * chance.uniform(0.7, 1.3))


def summary(played):
    typist = played.typist
    return (
        f"sent {[c.sent for c in played.clients]} of {typist.keys}, most {[c.most for c in played.clients]}, "
        f"through {typist.from_cache}/{typist.through}, shown {typist.shown}, {dict(typist.ways)}, "
        f"stale {typist.stale[:2]}"
    )


async def in_bursts(typist, keys=300, seed=5):
    chance, done = random.Random(seed), 0
    while done < keys:
        for piece in TYPED[done : done + chance.randint(4, 25)]:
            typist.type(piece)
            done += 1
            await asyncio.sleep(KEY_S * chance.uniform(0.6, 1.5))
        await asyncio.sleep(chance.uniform(0.3, 1.5))


async def with_corrections(typist, keys=300, seed=7):
    chance = random.Random(seed)
    for piece in TYPED[:keys]:
        if piece.isalpha() and chance.random() < 0.06:
            typist.type("q")
            await asyncio.sleep(KEY_S * 3)
            typist.backspace()
            await asyncio.sleep(KEY_S * 2)
        typist.type(piece)
        await asyncio.sleep(KEY_S * chance.uniform(0.7, 1.3))


async def with_closed_brackets(typist, keys=300):
    behind = ""
    for piece in TYPED[:keys]:
        if behind.startswith(piece):
            typist.over(piece)
            behind = behind[1:]
        else:
            closing = {"(": ")"}.get(piece, "")
            typist.type(piece, closing)
            behind = closing + behind
        await asyncio.sleep(KEY_S)


async def with_edits_elsewhere(typist, keys=300):
    for number, piece in enumerate(TYPED[:keys]):
        if number % 25 == 24:
            # Another cursor, or a formatter, at the top of the document.
            typist.edit(0, 0, "#\n", typist.at + 2)
            await asyncio.sleep(KEY_S)
        typist.type(piece)
        await asyncio.sleep(KEY_S)


def fewer_right(by):
    return tuple(replace(model, right=max(0.02, model.right - by)) for model in MODELS)


SCENES = [steadily, in_bursts, with_corrections, with_closed_brackets, with_edits_elsewhere]


@pytest.mark.parametrize("models", [MODELS, fewer_right(0.3)], ids=["good", "worse"])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_twenty_seconds_of_typing(scene, models):
    played = play(scene, models=models)
    typist = played.typist
    assert typist.stale == [], summary(played)
    assert played.sent <= 0.4, summary(played)
    assert played.through >= 0.9, summary(played)
    assert typist.through >= 0.25 * typist.keys, summary(played)
    assert max(client.most for client in played.clients) <= 2, summary(played)


def test_models_that_are_nearly_always_wrong_are_not_asked_at_every_key():
    played = play(steadily, models=fewer_right(1))
    assert played.typist.stale == [], summary(played)
    assert played.sent <= 0.4, summary(played)


def test_two_documents_in_turn_are_each_known():
    seen = []

    async def scene(one, other):
        seen.append(other)
        for start in range(0, 200, 25):
            for typist in (one, other):
                for piece in TYPED[start : start + 25]:
                    typist.type(piece)
                    await asyncio.sleep(KEY_S)

    played = play(scene, in_two=True)
    assert played.typist.stale == [] and seen[0].stale == []
    assert played.through >= 0.9, summary(played)
    assert played.sent <= 0.4 * 2
    assert max(client.most for client in played.clients) <= 2


def test_the_wait_for_the_next_key_saves_requests():
    def sent(*, waits):
        models, most = fewer_right(0.35), partial(steadily, keys=900)
        played = play(most, models=models, debounce=waits)
        return sum(client.sent for client in played.clients)

    assert sent(waits=True) < 0.9 * sent(waits=False)
