"""What ``fusionls doctor`` asks members: does it answer, how fast, in the right format, and how well?

Members of one machine are asked one after the other, as they slow each other down; all others at once.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import TypeVar

from fusionls.core.families import family_for
from fusionls.core.family_fit import (
    ENOUGH_RIGHT,
    FillIn,
    Fit,
    extent_for,
    fill_in,
    fit_of,
    other_families,
    probes_for,
)
from fusionls.core.member import Member
from fusionls.core.probes import PROBES, SPEED_NAMES, Probe, speed_probe
from fusionls.core.prompt import Family, RenderedPrompt
from fusionls.core.reply import Failure, FailureKind
from fusionls.core.request import Extent
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.examination import Answer, Examination, FamilyFinding, Speed
from fusionls.engine.ports import ModelClient, ModelFailure, PoolMember
from fusionls.engine.probe_asking import Heard, asked_as_usual, heard, plain_prompt, read

T = TypeVar("T")

# A cold start of a local model takes so long at worst; a member of several gets its share of the time.
COLD_S = 30.0
# Who needs longer for a line is of no use while a person types.
WARM_S = 8.0
# Enough tokens to tell their pace from the time that one answer takes to begin.
SPEED_TOKENS = 24
# The middles of the fill-in probes are one or two tokens. Who talks needs some more for politeness.
FILL_IN_TOKENS = 48
# With less time than this (seconds) no new question is begun.
LEAST_S = 0.5
# After the second failure nothing new is learned.
MOST_FAILURES = 2
# Asking on after these is rude, and cannot help.
_FINAL = frozenset(
    {FailureKind.AUTHENTICATION, FailureKind.RATE_LIMITED, FailureKind.OUT_OF_CREDIT}
)
OUT_OF_TIME = "the time for all checks was up"
# Making ready, the runs for the speed, the fill-ins, the dozen: for whoever draws a bar of it.
QUICK_STEPS = 1 + len(SPEED_NAMES)
STEPS = QUICK_STEPS + 1 + len(PROBES)


async def examine_all(
    members: Sequence[PoolMember],
    models: Mapping[str, str],
    ends_s: float,
    *,
    quick: bool,
    step: Callable[[], None],
    done: Callable[[Examination], None],
) -> tuple[Examination, ...]:
    """Return the examinations of ``members``, in their order.

    ``models`` are the names of their models. It ends by ``ends_s`` on the loop's clock (seconds).
    ``step`` is called after each question, ``done`` with each member's examination as it is finished;
    what they raise ends it.
    """
    loop = asyncio.get_running_loop()
    lanes: dict[str, list[PoolMember]] = {}
    for one in members:
        lanes.setdefault(_lane(one.member), []).append(one)
    found: dict[str, Examination] = {}

    async def ask(lane: Sequence[PoolMember]) -> None:
        for place, one in enumerate(lane):
            # What the first ones leave over, the others have.
            share_s = (ends_s - loop.time()) / (len(lane) - place)
            name = one.member.name
            probing = Probing(one, models.get(name, ""), loop.time() + share_s, step)
            found[name] = await probing.run(quick=quick)
            for _ in range(probing.steps, QUICK_STEPS if quick else STEPS):
                step()
            done(found[name])

    try:
        async with asyncio.TaskGroup() as group:
            for lane in lanes.values():
                group.create_task(ask(lane))
    except ExceptionGroup as failures:
        # Only what was called can have raised it, for instance as nobody reads its output any more.
        raise failures.exceptions[0] from None
    return tuple(found[one.member.name] for one in members)


def _lane(member: Member) -> str:
    """Return what is the same for members that slow each other down."""
    if member.shares:
        return f"shares {member.shares}"
    return "this machine" if member.is_local else f"member {member.name}"


class Probing:
    """Asks one member, until ``ends_s`` on the loop's clock (seconds). ``steps`` are behind it."""

    def __init__(
        self, pool_member: PoolMember, model: str, ends_s: float, step: Callable[[], None]
    ) -> None:
        self._member = pool_member.member
        self._client: ModelClient = pool_member.client
        self._model = model
        self._ends_s = ends_s
        self._told = step
        self.steps = 0
        self._family = family_for("", pool_member.member.family)
        # The clock's, so that it is another one in each run.
        self._edition = f"{asyncio.get_running_loop().time():.3f}"
        self._failures = 0
        self._answered = False

    async def run(self, *, quick: bool) -> Examination:
        """Return what was found out. Never raises."""
        found = Examination(self._member, reached=False)
        start_s = asyncio.get_running_loop().time()
        try:
            await self._within(self._client.prepare(), COLD_S)
            ready_ms = (asyncio.get_running_loop().time() - start_s) * 1000
            self._step()
            found = replace(found, reached=True)
            cold = await self._timed(SPEED_NAMES[0], COLD_S)
            self._answered = True
            found = replace(found, speed=Speed(ready_ms, cold.first_ms, None, cold.tokens_per_s))
            found = replace(found, speed=await self._speed(ready_ms, cold))
            if not quick:
                found = replace(found, family=await self._family_finding())
                self._step()
                for probe in PROBES:
                    answer = await self._answer(probe)
                    found = replace(found, answers=(*found.answers, answer))
        except _Enough as why:
            return replace(found, left_out=str(why))
        except ModelFailure as error:
            answered = error.failure.status is not None
            return replace(found, reached=found.reached or answered, failure=error.failure)
        return found

    def _step(self) -> None:
        self.steps += 1
        self._told()

    async def _speed(self, ready_ms: float, cold: Heard) -> Speed:
        warm = []
        for name in SPEED_NAMES[1:]:
            try:
                warm.append(await self._timed(name, WARM_S))
            except ModelFailure as error:
                self._note(error.failure)
        paces = [one.tokens_per_s for one in warm or [cold] if one.tokens_per_s is not None]
        return Speed(
            ready_ms,
            cold.first_ms,
            warm_ms=median(one.first_ms for one in warm) if warm else None,
            tokens_per_s=median(paces) if paces else None,
            warm_runs=len(warm),
        )

    async def _timed(self, name: str, patience_s: float) -> Heard:
        prompt = plain_prompt(
            self._member, self._family, speed_probe(name, self._edition), Extent.BLOCK
        )
        found = await self._ask(replace(prompt, max_tokens=SPEED_TOKENS), patience_s)
        self._step()
        return found

    async def _family_finding(self) -> FamilyFinding:
        answers = await self._fill_ins(self._family)
        fit = fit_of(self._family, answers)
        others = other_families(self._model, self._family, answers)
        # A model that can see what follows should, even if nothing is odd about its answers without.
        sees = self._family.fills_in or self._family.endpoint_fills_in or self._family.chat
        for other in others:
            if fit is Fit.FITS and (sees or not other.fills_in):
                continue
            if sum(answer.right for answer in await self._fill_ins(other)) >= ENOUGH_RIGHT:
                return FamilyFinding(Fit.WRONG, answers, other.name, other.name)
        suggested = others[0].name if others and fit is Fit.WRONG else ""
        return FamilyFinding(fit, answers, suggested=suggested)

    async def _fill_ins(self, family: Family) -> tuple[FillIn, ...]:
        found = []
        for probe in probes_for(family):
            prompt = plain_prompt(self._member, family, probe, extent_for(family))
            prompt = replace(prompt, max_tokens=FILL_IN_TOKENS)
            try:
                answer = await self._ask(prompt, WARM_S)
            except ModelFailure as error:
                # An endpoint may not take another family's prompts at all.
                if family is self._family:
                    self._note(error.failure)
                continue
            spent = answer.reply.tokens_out >= FILL_IN_TOKENS
            found.append(fill_in(probe, family, prompt, answer.reply.text, spent=spent))
        return tuple(found)

    async def _answer(self, probe: Probe) -> Answer:
        asked = asked_as_usual(self._member, probe)
        try:
            answer = await self._ask(asked.prompt, WARM_S)
        except ModelFailure as error:
            self._note(error.failure)
            return Answer(probe, failure=error.failure)
        finally:
            self._step()
        return Answer(probe, read(self._member, asked, answer.reply))

    def _note(self, failure: Failure) -> None:
        """Count a failure. Raises _Enough if asking on is of no use."""
        self._failures += 1
        if failure.kind in _FINAL or self._failures >= MOST_FAILURES:
            raise _Enough(f"{failure.kind.value}: {failure.message}")

    async def _ask(self, prompt: RenderedPrompt, patience_s: float) -> Heard:
        return await self._within(heard(self._client, prompt), patience_s)

    async def _within(self, asking: Coroutine[None, None, T], patience_s: float) -> T:
        """Return what ``asking`` gives. Raises ModelFailure, and _Enough if the time was up before."""
        left_s = self._ends_s - asyncio.get_running_loop().time()
        if left_s < LEAST_S:
            asking.close()
            raise _Enough(OUT_OF_TIME)
        try:
            async with asyncio.timeout(min(patience_s, left_s)):
                return await asking
        except TimeoutError:
            if left_s < patience_s and self._answered:
                raise _Enough(OUT_OF_TIME) from None
            said = f"no answer within {min(patience_s, left_s):.0f} s"
            raise ModelFailure(Failure(FailureKind.OVERLOADED, said)) from None
        except ModelFailure:
            raise
        except Exception as error:
            raise ModelFailure(Failure(FailureKind.BUG, where_it_broke(error))) from error


class _Enough(Exception):
    """Asking on is of no use, and why."""
