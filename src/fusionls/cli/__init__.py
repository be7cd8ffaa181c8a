"""The command line: the server at once, every other command by way of ``group.py``."""

import re
import sys
from collections.abc import Sequence

# What editors start. They wait for it, so it is recognised without the library for command lines.
_SERVER = re.compile(r"--stdio(?: --clientProcessId[= ](?P<pid>[0-9]{1,18}))?")


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what ``arguments`` (of the process, unless given) ask for. Ends the process."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    server = _SERVER.fullmatch(" ".join(given))
    if server is None:
        from fusionls.cli.group import commands

        commands(given)
        return
    from fusionls.cli import logs
    from fusionls.cli.serving import serve_stdio

    logs.set_up()
    serve_stdio(int(server["pid"]) if server["pid"] else None)
