"""What goes to a person's terminal: nothing in it moves the cursor or colours what follows by itself."""

import os
import sys

import click

# The colours that everybody knows from git.
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_KEPT = "\n\t"


def say(sentence: str) -> None:
    """Tell the person something, on stderr."""
    click.echo(_visible(sentence), err=True)


def echo_diff(diff: str) -> None:
    """Print a diff: to a terminal in colours, to a file or another program to the byte.

    Names of files that are no text are the bytes that they are.
    """
    if _is_terminal():
        click.echo(_coloured(diff), nl=False)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(diff.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _coloured(diff: str) -> str:
    """Return the diff as a terminal shows it."""
    plain = "NO_COLOR" in os.environ
    lines = []
    for line in diff.split("\n"):
        shown = _visible(line.removesuffix("\r"))
        bold = line.startswith(("--- ", "+++ "))
        colour = None if bold else _COLOURS.get(line[:1])
        lines.append(
            shown
            if plain or not (bold or colour)
            else click.style(shown, colour, bold=bold or None)
        )
    return "\n".join(lines)


def _visible(text: str) -> str:
    return "".join(
        sign if sign.isprintable() or sign in _KEPT else "\N{REPLACEMENT CHARACTER}"
        for sign in text
    )
