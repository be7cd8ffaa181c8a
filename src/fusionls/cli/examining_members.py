"""What the probes found out about members, in words: what works, and the way out of what does not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from fusionls.cli.examining import FAILED, Check, Figure
from fusionls.core.family_fit import Fit, Symptom
from fusionls.core.kinship import Kinship, Witness, kinships
from fusionls.core.probes import PROBES
from fusionls.core.reply import Failure, FailureKind
from fusionls.engine.examination import Answer, Examination, FamilyFinding, Speed
from fusionls.settings.member_block import IN_PROCESS, MemberBlock

# Of nine recorded models the weakest had two thirds of its answers parse, on harder places than the probes.
LEAST_WELL_FORMED = 0.5
# The answers that are no good, by name.
MOST_NAMED = 3
_KEY = 'key = { env = "NAME" } (or keyring, command, file)'
_WAYS_OUT = {
    FailureKind.UNREACHABLE: "start its server, or mend endpoint",
    FailureKind.OVERLOADED: "it may still be loading its model, or be too busy for it: try again, or take"
    " a smaller model",
    FailureKind.RATE_LIMITED: "wait, or ask for a higher limit there",
    FailureKind.OUT_OF_CREDIT: "pay, or take the member out of its pools",
    FailureKind.NOT_FOUND: "mend endpoint and model: the server does not know one of them",
    FailureKind.REFUSED: "mend wire, model and family: the server does not take such requests",
    FailureKind.TOO_LONG: "start its server with a longer context",
    FailureKind.REDIRECT: "set endpoint to where it redirects, if you trust that host",
    FailureKind.MALFORMED: "mend wire: this is not the dialect that the server speaks",
    FailureKind.TOO_LARGE: "mend model and family: its answer had no end",
    FailureKind.SERVER_ERROR: "look into the server's own log",
    FailureKind.DROPPED: "look into the server's own log",
    FailureKind.BUG: "please report this",
}


def checks_of(found: Examination, block: MemberBlock | None) -> Iterator[Check]:
    """Yield what was found out about one member. ``block`` is its block of the settings, if it has one."""
    name = found.member.name
    yield _reach(found, block)
    if found.family is not None:
        yield _family(name, found.member.family, found.family)
    if found.answers:
        yield _answers(name, found.answers)
    if found.left_out and found.speed is not None:
        yield Check(
            f"member {name}, left out", None, f"the rest was not asked: {found.left_out}", name
        )


def vote_checks(found: Iterable[Examination], blocks: Mapping[str, MemberBlock]) -> Iterator[Check]:
    """Yield the pairs of members that are about one vote."""
    witnesses = [_witness(one, blocks.get(one.member.name)) for one in found]
    for kinship in kinships(witnesses):
        yield _one_vote(kinship)


def _reach(found: Examination, block: MemberBlock | None) -> Check:
    member, failure, speed = found.member, found.failure, found.speed
    name = f"member {member.name}"
    figures: dict[str, Figure] = {"family": member.family, "reached": found.reached}
    if speed is not None:
        figures |= _speed_figures(speed)
        said = f"{_pace(speed)} (family {member.family})"
        return Check(name, True, said, member.name, figures)
    if failure is None:
        return Check(name, None, f"not asked: {found.left_out}", member.name, figures)
    figures["failure"] = failure.kind.value
    kind = failure.kind.value
    if failure.kind is FailureKind.AUTHENTICATION:
        figures["authenticated"] = False
        kind = "not authenticated"
    reached = (
        "reached, but " if found.reached and failure.kind is not FailureKind.UNREACHABLE else ""
    )
    said = f"{reached}{kind}: {failure.message}"
    way = _way_out(failure, block)
    if way:
        said += f". Way out: {way}."
    return Check(name, False, said, member.name, figures, FAILED)


def _way_out(failure: Failure, block: MemberBlock | None) -> str:
    """Return what a person can do about ``failure``, empty if it says that itself."""
    if failure.kind is FailureKind.AUTHENTICATION:
        return _way_to_a_key(failure, block)
    if failure.kind is FailureKind.UNREACHABLE:
        if block is None or block.wire in IN_PROCESS:
            return ""
        if failure.message.startswith("TLS"):
            return "if your network has certificates of its own, name them in ca_file of [network]"
    return _WAYS_OUT.get(failure.kind, "")


def _way_to_a_key(failure: Failure, block: MemberBlock | None) -> str:
    if block is None or block.key is None:
        return f"it has no key: add {_KEY} to its block"
    if failure.status is None:
        # The key could not be had, or shown: nobody has refused it.
        name = block.key.env
        return f"set {name} where fusionls starts" if name else "mend what key says in its block"
    if failure.status == 403:
        return "the key may not use this model: allow it there, or take another key"
    return "the key is wrong or has expired: put a valid one where key says"


def _speed_figures(speed: Speed) -> dict[str, Figure]:
    times = {
        "ready_ms": speed.ready_ms,
        "cold_ms": speed.cold_ms,
        "warm_ms": speed.warm_ms,
        "tokens_per_s": speed.tokens_per_s,
    }
    rounded = {name: None if ms is None else round(ms, 1) for name, ms in times.items()}
    return {"authenticated": True, **rounded, "warm_runs": speed.warm_runs}


def _pace(speed: Speed) -> str:
    cold = f"cold {speed.cold_ms:.0f} ms, made ready in {speed.ready_ms:.0f} ms"
    said = f"first token after {cold}"
    if speed.warm_ms is not None:
        runs = f"median of {speed.warm_runs} warm runs"
        said = f"first token after {speed.warm_ms:.0f} ms ({runs}; {cold})"
    if speed.tokens_per_s is None:
        return f"{said}, answers come in one piece"
    return f"{said}, {speed.tokens_per_s:.0f} tokens/s"


def _family(name: str, family: str, finding: FamilyFinding) -> Check:
    right = sum(answer.right for answer in finding.answers)
    said = f"{right} of {len(finding.answers)} certain middles are right"
    symptoms = _symptoms(finding)
    if symptoms:
        said += f"; its answers {symptoms}"
    elif family == "chat":
        said += ", code only"
    if finding.better:
        said += f". Asked as {finding.better} it does better: {_set(finding.better)}"
    elif finding.suggested:
        said += f". Its name or its tokens suggest: {_set(finding.suggested)}"
    elif finding.fit is Fit.WRONG:
        said += ". Set family to the format that its model was trained on"
    if any(Symptom.THINKS in answer.symptoms for answer in finding.answers):
        said += ". Switch its thinking off, for instance by a field in body: it comes too late"
    ok = {Fit.FITS: True, Fit.DOUBTFUL: None, Fit.WRONG: False}[finding.fit]
    leaked = sorted({token for answer in finding.answers for token in answer.leaked})
    figures: dict[str, Figure] = {
        "fit": finding.fit.value,
        "right": right,
        "asked": len(finding.answers),
        "symptoms": sorted({s.name.lower() for a in finding.answers for s in a.symptoms}),
        "leaked": leaked,
        "better": finding.better or finding.suggested or None,
    }
    verdict = {True: "fits", None: "is asked", False: "looks wrong"}[ok]
    return Check(f"member {name}, family", ok, f"{family} {verdict}: {said}", name, figures)


def _set(family: str) -> str:
    return f'set family = "{family}"'


def _symptoms(finding: FamilyFinding) -> str:
    """Return what is odd about the answers, in words that follow "its answers"."""
    leaked = dict.fromkeys(token for answer in finding.answers for token in answer.leaked)
    shown = dict.fromkeys(s for answer in finding.answers for s in answer.symptoms)
    words = [f"{s.value} ({', '.join(leaked)})" if s is Symptom.LEAKS else s.value for s in shown]
    return ", ".join(words)


def _answers(name: str, answers: Sequence[Answer]) -> Check:
    asked = [answer for answer in answers if answer.candidate is not None]
    good = sum(answer.is_well_formed for answer in asked)
    bad = [f"{a.probe.language} ({_what_is_bad(a)})" for a in asked if not a.is_well_formed]
    said = f"{good} of {len(asked)} answers parse"
    if bad:
        more = f" and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
        said += f"; not: {', '.join(bad[:MOST_NAMED])}{more}"
    figures: dict[str, Figure] = {
        "well_formed": good,
        "asked": len(asked),
        "probes": len(PROBES),
        "right": sum(bool(a.said and a.said.right) for a in asked),
        "certain": sum(bool(a.probe.right) for a in asked),
    }
    ok = good >= LEAST_WELL_FORMED * len(asked)
    return Check(f"member {name}, answers", ok, said, name, figures)


def _what_is_bad(answer: Answer) -> str:
    found = answer.candidate
    return found.verdict.why or "broken" if found is not None and found.key else "empty"


def _witness(found: Examination, block: MemberBlock | None) -> Witness:
    return Witness(
        found.member.name,
        maker=found.member.maker,
        endpoint=block.endpoint if block else "",
        model=block.model if block else found.member.name,
        said=tuple(answer.said for answer in found.answers),
    )


def _one_vote(kinship: Kinship) -> Check:
    return Check(
        f"members {kinship.first} and {kinship.second}",
        None,
        f"about one vote: {kinship.why}",
        figures={
            "first": kinship.first,
            "second": kinship.second,
            "alike": kinship.alike,
            "telling": kinship.telling,
        },
    )
