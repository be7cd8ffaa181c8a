"""``fusionls fuse PACK``: recorded answers through the same core as live ones."""

import json
import sys
import time
from pathlib import Path

import click

from fusionls.cli.pack_options import BLIND_NOTE, MODELS, PACK, SAMPLES, models_of, weights_of
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
    """Fuse the recorded answers of PACK, JSON lines that may be compressed.

    A line that cannot be used is named on stderr and left out. Exit code 1: some were; 2: PACK or the
    weights cannot be read.
    """
    from fusionls.cli.pack_progress import cases_shown
    from fusionls.core.recorded_case import fused

    weights = weights_of(weights_file)
    took_ms: list[float] = []
    bad: list[int] = []
    try:
        with output.open("w", encoding="utf-8") as predictions:
            for found in cases_shown(pack, models_of(models), bad.append):
                begun = time.perf_counter()
                result = fused(found.case, weights, samples, threshold)
                ms = (time.perf_counter() - begun) * 1000
                row = {"id": found.id, "text": result.text, "p": result.p}
                row |= {"auto_text": result.auto_text, "ms": round(ms, 2)}
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
