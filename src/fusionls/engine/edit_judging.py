"""One more member that sees what the others propose, and writes what is read as one more proposal."""

import asyncio
from dataclasses import replace

from fusionls.core.edit_tracing import Heard
from fusionls.engine.edit_fan_out import Adopt, seen
from fusionls.engine.edit_formats import RequestFormats
from fusionls.engine.edit_proposing import Proposing
from fusionls.engine.edit_round import Round
from fusionls.engine.ports import EditMember, EditPool


async def judged(
    judge: EditMember, pool: EditPool, round_: Round, adopt: Adopt
) -> tuple[Heard, ...]:
    """Return what ``judge`` made of the proposals at the desk, if it is done in time. Raises nothing.

    A judge that proposed something itself gets the number of a further sample.
    """
    proposes = any(one.member.name == judge.member.name for one in pool.members)
    # A judge writes whole definitions, in answer to another question.
    alone = replace(
        round_,
        samples=1,
        asks_on=lambda _name: True,
        moved=lambda: None,
        formats=RequestFormats(),
    )
    judging = Proposing(
        judge, alone, first=pool.samples if proposes else 0, prompt=round_.desk.judge_prompt
    )
    task = asyncio.create_task(judging.run(), name=f"judge {judge.member.name}")
    task.add_done_callback(seen)
    try:
        await asyncio.wait({task}, timeout=max(0.0, round_.left_ms) / 1000)
    finally:
        judging.hang_up()
        if not task.done():
            task.cancel()
            adopt(task)
    return tuple(judging.heard)
