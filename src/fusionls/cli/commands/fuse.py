"""``fusionls fuse PACK``: recorded answers through the same core as live ones."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from fusionls.cli.pack_options import (
    BLIND_NOTE,
    MODELS,
    PACK,
    SAMPLES,
    edit_priors_of,
    models_of,
    weights_of,
)
from fusionls.core.ranking import USUAL_THRESHOLD


@click.command("fuse", epilog=BLIND_NOTE)
@PACK
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Where the predictions go, one JSON object a line.",
)
@click.option("--weights", "weights_file", type=click.Path(dir_okay=False, path_type=Path))
@SAMPLES
@MODELS
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=USUAL_THRESHOLD,
    show_default=True,
    help="How likely right a text must be for an automatic trigger to show it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one document.")
def COMMAND(
    pack: Path,
    output: Path,
    weights_file: Path | None,
    samples: int,
    models: str,
    threshold: float,
    as_json: bool,
) -> None:
    """Fuse the recorded answers of PACK, JSON lines that may be compressed: completions or edits.

    A line that cannot be used is named on stderr and left out. Exit code 1: some were; 2: PACK or the
    weights cannot be read.
    """
    from fusionls.cli.packs import PackKind, found_pack, kind_of_pack

    took_ms: list[float] = []
    bad: list[int] = []
    try:
        if kind_of_pack(found_pack(pack)) is PackKind.EDITS:
            rows = _fused_edits(pack, weights_file, samples, models_of(models), bad)
        else:
            rows = _fused_completions(
                pack, weights_file, samples, models_of(models), threshold, bad
            )
        with output.open("w", encoding="utf-8") as predictions:
            for row, ms in rows:
                row["ms"] = round(ms, 2)
                predictions.write(json.dumps(row, ensure_ascii=True) + "\n")
                took_ms.append(ms)
    except OSError as error:
        click.echo(f"{error.filename or pack}: {error.strerror or error}", err=True)
        sys.exit(2)
    summary = {"cases": len(took_ms), "bad_lines": bad, **_times(took_ms)}
    if as_json:
        click.echo(json.dumps(summary, indent=2))
    else:
        click.echo(_said(summary), err=True)
    sys.exit(1 if bad else 0)


def _fused_completions(
    pack: Path,
    weights_file: Path | None,
    samples: int,
    models: tuple[str, ...],
    threshold: float,
    bad: list[int],
) -> Iterator[tuple[dict[str, Any], float]]:
    """Yield for each case its prediction, and how long it took (milliseconds)."""
    from fusionls.cli.pack_progress import cases_shown
    from fusionls.core.recorded_case import fused

    weights = weights_of(weights_file)
    for found in cases_shown(pack, models, bad.append):
        begun = time.perf_counter()
        result = fused(found.case, weights, samples, threshold)
        ms = (time.perf_counter() - begun) * 1000
        row = {"id": found.id, "text": result.text, "p": result.p, "auto_text": result.auto_text}
        yield row, ms


def _fused_edits(
    pack: Path,
    weights_file: Path | None,
    samples: int,
    models: tuple[str, ...],
    bad: list[int],
) -> Iterator[tuple[dict[str, Any], float]]:
    """Yield for each edit what is offered and why, and how long that took (milliseconds)."""
    from fusionls.cli.pack_progress import edits_shown
    from fusionls.core.recorded_edit import chosen_edit, text_of

    learned = edit_priors_of(weights_file)
    for found in edits_shown(pack, models, bad.append):
        begun = time.perf_counter()
        choice = chosen_edit(found.case, samples, learned)
        ms = (time.perf_counter() - begun) * 1000
        member = choice.chosen.proposal.member if choice.chosen else None
        text = text_of(found.case, choice)
        yield {"id": found.id, "text": text, "member": member, "why": choice.why}, ms


def _times(took_ms: list[float]) -> dict[str, float]:
    """Return the mean, the median and the 99th percentile of a case, in milliseconds."""
    if not took_ms:
        return {}
    ordered = sorted(took_ms)
    return {
        "ms_mean": round(sum(ordered) / len(ordered), 2),
        "ms_p50": round(ordered[len(ordered) // 2], 2),
        "ms_p99": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2),
    }


def _said(summary: dict[str, object]) -> str:
    bad = summary["bad_lines"]
    left_out = f", {len(bad)} lines left out" if isinstance(bad, list) and bad else ""
    if not summary["cases"]:
        return f"no case in it{left_out}"
    return (
        f"{summary['cases']} cases{left_out}; a case takes {summary['ms_mean']} ms in the mean,"
        f" {summary['ms_p50']} ms at the median, {summary['ms_p99']} ms at the 99th percentile"
    )
