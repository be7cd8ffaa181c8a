"""What the commands over packs have in common."""

import sys
from pathlib import Path

import click

from fusionls.core.editing.weights import edit_weights_from_json
from fusionls.core.weights import SHIPPED, Weights, WeightsError, weights_from_json

BLIND_NOTE = (
    "Nothing that says what would be right is read of PACK; docs/evaluation.md has its format."
)
PACK = click.argument("pack", type=click.Path(dir_okay=False, path_type=Path))
SAMPLES = click.option(
    "--samples", type=click.IntRange(min=1), default=1, help="Answers taken of each model."
)
MODELS = click.option(
    "--models", default="", metavar="A,B", help="Take these models and no others."
)


def models_of(option: str) -> tuple[str, ...]:
    """Return the names in ``--models``, empty for everybody."""
    return tuple(name.strip() for name in option.split(",") if name.strip())


def weights_of(file: Path | None) -> Weights:
    """Return the weights in ``file``, those that are shipped without one. Exits with 2 if it is bad."""
    if file is None:
        return SHIPPED
    try:
        return weights_from_json(file.read_text("utf-8"))
    except (OSError, WeightsError, UnicodeDecodeError) as error:
        click.echo(f"{file}: {error}", err=True)
        sys.exit(2)


def edit_priors_of(file: Path | None) -> dict[str, float]:
    """Return the learned pass rates in ``file`` by model, none without one. Exits with 2 if it is bad."""
    if file is None:
        return {}
    try:
        return dict(edit_weights_from_json(file.read_text("utf-8")).priors)
    except (OSError, WeightsError, UnicodeDecodeError) as error:
        click.echo(f"{file}: {error}", err=True)
        sys.exit(2)
