"""Asks every member in full, with nobody cut off: what they said is judged later, as often as one likes."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from fusionls.core.kept_in import Keep
from fusionls.core.member import Caps
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.core.wish import NO_WISH
from fusionls.engine.asking import Ask
from fusionls.engine.ports import Listener, ModelFailure, Pool, PoolSource
from fusionls.engine.prompting import Prompting
from fusionls.engine.standings import Standings
from fusionls.evaluating.case import Case
from fusionls.evaluating.said import Said

# Nobody is dropped while answers are taken down; a member that is silent for so long is broken.
PATIENCE_S = 120.0
LIFTED = Caps(PATIENCE_S * 1000, PATIENCE_S * 1000)
# How long the workspace memory is given to take a document in; it needs some milliseconds.
_SETTLING_S = 0.05


def members_for(case: Case, pools: PoolSource, *, allow_remote: bool) -> Pool:
    """Return who is asked about ``case``, with the caps that are configured. Its members may be none."""
    pool = pools.pool_for(case.uri, NO_WISH, case.request.document.language_id)
    if pool.off:
        return replace(pool, members=())
    chosen = tuple(m for m in pool.members if allow_remote or m.member.is_local)
    return replace(pool, members=chosen)


async def said_by_all(case: Case, pool: Pool, listener: Listener) -> tuple[Said, ...]:
    """Ask every member of ``pool`` and return all answers, failures included, in the pool's order.

    Models that read slowly read the prompt beforehand, as they do while somebody types. All are asked at
    the same time, as in an editor; ``listener`` hears of the document. Raises nothing but cancellation.
    """
    request = case.request
    listener.document_changed(request.document)
    try:
        await asyncio.sleep(_SETTLING_S)
        # The open documents of a case are its own: nothing is kept in.
        asks = Prompting(request, lambda _uri: Keep.ALL, Standings()).asks(pool.members)
        for ask in asks:
            await _read_ahead(ask)
        return tuple(await _all_said(asks))
    finally:
        listener.document_closed(case.uri)


async def _all_said(asks: Sequence[Ask]) -> list[Said]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_said(ask)) for ask in asks]
    return [task.result() for task in tasks]


async def _read_ahead(ask: Ask) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await ask.pool_member.client.warm(ask.prompt)
    except TimeoutError:
        # It is asked all the same, and says itself what is wrong.
        return


async def _said(ask: Ask) -> Said:
    loop = asyncio.get_running_loop()
    client, prompt = ask.pool_member.client, ask.prompt
    expected_ms, start = client.expected_ms(prompt), loop.time()
    chunks: list[tuple[float, Chunk]] = []
    failure: Failure | None = None

    def now_ms() -> float:
        return round((loop.time() - start) * 1000, 3)

    try:
        async with asyncio.timeout(PATIENCE_S), aclosing(client.stream(prompt)) as stream:
            async for chunk in stream:
                chunks.append((now_ms(), chunk))
    except ModelFailure as error:
        failure = error.failure
    except TimeoutError:
        failure = Failure(FailureKind.UNREACHABLE, f"silent for {PATIENCE_S:.0f} s")
    name = ask.pool_member.member.name
    about = (name, prompt.shape, prompt.withheld, prompt.given)
    return Said(*about, expected_ms, tuple(chunks), now_ms(), failure)
