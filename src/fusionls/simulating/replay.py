"""Replays recorded panels under a rule of waiting."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isfinite

from fusionls.core.launching import LaunchPlan, Machine, all_at_once, timeline
from fusionls.core.panel import Panel, PanelAnswer
from fusionls.simulating.policies import Circumstances, Policy, View, policy_named
from fusionls.simulating.scoring import Replayed, Run, Scores, Survival, alive, scores

__all__ = ["Replayed", "Run", "Scores", "Survival", "alive", "replay", "scores"]

# After so many requests the progress is told.
TOLD_EVERY = 100


def replay(
    panels: Sequence[Panel],
    policy: str,
    survival: Survival,
    *,
    contention: float = 0.0,
    launch: bool = False,
    cap_ms: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Replay full ``panels``, oldest first, under the policy that ``policy`` names (see ``policy_named``).

    ``contention`` is by how much every further running member slows all; the recorded times have all
    running together. With ``launch`` the table may choose who is asked when, and speeds follow from who
    is running; without it the recorded times stand. Without ``cap_ms`` the cap of the panels counts.
    ``progress(done, of)``. Raises ValueError for an unknown policy, no panel, or one that is not full.
    """
    form, parameters = policy_named(policy)
    if not panels:
        raise ValueError("there is no panel to replay")
    if any(not panel.full for panel in panels):
        raise ValueError("only full panels can be replayed: in one of these somebody was cut off")
    if cap_ms is not None:
        panels = [replace(panel, cap_ms=cap_ms) for panel in panels]
    members = tuple(dict.fromkeys(member for panel in panels for member in panel.members))
    machine = Machine(dict.fromkeys(members, "all"), contention)
    if parameters.get("member") == "":
        parameters["member"] = _best_member(panels, members, survival, machine)
    cap = max(panel.cap_ms for panel in panels)
    where = Circumstances(
        members, cap, tuple(survival), machine if launch and contention > 0 else None
    )
    replayer = _Replayer(form.make(where, **parameters), survival, machine, launch=launch)
    done = []
    for number, panel in enumerate(panels):
        done.append(replayer.request(number, panel))
        if progress is not None and number % TOLD_EVERY == 0:
            progress(number, len(panels))
    if progress is not None:
        progress(len(panels), len(panels))
    return Run(policy, tuple(done), form.fixed)


def _best_member(
    panels: Sequence[Panel], members: Sequence[str], survival: Survival, machine: Machine
) -> str:
    """The member that is worth most when it is asked alone, in hindsight."""
    worth = dict.fromkeys(members, 0.0)
    for panel in panels:
        slowed = _slowed(panel, machine)
        for answer in panel.answers:
            at_ms = answer.at_ms / slowed if answer.at_ms is not None else None
            if at_ms is not None and at_ms <= panel.cap_ms and answer.klass:
                worth[answer.member] += (answer.right or 0.0) * alive(survival, at_ms)
    return max(worth, key=lambda member: worth[member])


def _slowed(panel: Panel, machine: Machine) -> float:
    """How many times as slow everybody was when the panel was recorded, as against alone."""
    return 1.0 + machine.contention * max(0, len(panel.answers) - 1)


class _Replayer:
    """One rule at work on one request after the other."""

    def __init__(
        self, policy: Policy, survival: Survival, machine: Machine, *, launch: bool
    ) -> None:
        self._policy = policy
        self._survival = survival
        self._machine = machine
        self._launch = launch

    def request(self, number: int, recorded: Panel) -> Replayed:
        """Replay one request, and let the rule learn from it."""
        policy = self._policy
        panel = self._timed(recorded, policy.plan())
        policy.foresees(panel)
        view = self._walk(panel)
        shown = policy.shows(view)
        explored = policy.explores(number)
        observed = _observed(panel, view, shown, explored=explored)
        rights = {answer.klass: answer.right or 0.0 for answer in panel.answers if answer.is_sound}
        right = rights.get(shown, 0.0)
        every = tuple(a for a in _by_time(panel) if a.at_ms is not None and a.at_ms <= panel.cap_ms)
        at_last = policy.shows(View(panel.cap_ms, panel.cap_ms, every, ()))
        asked = tuple(a.member for a in panel.answers if a.asked_ms <= view.now_ms)
        generated = {
            a.member: _tokens_by(a, None if explored else view.now_ms)
            for a in panel.answers
            if a.member in asked
        }
        kept = next(
            (answer.member for answer in view.ended if shown and answer.klass == shown), None
        )
        tokens = sum(generated.values())
        if policy.learns == "own":
            policy.learn(observed)
        elif policy.learns == "panels":
            policy.learn(
                replace(self._all_of(recorded) if self._launch else recorded, explored=True)
            )
        return Replayed(
            id=recorded.id,
            stopped_ms=view.now_ms,
            klass=shown,
            right=right,
            value=right * alive(self._survival, view.now_ms),
            right_of_all=rights.get(at_last, 0.0),
            asked=asked,
            cut=() if explored else tuple(member for member in asked if member in view.pending),
            tokens=tokens,
            wasted_tokens=tokens - (generated.get(kept, 0.0) if kept is not None else 0.0),
            explored=explored,
            observed=observed,
        )

    def _all_of(self, recorded: Panel) -> Panel:
        """The panel as it is when all are asked at once and speeds follow from who is running."""
        return self._timed(recorded, all_at_once(recorded.members))

    def _timed(self, panel: Panel, plan: LaunchPlan | None) -> Panel:
        """The panel under ``plan``: who is not asked in it is left out."""
        if plan is None and not self._launch:
            return panel
        if plan is None:
            plan = all_at_once(panel.members)
        slowed = _slowed(panel, self._machine)
        works = {
            answer.member: (answer.at_ms if answer.at_ms is not None else answer.done_ms or 0.0)
            / slowed
            for answer in panel.answers
        }
        ran = timeline(works, plan, self._machine)
        answers = [_moved(a, *ran[a.member]) for a in panel.answers if a.member in ran]
        return replace(panel, answers=tuple(answers))

    def _walk(self, panel: Panel) -> View:
        """Wait as the rule says, and return what it sees when it stops."""
        coming = _by_time(panel)
        view = View(0.0, panel.cap_ms, (), tuple(answer.member for answer in coming))
        while view.pending:
            stop = min(panel.cap_ms, self._policy.stops_at(view))
            following = coming[len(view.ended)]
            at_ms = _ended_ms(following)
            if stop <= view.now_ms or at_ms > stop:
                return replace(view, now_ms=max(view.now_ms, stop))
            view = View(
                max(view.now_ms, at_ms),
                panel.cap_ms,
                (*view.ended, following),
                tuple(answer.member for answer in coming[len(view.ended) + 1 :]),
            )
        return view


def _by_time(panel: Panel) -> list[PanelAnswer]:
    return sorted(panel.answers, key=_ended_ms)


def _ended_ms(answer: PanelAnswer) -> float:
    ended = answer.at_ms if answer.at_ms is not None else answer.done_ms
    return ended if ended is not None and isfinite(ended) else float("inf")


def _moved(answer: PanelAnswer, asked_ms: float, ended_ms: float) -> PanelAnswer:
    """The answer, asked and ended at other times; what lies between is stretched alike."""
    begun, over = answer.asked_ms, _ended_ms(answer)
    scale = (ended_ms - asked_ms) / (over - begun) if over > begun else 1.0

    def moved(ms: float | None) -> float | None:
        return None if ms is None else asked_ms + (ms - begun) * scale

    return replace(
        answer,
        asked_ms=asked_ms,
        at_ms=None if answer.at_ms is None else ended_ms,
        first_token_ms=moved(answer.first_token_ms),
        done_ms=moved(answer.done_ms),
        token_ms=tuple(asked_ms + (ms - begun) * scale for ms in answer.token_ms),
    )


def _tokens_by(answer: PanelAnswer, stop_ms: float | None) -> float:
    """How many tokens it had written by ``stop_ms``, all if None: recorded, else evenly spread."""
    whole = float(max(answer.tokens_out, len(answer.token_ms)))
    if stop_ms is None:
        return whole
    if answer.token_ms:
        return float(sum(ms <= stop_ms for ms in answer.token_ms))
    first = answer.first_token_ms if answer.first_token_ms is not None else answer.asked_ms
    over = answer.done_ms if answer.done_ms is not None else _ended_ms(answer)
    if over <= first:
        return whole if over <= stop_ms else 0.0
    return whole * min(1.0, max(0.0, (stop_ms - first) / (over - first)))


def _observed(panel: Panel, view: View, shown: str, *, explored: bool) -> Panel:
    """What the rule saw: who was still at it is cut, what was not shown is not judged."""
    answers = panel.answers if explored else _seen(panel, view, shown)
    return replace(
        panel,
        answers=tuple(answers),
        chosen=shown,
        decided_ms=view.now_ms,
        explored=explored,
    )


def _seen(panel: Panel, view: View, shown: str) -> list[PanelAnswer]:
    ended: Mapping[str, PanelAnswer] = {answer.member: answer for answer in view.ended}
    seen = []
    for answer in panel.answers:
        if answer.member in ended:
            judged = answer.right if shown and answer.klass == shown else None
            seen.append(replace(answer, right=judged))
        elif answer.asked_ms <= view.now_ms:
            seen.append(
                PanelAnswer(
                    answer.member,
                    asked_ms=answer.asked_ms,
                    cut_ms=view.now_ms,
                    prompt=answer.prompt,
                    unread=answer.unread,
                )
            )
    return seen
