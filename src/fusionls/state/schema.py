"""The tables of the state file, and how older files come to have them.

A later need is one more step at the end of STEPS, never a change of an earlier one. What it adds points at
``projects``, and at ``pools`` if it is of one, with "ON DELETE CASCADE", so that forgetting takes it along;
what ``ledger.py`` tidies away there is what no table uses, so a new table is to be named there as well.
"""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection

# Says in the file's header whose it is ("fusl"); any other program's file has another number or none.
APPLICATION = 0x6675736C
STEPS: tuple[tuple[str, ...], ...] = (
    (
        # Names once each: a panel is 600 bytes, and a path or the names of a pool are a hundred more.
        "CREATE TABLE pools (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
        "CREATE TABLE projects (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE)",
        "CREATE TABLE panels ("
        "id INTEGER PRIMARY KEY, "
        "pool INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE, "
        "project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE, "
        "at_s INTEGER NOT NULL, "
        "panel TEXT NOT NULL)",
        # An index ends with the row's number: the newest of a pool are found without sorting.
        "CREATE INDEX panels_of_pool ON panels (pool)",
        "CREATE INDEX panels_of_project ON panels (project)",
    ),
    (
        # A member answers edits in whatever pool it is.
        "CREATE TABLE edit_answers ("
        "id INTEGER PRIMARY KEY, "
        "project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE, "
        "at_s INTEGER NOT NULL, "
        "member TEXT NOT NULL, "
        "format TEXT NOT NULL, "
        "well_formed INTEGER NOT NULL)",
        "CREATE INDEX edit_answers_of_project ON edit_answers (project)",
        "CREATE INDEX edit_answers_of_member ON edit_answers (member, format)",
    ),
)
VERSION = len(STEPS)
# Servers that begin at once make the file at once; that takes milliseconds.
ATTEMPTS, NAP_S = 20, 0.02


def version_of(connection: "Connection") -> int:
    """Return which version of the tables the file has, 0 for none. Raises sqlite3.Error."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def is_of_another_program(connection: "Connection") -> bool:
    """Tell whether the file holds tables of somebody else. Raises sqlite3.Error."""
    # In one transaction: between the two questions another server may make its tables.
    connection.execute("BEGIN")
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    finally:
        connection.execute("ROLLBACK")
    return bool(tables) if application == 0 else bool(application != APPLICATION)


def upgrade(connection: "Connection") -> None:
    """Give the file the newest tables, all or nothing, whoever else does so at once. Raises sqlite3.Error.

    The connection must leave transactions to its user.
    """
    # Counts only before the first table: pages that became free can be given back bit by bit.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _use_journal(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another server may have been faster.
        for step in STEPS[version_of(connection) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {max(version_of(connection), VERSION)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _use_journal(connection: "Connection") -> None:
    """Have SQLite write into a journal beside the file, so that who reads and who writes never wait.

    A network drive may not allow it, and stays as it is. Raises sqlite3.Error.
    """
    import sqlite3

    for attempt in range(ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            # For this alone SQLite does not wait when another server does it at the same moment.
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(NAP_S)
