"""The product's own pool for evaluations: some of its members, other caps, answers kept in a file."""

import json
from collections.abc import AsyncGenerator
from dataclasses import asdict, replace
from pathlib import Path

from fusionls.core.kept_in import Keep
from fusionls.core.member import Caps
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.core.text import DocumentSnapshot
from fusionls.core.wish import ReadWish, Wish
from fusionls.engine.deaf import Deaf
from fusionls.engine.ports import BackgroundReading, ModelClient, Pool, PoolMember, PoolSource
from tests.support.bare_client import BareClient

# Nobody is dropped: the longest cold prompt and block together take a few seconds.
LIFTED = Caps(120_000.0, 120_000.0)


class Answers:
    """What models said, by model and prompt, kept in a file of JSON lines.

    A change of the deciding code is then measured without asking them again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.known: dict[str, list[Chunk]] = {}
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                row = json.loads(line)
                self.known[row["asked"]] = [Chunk(**chunk) for chunk in row["chunks"]]

    def keep(self, asked: str, chunks: list[Chunk]) -> None:
        self.known[asked] = chunks
        with self._path.open("a", encoding="utf-8") as file:
            row = {"asked": asked, "chunks": [asdict(chunk) for chunk in chunks]}
            file.write(json.dumps(row) + "\n")


class AnswerKeepingClient(BareClient):
    """A model that is asked only once for each prompt."""

    def __init__(self, name: str, client: ModelClient, answers: Answers) -> None:
        self._name = name
        self._client = client
        self._answers = answers

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        asked = json.dumps(
            [self._name, prompt.text, prompt.grammar, prompt.stop, prompt.max_tokens]
        )
        if asked not in self._answers.known:
            chunks = [chunk async for chunk in self._client.stream(prompt)]
            self._answers.keep(asked, chunks)
        for chunk in self._answers.known[asked]:
            yield chunk

    async def aclose(self) -> None:
        await self._client.aclose()


class EvaluatedPools(Deaf):
    """``pools`` cut down to the members ``names`` (all if there are none) and with other caps."""

    def __init__(
        self, pools: PoolSource, names: list[str], caps: Caps, answers: Answers | None
    ) -> None:
        self._pools = pools
        self._names = names
        self._caps = caps
        self._answers = answers
        self._wrapped: dict[str, PoolMember] = {}

    def pool_for(self, uri: str, wish: Wish, language_id: str = "") -> Pool:
        pool = self._pools.pool_for(uri, wish, language_id)
        members = tuple(
            self._kept(m) for m in pool.members if not self._names or m.member.name in self._names
        )
        # What is judged is the choice; how much of it would be kept back is another question.
        return replace(pool, members=members, caps=self._caps, threshold=0.0)

    def _kept(self, pool_member: PoolMember) -> PoolMember:
        name = pool_member.member.name
        if self._answers is None or not pool_member.member.obeys:
            return pool_member
        if name not in self._wrapped:
            client = AnswerKeepingClient(name, pool_member.client, self._answers)
            self._wrapped[name] = PoolMember(pool_member.member, client)
        return self._wrapped[name]

    def keep_of(self, uri: str, wish: Wish) -> Keep:
        return self._pools.keep_of(uri, wish)

    def news(self) -> tuple[str, ...]:
        return self._pools.news()

    @property
    def reading(self) -> tuple[BackgroundReading, ...]:
        return self._pools.reading

    @property
    def reads_files(self) -> bool:
        return self._pools.reads_files

    def document_changed(self, snapshot: DocumentSnapshot) -> None:
        self._pools.document_changed(snapshot)

    def document_closed(self, uri: str) -> None:
        self._pools.document_closed(uri)

    def folders_changed(self, folders: tuple[str, ...]) -> None:
        self._pools.folders_changed(folders)

    def files_changed(self, uris: tuple[str, ...]) -> None:
        self._pools.files_changed(uris)

    def read_wish(self, block: object) -> ReadWish:
        return self._pools.read_wish(block)

    async def aclose(self) -> None:
        await self._pools.aclose()
