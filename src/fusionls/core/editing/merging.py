"""Merge into the chosen edit what others do elsewhere, and offer nothing that does not verify.

The rules are those of design 6.4 and 6.5. The chosen edit is never taken apart; the atoms of others come
in where they do not touch it, enough members want them, all that they need comes with them, and what comes
out is no worse than the chosen edit alone.

Invariant: total and deterministic; the order of the candidates behind the chosen one does not matter as long
as that one verifies.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fusionls.core.editing.atoms import Atom, Kind, applied
from fusionls.core.editing.checks import Checks
from fusionls.core.editing.conflicts import why_not
from fusionls.core.editing.edit import EditChoice, EditTask, EditVerdict, Judged, Merged
from fusionls.core.editing.hunks import hunks_of, left_out, plain
from fusionls.core.editing.offers import ROUNDING, Offer, offers_to
from fusionls.core.editing.parts import Part, known_words, part_of
from fusionls.core.editing.straying import UNUSED, Strays
from fusionls.core.editing.taking import Taken, in_order, is_for_others, is_used, union
from fusionls.core.editing.trees import Tree, parsed
from fusionls.core.editing.verifying import HARD, Problem, Verifier
from fusionls.core.languages import languages

Gate = Callable[[Mapping[str, str]], EditVerdict]
# Texts that are verified for one merge; each takes some 30 ms at 1,000 lines.
MOST_CHECKS = 24
# Candidates that are tried as the chosen one.
MOST_TRIED = 6


@dataclass(slots=True)
class _Try:
    """The merge around one candidate."""

    chosen: Part
    taken: list[Taken] = field(default_factory=list)
    dropped: list[tuple[Offer, str]] = field(default_factory=list)


def merge_edits(
    task: EditTask,
    choice: EditChoice,
    gate: Gate,
    failed: Sequence[Judged] = (),
    most_checks: int = MOST_CHECKS,
) -> Merged:
    """Return the chosen edit with what others did elsewhere; alone, or the next one, where that fails.

    ``gate`` judges the files after. ``failed`` are candidates that did not pass their gate by
    themselves: what they did may complete others, as where each has renamed other calls of a function.
    At most ``most_checks`` texts are verified for each that is tried.
    Nothing is chosen, or nothing verifies: no hunks.
    """
    order = _order(choice)
    everybody = [*order, *(judged for judged in failed if judged not in order)]
    bench = _Bench(task, everybody, gate, most_checks)
    for part in bench.parts[:MOST_TRIED]:
        merged = bench.around(part, passed=part.judged in order)
        if merged is not None:
            return merged
    return Merged(())


def _order(choice: EditChoice) -> list[Judged]:
    """The chosen one first, then the others that passed."""
    first = [] if choice.chosen is None else [choice.chosen]
    return first + [judged for judged in choice.order if judged not in first]


class _Bench:
    """All candidates of one task, cut into atoms."""

    def __init__(
        self, task: EditTask, judged: Sequence[Judged], gate: Gate, most_checks: int
    ) -> None:
        self._task = task
        self.most_checks = most_checks
        self._gate = gate
        self._trees = {name: _tree(task, name) for name in task.files}
        self._verifier = Verifier(task, self._trees)
        self._homes: dict[str, dict[int, str]] = {}
        self._found: dict[int, frozenset[Problem]] = {}
        known = known_words(task)
        kept = {id(one): one for one in judged}.values()
        self.parts = [part_of(task, one, self._trees, known, self._home) for one in kept]
        self._strays = Strays(task, self.parts, self._verifier)

    def _home(self, file: str, at: int) -> str:
        homes = self._homes.get(file)
        if homes is None:
            facts = self._verifier.before(file)
            uses = facts.names.uses if facts.names is not None else ()
            tree = facts.tree
            homes = {
                tree.point(start): str(scope)
                for start, _, scope in (uses if tree is not None else ())
                if scope > 0 and tree is not None
            }
            self._homes[file] = homes
        return homes.get(at, "")

    def around(self, chosen: Part, passed: bool) -> Merged | None:
        """Return what is offered around one candidate, None where not even that one verifies."""
        if not chosen.atoms:
            return None
        offers = offers_to(chosen, self.parts, self._task.instruction)
        attempt = _Try(chosen)
        self._take(attempt, offers)
        self._leave_unused(attempt)
        if attempt.taken:
            self._verify(attempt)
        if not attempt.taken and (not passed or _hard(self._alone(chosen))):
            return None
        return self._merged(attempt)

    def _take(self, attempt: _Try, offers: Sequence[Offer]) -> None:
        """Take offers that are wanted and fit, those of most members first."""
        wanted = [offer for offer in offers if not offer.why]
        attempt.dropped += [(offer, offer.why) for offer in offers if offer.why]
        for number, offer in enumerate(wanted):
            kept = union(attempt.chosen.atoms, attempt.taken)
            if all(key in kept for key in offer.keys):
                attempt.taken.append(Taken(offer, tuple(offer.atoms)))
                continue
            why = self._rival(offer, wanted[:number] + wanted[number + 1 :])
            atoms = [a for a in offer.donor.with_needs(offer.keys) if a.key not in kept]
            why = why or self._why_not(atoms, kept.values(), offer)
            if why:
                attempt.dropped.append((offer, why))
            else:
                attempt.taken.append(Taken(offer, tuple(atoms)))

    def _rival(self, offer: Offer, others: Sequence[Offer]) -> str:
        """Tell whether as many want something else there."""
        for other in others:
            if abs(other.strength - offer.strength) > ROUNDING or other.keys & offer.keys:
                continue
            if any(why_not(atom, other.atoms, self.parts) for atom in offer.atoms):
                return "as many members want something else there"
        return ""

    def _why_not(self, atoms: Sequence[Atom], kept: Iterable[Atom], offer: Offer) -> str:
        there = list(kept)
        for atom in atoms:
            why = "" if atom.kind is Kind.LAYOUT else why_not(atom, there, self.parts)
            if why:
                return why if atom.key in offer.keys else f"what it needs does not fit: {why}"
        return ""

    def _leave_unused(self, attempt: _Try) -> None:
        """Take nothing that its own candidate needed for something else, or that strays in."""
        changed = True
        while changed:
            changed = False
            for taken in attempt.taken[:]:
                rest = [t for t in attempt.taken if t is not taken]
                why = self._why_astray(taken, attempt, rest)
                if why:
                    attempt.taken = rest
                    attempt.dropped.append((taken.offer, why))
                    changed = True

    def _why_astray(self, taken: Taken, attempt: _Try, rest: Sequence[Taken]) -> str:
        chosen = attempt.chosen
        if is_for_others(taken) and not is_used(taken, chosen, rest):
            return UNUSED

        def texts() -> dict[str, str]:
            return self.texts(union(chosen.atoms, attempt.taken).values(), chosen) or {}

        return self._strays.why(taken, chosen, rest, texts)

    def _verify(self, attempt: _Try) -> None:
        """Drop what makes the result worse than the chosen edit."""
        checks = Checks(lambda taken: self.worse(attempt.chosen, taken), self.most_checks)
        while attempt.taken:
            found = checks.problems(attempt.taken)
            if found is not None and not found:
                return
            culprits = checks.culprits(attempt.taken)
            if not culprits:
                culprits = attempt.taken[:]
            worst = max(culprits, key=lambda taken: taken.offer.rank)
            reasons = checks.why(attempt.taken)
            if checks.left <= 0:
                attempt.dropped += [(taken.offer, reasons) for taken in attempt.taken]
                attempt.taken = []
                return
            attempt.taken = [taken for taken in attempt.taken if taken is not worst]
            attempt.dropped.append((worst.offer, reasons))
            self._leave_unused(attempt)

    def texts(self, atoms: Iterable[Atom], chosen: Part) -> dict[str, str] | None:
        """Return the files with atoms done. What only the chosen edit touches has its very bytes."""
        by_file: dict[str, list[Atom]] = {}
        for atom in atoms:
            by_file.setdefault(atom.file, []).append(atom)
        after = dict(chosen.judged.proposal.after)
        own = {id(atom) for atom in chosen.atoms}
        for name, found in by_file.items():
            if all(id(atom) in own for atom in found):
                continue
            text = applied(self._task.files[name], in_order(found, own))
            if text is None:
                return None
            after[name] = text
        return {name: text for name, text in after.items() if name in self._task.files}

    def _problems(self, atoms: Sequence[Atom], chosen: Part) -> frozenset[Problem]:
        after = self.texts(atoms, chosen)
        if after is None:
            return frozenset((Problem("parse", ""),))
        by_file: dict[str, list[Atom]] = {}
        for atom in atoms:
            by_file.setdefault(atom.file, []).append(atom)
        return self._verifier.problems(after, by_file)

    def _alone(self, chosen: Part) -> frozenset[Problem]:
        """Return what is wrong with a candidate by itself; asked only where it matters."""
        key = id(chosen)
        if key not in self._found:
            self._found[key] = self._problems(chosen.atoms, chosen)
        return self._found[key]

    def worse(self, chosen: Part, taken: Sequence[Taken]) -> tuple[str, ...]:
        """Return in words why a merge may not be offered, () if it may."""
        atoms = list(union(chosen.atoms, taken).values())
        found = self._problems(atoms, chosen)
        bad = sorted((found - self._alone(chosen)) | _hard(found)) if found else []
        if bad:
            return tuple(problem.words for problem in bad)
        verdict = self._gate(self.texts(atoms, chosen) or {})
        return () if verdict.passes else (verdict.why or ("it does not pass the gate",))

    def _merged(self, attempt: _Try) -> Merged:
        atoms = union(attempt.chosen.atoms, attempt.taken)
        own = {id(atom) for atom in attempt.chosen.atoms}
        after = self.texts(atoms.values(), attempt.chosen) or {}
        ordered = in_order(atoms.values(), own)
        unasked = {a.key for t in attempt.taken if t.offer.asked for a in t.atoms}
        merged = any(id(atom) not in own for atom in atoms.values())
        verdict = self._gate(after) if merged else attempt.chosen.judged.verdict
        hunks = hunks_of(
            self._task, plain(ordered), self.parts, self._verifier, unasked, verdict.doubts
        )
        dropped = left_out(attempt.dropped, atoms.keys())
        return Merged(hunks, after, dropped, merged, attempt.chosen.judged)


def _tree(task: EditTask, name: str) -> Tree | None:
    language = languages().get(task.languages.get(name, ""))
    return None if language is None else parsed(language, task.files[name])


def _hard(problems: Iterable[Problem]) -> set[Problem]:
    return {problem for problem in problems if problem.kind in HARD}
