"""What is written into the state file and read from it. Everything here blocks; see state_file.py."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fusionls.core.editing.formats import FormAnswer
from fusionls.core.panel import Panel
from fusionls.state.edit_answers import (
    AnswerSeen,
    count_answers,
    insert_answer,
    newest_answers,
    tidy_answers,
)
from fusionls.state.opening import (
    ASIDE,
    JOURNALS,
    BrokenState,
    Identity,
    NewerState,
    StateTrouble,
    identity,
    opened,
    put_aside,
    trouble_of,
)
from fusionls.state.panel_lines import line_of, panels_from
from fusionls.state.schema import VERSION, version_of

if TYPE_CHECKING:
    from sqlite3 import Connection

# What members did longer ago says nothing about what they do now.
DAYS_KEPT = 90
# Learning reads the newest 1,000 of a pool; a share of 5,000 is known to 0.7 points (its standard error).
MOST_OF_A_POOL = 5_000
# Whoever changes their pool often has many of them. It is some 10 MB.
MOST_PANELS = 10_000
# Tidied at the first write of a server, and again after so many panels.
TIDY_EVERY = 1_000
# A panel of five members has some 850 bytes, and no pool has a hundred.
MOST_BYTES = 64 * 1024
# Pages of 4 KiB that are given back to the disk at once.
_PAGES_AT_ONCE = 256
_DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Observation:
    """A panel of the pool ``pool`` in the project ``project``; ``at_s`` is seconds since 1970."""

    pool: str
    project: str
    at_s: float
    panel: Panel


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many panels and answers to edits were deleted, and of which projects."""

    panels: int
    projects: tuple[str, ...]
    answers: int = 0


class Ledger:
    """The state file ``file``, from one thread. Every method raises StateTrouble if it cannot be used.

    The file may be deleted or replaced at any time: the next call makes a new one.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: Connection | None = None
        self._is: Identity | None = None
        self._since_tidied: int | None = None

    def write(self, observations: Sequence[Observation | AnswerSeen]) -> None:
        """Add ``observations``, all or none."""
        rows = [_row(one) for one in observations]
        try:
            self._insert(rows)
        except BrokenState:
            # It was put aside.
            self._insert(rows)
        if self._since_tidied is None or self._since_tidied >= TIDY_EVERY:
            self._since_tidied = 0
            # What was to be written is written.
            with suppress(StateTrouble):
                self.tidy(time.time())
        self._since_tidied += len(rows)

    def read(self, pool: str, newest: int) -> list[Panel]:
        """Return the ``newest`` panels of ``pool``, the oldest of them first."""
        if not os.path.lexists(self._file):
            return []
        with self._asking() as connection:
            rows = connection.execute(
                "SELECT panel FROM panels WHERE pool = (SELECT id FROM pools WHERE name = ?) "
                "AND length(panel) <= ? ORDER BY id DESC LIMIT ?",
                (storable(pool), MOST_BYTES, newest),
            ).fetchall()
        return list(panels_from(text for (text,) in reversed(rows)))

    def answers(self, newest: int) -> list[FormAnswer]:
        """Return how members answered edits: the ``newest`` of each member and format, oldest first."""
        if not os.path.lexists(self._file):
            return []
        with self._asking() as connection:
            return newest_answers(connection, newest)

    def projects(self) -> tuple[str, ...]:
        """Return the projects of which something is known."""
        return self._texts("SELECT path FROM projects WHERE typeof(path) = 'text' ORDER BY path")

    def pools(self) -> tuple[str, ...]:
        """Return the pools of which something is known."""
        return self._texts("SELECT name FROM pools WHERE typeof(name) = 'text' ORDER BY name")

    def forget(self, projects: Iterable[str] | None = None) -> Forgotten:
        """Delete what is known of ``projects``, everything if None; no byte of it stays in the file."""
        if not os.path.lexists(self._file):
            return Forgotten(0, ())
        known = self.projects()
        wanted = known if projects is None else tuple(sorted(set(projects) & set(known)))
        with self._writing() as connection:
            before = _counts(connection)
            if projects is None:
                connection.execute("DELETE FROM projects")
            else:
                each = ((path,) for path in wanted)
                connection.executemany("DELETE FROM projects WHERE path = ?", each)
            _drop_unused(connection)
            after = _counts(connection)
        with self._asking() as connection:
            # What was deleted stands in the journal still. Other servers may read it just now: then
            # SQLite overwrites it when they have.
            _vacuum(connection)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return Forgotten(before[0] - after[0], wanted, before[1] - after[1])

    def tidy(self, now_s: float) -> None:
        """Delete what is too old or too much, and give its room back."""
        with self._writing() as connection:
            connection.execute("DELETE FROM panels WHERE at_s < ?", (now_s - DAYS_KEPT * _DAY_S,))
            newer = "SELECT id FROM panels {} ORDER BY id DESC LIMIT 1 OFFSET {}"
            for (pool,) in connection.execute("SELECT id FROM pools").fetchall():
                last = newer.format("WHERE pool = :pool", MOST_OF_A_POOL)
                connection.execute(
                    f"DELETE FROM panels WHERE pool = :pool AND id <= ({last})",  # noqa: S608 - numbers
                    {"pool": pool},
                )
            last = newer.format("", MOST_PANELS)
            connection.execute(f"DELETE FROM panels WHERE id <= ({last})")  # noqa: S608 - numbers
            tidy_answers(connection, now_s - DAYS_KEPT * _DAY_S)
            _drop_unused(connection)
        with self._asking() as connection:
            _vacuum(connection, _PAGES_AT_ONCE)

    def close(self) -> None:
        """Let go of the file. Never raises."""
        import sqlite3

        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _texts(self, question: str) -> tuple[str, ...]:
        if not os.path.lexists(self._file):
            return ()
        with self._asking() as connection:
            return tuple(text for (text,) in connection.execute(question).fetchall())

    def _insert(self, rows: Sequence["_Row"]) -> None:
        with self._writing() as connection:
            for insert in rows:
                insert(connection)

    @contextmanager
    def _asking(self) -> "Iterator[Connection]":
        """Give the connection; after any trouble it is closed, and the next one opens the file again.

        A file that shows itself as broken is put aside.
        """
        import sqlite3

        try:
            if self._connection is None or self._is != identity(self._file):
                self.close()
                self._connection = opened(self._file)
                self._is = identity(self._file)
            yield self._connection
        except (sqlite3.Error, UnicodeError) as error:
            self.close()
            trouble = trouble_of(error)
            if isinstance(trouble, BrokenState):
                put_aside(self._file, self._is)
            raise trouble from error
        except BaseException:
            self.close()
            raise

    @contextmanager
    def _writing(self) -> "Iterator[Connection]":
        with self._asking() as connection:
            connection.execute("BEGIN IMMEDIATE")
            # A newer server may have brought the tables up to date meanwhile.
            if version_of(connection) != VERSION:
                raise NewerState("it belongs to a newer fusionls now")
            yield connection
            connection.execute("COMMIT")


def forget_broken(file: Path) -> None:
    """Delete what was put aside of ``file``: nobody knows what is in it. Raises StateTrouble."""
    aside = file.with_name(file.name + ASIDE)
    try:
        for ending in (*JOURNALS, ""):
            Path(f"{aside}{ending}").unlink(missing_ok=True)
    except OSError as error:
        raise StateTrouble(error.strerror or type(error).__name__) from error


def storable(text: str) -> str:
    """Return ``text`` as it stands in the file: names of folders may be no Unicode, which SQLite refuses."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


# Puts one observation into the file.
_Row = Callable[["Connection"], None]


def _row(one: Observation | AnswerSeen) -> _Row:
    if isinstance(one, AnswerSeen):
        return partial(
            insert_answer,
            project=storable(one.project),
            at_s=int(one.at_s),
            member=storable(one.answer.member),
            form=one.answer.format.value,
            good=one.answer.well_formed,
        )
    return partial(
        _insert_panel,
        pool=storable(one.pool),
        project=storable(one.project),
        at_s=int(one.at_s),
        panel=line_of(one.panel),
    )


def _insert_panel(connection: "Connection", pool: str, project: str, at_s: int, panel: str) -> None:
    connection.execute("INSERT INTO pools (name) VALUES (?) ON CONFLICT DO NOTHING", (pool,))
    connection.execute("INSERT INTO projects (path) VALUES (?) ON CONFLICT DO NOTHING", (project,))
    connection.execute(
        "INSERT INTO panels (pool, project, at_s, panel) VALUES ("
        "(SELECT id FROM pools WHERE name = ?), (SELECT id FROM projects WHERE path = ?), ?, ?)",
        (pool, project, at_s, panel),
    )


def _drop_unused(connection: "Connection") -> None:
    connection.execute("DELETE FROM pools WHERE id NOT IN (SELECT pool FROM panels)")
    connection.execute(
        "DELETE FROM projects WHERE id NOT IN "
        "(SELECT project FROM panels UNION SELECT project FROM edit_answers)"
    )


def _counts(connection: "Connection") -> tuple[int, int]:
    """Return how many panels and how many answers to edits there are."""
    (panels,) = connection.execute("SELECT count(*) FROM panels").fetchone()
    return panels, count_answers(connection)


def _vacuum(connection: "Connection", pages: int = 0) -> None:
    """Give ``pages`` that are free back to the disk, all if 0."""
    # Not execute(): it takes one step of the statement, which is one page.
    connection.executescript(f"PRAGMA incremental_vacuum({pages})")
