"""Holes in what was written last: a line that a recent commit added is taken out, to be asked for."""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fusionls.core.language import Language
from fusionls.core.languages import language_for
from fusionls.core.redaction import secret_spans
from fusionls.core.secrets import looks_secret
from fusionls.core.text import fold_blanks, indentation, lines_with_ends, strip_line_end
from fusionls.evaluating.case import Case
from fusionls.evaluating.prose import prose_rows
from fusionls.local.memory_files import MOST_OF_A_FILE, is_written_by_hand

# Looked through until there are enough holes; further back is not recent.
MOST_COMMITS = 2000
# One file that is changed all the time must not be the whole evaluation.
MOST_OF_ONE_FILE = 3
# A line that is shorter says little, one that is longer is a table or a text.
SHORTEST_LINE, LONGEST_LINE = 5, 200
# What is left of a line to be asked for has at least so many code points.
SHORTEST_REST = 4
WHOLE_LINE, REST_OF_LINE = "whole line", "rest of a line"
# Links and submodules have other modes.
_FILES = ("100644", "100755")
_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_BETWEEN_WORDS = re.compile(r"(?<=\W)\b|(?<=\w)(?=[(\[{.,:=])")


class History(Protocol):
    """What is asked of git."""

    root: Path

    def commits(self, most: int) -> list[str]:
        """Return the hashes of up to ``most`` commits, the newest first."""

    def changed(self, commit: str) -> list[tuple[bytes, str, str]]:
        """Return path, mode and blob of each file that ``commit`` added or changed."""

    def size(self, blob: str) -> int:
        """Return how many bytes a blob has."""

    def content(self, blob: str) -> bytes:
        """Return what a blob holds."""

    def hunks(self, commit: str, path: bytes) -> bytes:
        """Return the difference that ``commit`` made to ``path``, without lines around it."""


@dataclass(slots=True)
class Cut:
    """The holes that were found, and why how many changed files gave none.

    ``oldest`` is the last commit that gave one: before it nothing of them was written.
    """

    cases: list[Case] = field(default_factory=list)
    oldest: str = ""
    left_out: Counter[str] = field(default_factory=Counter)


def cut_holes(history: History, count: int, seed: int, may_be_asked: Callable[[str], bool]) -> Cut:
    """Return up to ``count`` holes from the newest commits; the same ``seed`` gives the same ones.

    ``may_be_asked`` tells of a document's URI whether anybody may be shown it. Of a file that looks like a
    secret, or that nobody may be shown, not even the content is read.
    """
    cut = Cut()
    taken: Counter[bytes] = Counter()
    for commit in history.commits(MOST_COMMITS):
        for path, mode, blob in history.changed(commit):
            if taken[path] >= MOST_OF_ONE_FILE:
                continue
            found = _case(history, commit, (path, mode, blob), seed, may_be_asked)
            if isinstance(found, str):
                cut.left_out[found] += 1
                continue
            taken[path] += 1
            cut.cases.append(found)
            cut.oldest = commit
            if len(cut.cases) >= count:
                return cut
    return cut


def _case(
    history: History,
    commit: str,
    changed: tuple[bytes, str, str],
    seed: int,
    may_be_asked: Callable[[str], bool],
) -> Case | str:
    """Return the hole in one changed file, or why there is none."""
    path, mode, blob = changed
    try:
        name = path.decode("utf-8")
    except UnicodeDecodeError:
        return "its name is not text"
    if looks_secret(name):
        return "it looks like a secret"
    language = language_for("", name)
    if mode not in _FILES or language is None:
        return "no file in a known language"
    uri = (history.root / name).as_uri()
    if ".." in Path(name).parts or not may_be_asked(uri):
        return "the settings keep it from everybody who is asked"
    if history.size(blob) > MOST_OF_A_FILE:
        return "too long to be written by hand"
    text = _text_of(history.content(blob))
    if text is None:
        return "not text, or generated"
    runs = list(_added(history.hunks(commit, path)))
    digest = hashlib.sha256(f"{seed} {commit} {name}".encode()).digest()
    hole = _hole(text, runs, language, random.Random(digest))  # no secret: reproducible
    if hole is None:
        return "nothing in it to ask for"
    number, start, prefix, gold, suffix = hole
    return Case(
        id=f"{commit[:10]}:{name}:{number}",
        group=WHOLE_LINE if start else REST_OF_LINE,
        uri=uri,
        language=language.name,
        prefix=prefix,
        suffix=suffix,
        gold=gold,
        first_line=True,
    )


def _text_of(content: bytes) -> str | None:
    if b"\0" in content:
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    told = text.replace("\r\n", "\n")
    # Where a line ends differently for git and for editors, no line of one is a line of the other.
    return text if "\r" not in told and is_written_by_hand(told) else None


def _added(difference: bytes) -> Iterator[tuple[int, int]]:
    """Yield the runs of lines that were added: the first one's index from 0, and how many."""
    for match in _HUNK.finditer(difference):
        count = 1 if match[2] is None else int(match[2])
        if count:
            yield int(match[1]) - 1, count


def _hole(
    text: str, runs: list[tuple[int, int]], language: Language, chance: random.Random
) -> tuple[int, bool, str, str, str] | None:
    """Return the line's number from 1, whether all of it is wanted, and the texts before, in and behind it.

    What the commit added right below was not there yet when the line was written: it is left out.
    """
    lines = lines_with_ends(text)
    # Nobody foresees prose.
    prose = prose_rows(text, language)
    places = [
        (number, first + count)
        for first, count in runs
        for number in range(first, min(first + count, len(lines)))
        if number not in prose and _is_worth_asking(lines[number])
    ]
    if not places:
        return None
    number, end = chance.choice(places)
    line = strip_line_end(lines[number])
    starts = [len(indentation(line))]
    inside = [m.start() for m in _BETWEEN_WORDS.finditer(line) if m.start() > starts[0]]
    inside = [at for at in inside if len(line[at:].strip()) >= SHORTEST_REST]
    whole = not inside or chance.random() < 0.5
    at = starts[0] if whole else chance.choice(inside)
    before, behind = "".join(lines[:number]), "".join(lines[end:])
    return number + 1, whole, before + line[:at], line[at:], lines[number][len(line) :] + behind


def _is_worth_asking(line: str) -> bool:
    told = fold_blanks(line)
    if not SHORTEST_LINE <= len(told) <= LONGEST_LINE or not any(map(str.isalnum, told)):
        return False
    # What a secret is must not be guessed.
    return not secret_spans(line)
