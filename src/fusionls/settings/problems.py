"""What is wrong with a settings file, in words that can be shown anywhere."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from fusionls.settings.places import KeyPath

# More is not read; who has mended these sees the others.
MOST_PROBLEMS = 20
LONGEST_NAME = 60
BARE = re.compile(r"^[A-Za-z0-9_-]+$")


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake: on which line (from 1, None if unknown), with which key (() for the whole file), and what.

    ``said`` tells what was expected and what to do. ``refused`` says that only this one value has no
    effect, and the file is good otherwise.
    """

    said: str
    path: KeyPath = ()
    line: int | None = None
    refused: bool = False

    def __str__(self) -> str:
        line = f"line {self.line}: " if self.line else ""
        return f"{line}{spelled(self.path)}{self.said}" if self.path else f"{line}{self.said}"


class SettingsError(Exception):
    """The settings cannot be used. ``problems`` are sentences: what, where, what to do."""

    def __init__(self, file: Path, problems: list[str]) -> None:
        super().__init__(f"{shown(str(file))}: " + "; ".join(problems))
        self.file = file
        self.problems = tuple(problems)


def few(problems: Iterable[Problem]) -> list[str]:
    """Return the problems as sentences, in the order of the file; of very many the first."""
    ordered = sorted(problems, key=lambda problem: problem.line or 0)
    said = [str(problem) for problem in ordered[:MOST_PROBLEMS]]
    if len(ordered) > MOST_PROBLEMS:
        said.append(f"and {len(ordered) - MOST_PROBLEMS} more")
    return said


def spelled(path: KeyPath) -> str:
    """Return a key as it is written in TOML, with nothing in it that a terminal would obey."""
    parts = (str(part) for part in path)
    return ".".join(
        part if BARE.match(part) and len(part) <= LONGEST_NAME else named(part) for part in parts
    )


def named(name: object) -> str:
    """Return a name in quotes, cut and with everything that does not print escaped."""
    text = str(name)
    cut = text if len(text) <= LONGEST_NAME else text[:LONGEST_NAME] + "..."
    return repr(cut)


def shown(text: str) -> str:
    """Return ``text`` as it is if it can be printed, else with what cannot be escaped."""
    return text if text.isprintable() else repr(text)


def one_of(names: Iterable[str]) -> str:
    """Return names to choose from, in words."""
    return ", ".join(sorted(names)) or "(none)"


def like(name: object, names: Iterable[str]) -> str:
    """Return a question whether one of ``names`` was meant, empty if none is close."""
    close = get_close_matches(str(name)[:LONGEST_NAME], list(names), n=1, cutoff=0.6)
    return f', did you mean "{close[0]}"?' if close else ""
