"""What an editor may choose within the user's settings: names and lower budgets, never anything wider."""

from dataclasses import dataclass

SWITCHED_OFF = "switched off in the editor's settings"


@dataclass(frozen=True, slots=True)
class Wish:
    """The editor's settings for a workspace folder, already checked against the user's.

    ``pool`` is the name of one of the user's pools, empty for the usual one; ``members`` are names of
    the user's members, asked instead of the pool's, None for all of the pool. The caps are
    milliseconds, None for the user's own. In ``languages_off`` nothing is offered. ``local_only``,
    ``exclude`` and ``local_paths`` are those of the settings file's ``[privacy]``, in addition to it.
    ``edits`` says that edits are offered, ``edit_pool`` and ``edit_ms`` are the pool and the cap for them.
    """

    enabled: bool = True
    pool: str = ""
    members: tuple[str, ...] | None = None
    automatic_ms: float | None = None
    manual_ms: float | None = None
    languages_off: frozenset[str] = frozenset()
    local_only: bool = False
    exclude: tuple[str, ...] = ()
    local_paths: tuple[str, ...] = ()
    edits: bool = True
    edit_pool: str = ""
    edit_ms: float | None = None


NO_WISH = Wish()


@dataclass(frozen=True, slots=True)
class ReadWish:
    """What could be read from what an editor sent.

    ``wish`` is None if nothing of it can be used; ``problems`` are sentences for the person.
    """

    wish: Wish | None
    problems: tuple[str, ...] = ()
