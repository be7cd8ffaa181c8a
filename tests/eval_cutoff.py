"""What the learned table is worth on the six frozen settings of synthetic traces, against the simple rules.

    python -m tests.eval_cutoff [--seeds 1,2,3] [--traces ../shared/sim/traces.py] [--settings impatient,...]

The script is run once per setting and seed. Per setting: the value of each rule, the table's share of the
clairvoyant, and by how much it beats the best simple rule, for both ways of learning; then the bars.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from fusionls.core.latency import Latencies
from fusionls.core.panel import Panel
from fusionls.core.panel_json import TracesHeader, header_from_json, panel_from_json
from fusionls.simulating.replay import Run, replay
from fusionls.simulating.scoring import Scores, scores

SETTINGS = ("impatient", "patient", "popularity_trap", "unequal", "drifting", "shared_machine")
SIMPLE = (
    "first",
    "wait:100",
    "wait:150",
    "wait:200",
    "wait:300",
    "quorum:2:50",
    "all",
    "agree",
    "best",
)
TABLES = ("table:panels", "table:own")
# The values of the reference for seed 1, to three digits.
REFERENCE = {
    "impatient": (0.525, 0.431, 0.396, 0.519, 0.687),
    "patient": (0.614, 0.620, 0.643, 0.698, 0.832),
    "popularity_trap": (0.526, 0.424, 0.381, 0.508, 0.688),
    "unequal": (0.344, 0.300, 0.318, 0.391, 0.596),
    "drifting": (0.524, 0.406, 0.365, 0.482, 0.668),
    "shared_machine": (0.440, 0.335, 0.307, 0.392, 0.556),
}
REFERENCE_RULES = ("first", "wait:300", "all", "agree", "clairvoyant")


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one setting and seed: figures by rule, and what was noticed of the drift."""

    setting: str
    seed: int
    scores: dict[str, Scores]
    noticed: dict[str, int | None]
    medians: dict[str, tuple[float, float, float]]


def traces(script: Path, setting: str, seed: int, count: int) -> tuple[TracesHeader, list[Panel]]:
    """Run the frozen script."""
    command = [sys.executable, str(script), setting, "--seed", str(seed), "--n", str(count)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    header = header_from_json(json.loads(lines[0]))
    if header is None:
        raise ValueError(f"{script} describes no setting")
    return header, [panel_from_json(json.loads(line), header) for line in lines[1:]]


def evaluated(script: Path, setting: str, seed: int, count: int) -> Found:
    """Replay one setting under every rule."""
    header, panels = traces(script, setting, seed, count)
    runs = [
        replay(panels, rule, header.survival, contention=header.contention)
        for rule in (*SIMPLE, "clairvoyant", *TABLES)
    ]
    if header.contention:
        runs += [_launched(panels, header, rule) for rule in ("first", "agree", *TABLES)]
    noticed = {
        run.policy: _noticed(run) for run in runs if run.policy in TABLES and setting == "drifting"
    }
    own = next(run for run in runs if run.policy == "table:own")
    return Found(setting, seed, {s.policy: s for s in scores(runs)}, noticed, _medians(own, panels))


def _launched(panels: Sequence[Panel], header: TracesHeader, rule: str) -> Run:
    run = replay(panels, rule, header.survival, contention=header.contention, launch=True)
    return Run(f"{rule}+launch", run.requests, run.fixed)


def _noticed(run: Run) -> int | None:
    """After how many requests of the second half it was noticed that m1 is slower, None if it never was."""
    latencies = Latencies()
    for number, request in enumerate(run.requests):
        latencies.learn(request.observed)
        if number > len(run.requests) // 2 and latencies.changes("m1"):
            return number - len(run.requests) // 2
    return None


def _medians(run: Run, panels: Sequence[Panel]) -> dict[str, tuple[float, float, float]]:
    """Per member: the median learned from what was seen, the true one, and the share that was cut."""
    latencies = Latencies()
    half = len(panels) // 2
    cut = dict.fromkeys(panels[0].members, 0)
    for request in run.requests[half:]:
        latencies.learn(request.observed)
        for member in request.cut:
            cut[member] += 1
    found = {}
    for place, member in enumerate(panels[0].members):
        times = sorted(panel.answers[place].at_ms or 0.0 for panel in panels[half:])
        found[member] = (
            latencies.median_ms(member) or 0.0,
            times[len(times) // 2],
            cut[member] / half,
        )
    return found


def _told(setting: str, found: Sequence[Found]) -> dict[str, float]:
    """Print one setting, the mean over seeds, and return its values."""
    rules = list(found[0].scores)
    values = {rule: mean(one.scores[rule].value for one in found) for rule in rules}
    print(f"\n{setting}")
    for rule in rules:
        shown = [one.scores[rule] for one in found]
        print(
            f"  {rule:22} {values[rule]:.4f}  right {mean(s.right for s in shown):.3f}"
            f"  p50 {mean(s.p50_ms for s in shown):4.0f} p95 {mean(s.p95_ms for s in shown):4.0f}"
            f"  {values[rule] / values['clairvoyant']:6.1%} of the clairvoyant"
            f"  lost {mean(s.lost for s in shown):.3f} saved {mean(s.saved for s in shown):.3f}"
        )
    for one in found:
        if one.seed == 1:
            off = [
                f"{rule} {one.scores[rule].value:.3f} for {value}"
                for rule, value in zip(REFERENCE_RULES, REFERENCE[setting], strict=True)
                if abs(one.scores[rule].value - value) > 0.0006
            ]
            print(f"  reference values of seed 1: {'; '.join(off) or 'reproduced'}")
        if setting == "drifting":
            print(f"  seed {one.seed}: noticed after {one.noticed} requests")
        told = ", ".join(
            f"{m} {got:.0f} for {true:.0f} ms ({cut:.0%} cut)"
            for m, (got, true, cut) in one.medians.items()
        )
        print(f"  seed {one.seed}: medians {told}")
    return values


def _judged(values: dict[str, dict[str, float]]) -> None:
    for table in TABLES:
        shares, gains = [], {}
        for setting, by_rule in values.items():
            value = by_rule.get(f"{table}+launch", by_rule[table])
            gains[setting] = value / max(by_rule[rule] for rule in SIMPLE) - 1
            shares.append(value / by_rule["clairvoyant"])
        print(f"\n{table}: {mean(shares):.1%} of the clairvoyant on average (bar 80 %)")
        for setting, gain in gains.items():
            print(f"  {setting:18} {gain:+.1%} against the best simple rule (bar -1 %)")
        print(
            f"  above in {sum(gain > 0 for gain in gains.values())} (bar 4), below -1 % in "
            f"{sum(gain < -0.01 for gain in gains.values())} (bar 0)"
        )


def main(arguments: Iterable[str] | None = None) -> None:
    """Print the figures."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "sim" / "traces.py"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--settings", default=",".join(SETTINGS))
    parser.add_argument("--traces", type=Path, default=beside)
    parser.add_argument("--n", type=int, default=6000)
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args(None if arguments is None else list(arguments))
    settings = args.settings.split(",")
    with ProcessPoolExecutor(args.processes) as pool:
        waiting = {
            setting: [
                pool.submit(evaluated, args.traces, setting, int(seed), args.n)
                for seed in args.seeds.split(",")
            ]
            for setting in settings
        }
        values = {
            setting: _told(setting, [w.result() for w in waiting[setting]]) for setting in settings
        }
    _judged(values)


if __name__ == "__main__":
    main()
