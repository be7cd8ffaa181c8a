"""The commands, one file each, found by name and imported only when they are called."""

from pathlib import Path
from pkgutil import iter_modules

import click

import fusionls.cli.commands
from fusionls import __version__
from fusionls.cli import logs


class Commands(click.Group):
    """Finds commands in their folder, so that one of them pays for none of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(module.name for module in iter_modules(fusionls.cli.commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command ``cmd_name``, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        from importlib import import_module

        module = import_module(f"{fusionls.cli.commands.__name__}.{cmd_name}")
        command: click.Command = module.COMMAND
        return command


@click.group(name="fusionls", cls=Commands, invoke_without_command=True)
@click.option("--stdio", is_flag=True, help="Serve one LSP client on stdin and stdout.")
@click.option("clientprocessid", "--clientProcessId", type=int, hidden=True)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --stdio: add who answered what and when to this file, without code, for fusionls simulate.",
)
@click.option("--record-content", is_flag=True, help="With --record: and the answers' text.")
@click.option(
    "--transcript",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --stdio: write the session, code included, to this file for fusionls replay.",
)
@click.version_option(__version__, prog_name="fusionls")
@click.pass_context
def commands(
    context: click.Context,
    stdio: bool,
    clientprocessid: int | None,
    record: Path | None,
    record_content: bool,
    transcript: Path | None,
) -> None:
    """Ask several code models at once and fuse their answers.

    Editors start "fusionls --stdio". The commands below do the same work without an editor.
    """
    logs.set_up()
    if context.invoked_subcommand is not None:
        return
    if not stdio:
        click.echo(context.get_help())
        return
    if record_content and record is None:
        raise click.UsageError("--record-content says what --record FILE writes: name a file")
    from fusionls.cli.serving import serve_stdio

    serve_stdio(clientprocessid, transcript, record, with_content=record_content)
