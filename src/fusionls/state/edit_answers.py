"""How members answered when they were asked for edits, as it stands in the state file. Everything blocks."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fusionls.core.editing.edit import Format
from fusionls.core.editing.formats import NEWEST_COUNTED, FormAnswer

if TYPE_CHECKING:
    from sqlite3 import Connection

# Ten members with all that counts of them, ten times over; some half a megabyte.
MOST_ANSWERS = 20_000
# Names come from settings; a longer one is somebody's joke.
_LONGEST_NAME = 1_000
_NUMBERED = (
    "SELECT id, member, format, well_formed, "
    "row_number() OVER (PARTITION BY member, format ORDER BY id DESC) AS place FROM edit_answers"
)


@dataclass(frozen=True, slots=True)
class AnswerSeen:
    """An answer in the project ``project``; ``at_s`` is seconds since 1970."""

    project: str
    at_s: float
    answer: FormAnswer


def insert_answer(
    connection: "Connection", project: str, at_s: int, member: str, form: str, good: bool
) -> None:
    """Add a row. Raises sqlite3.Error."""
    connection.execute("INSERT INTO projects (path) VALUES (?) ON CONFLICT DO NOTHING", (project,))
    connection.execute(
        "INSERT INTO edit_answers (project, at_s, member, format, well_formed) VALUES ("
        "(SELECT id FROM projects WHERE path = ?), ?, ?, ?, ?)",
        (project, at_s, member, form, good),
    )


def newest_answers(connection: "Connection", newest: int) -> list[FormAnswer]:
    """Return the ``newest`` of each member and format, oldest first. Raises sqlite3.Error."""
    rows = connection.execute(
        f"SELECT member, format, well_formed FROM ({_NUMBERED}) "  # noqa: S608 - no one's text
        "WHERE place <= ? AND typeof(member) = 'text' AND length(member) <= ? ORDER BY id",
        (newest, _LONGEST_NAME),
    ).fetchall()
    found = []
    for member, form, good in rows:
        # Anybody may have written the file, also a fusionls that knows more formats.
        with suppress(ValueError):
            found.append(FormAnswer(member, Format(form), good == 1))
    return found


def tidy_answers(connection: "Connection", before_s: float) -> None:
    """Delete what was answered before ``before_s``, and what does not count. Raises sqlite3.Error."""
    connection.execute("DELETE FROM edit_answers WHERE at_s < ?", (before_s,))
    connection.execute(
        f"DELETE FROM edit_answers WHERE id IN (SELECT id FROM ({_NUMBERED}) WHERE place > ?)",  # noqa: S608 - no one's text
        (NEWEST_COUNTED,),
    )
    last = "SELECT id FROM edit_answers ORDER BY id DESC LIMIT 1 OFFSET ?"
    oldest = f"DELETE FROM edit_answers WHERE id <= ({last})"  # noqa: S608 - no one's text
    connection.execute(oldest, (MOST_ANSWERS,))


def count_answers(connection: "Connection") -> int:
    """Return how many there are. Raises sqlite3.Error."""
    (count,) = connection.execute("SELECT count(*) FROM edit_answers").fetchone()
    return int(count)
