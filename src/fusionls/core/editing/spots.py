"""Places of one name in a file, and the scopes that they belong to."""

from dataclasses import dataclass
from enum import Enum

import tree_sitter


class Level(Enum):
    """What kind of scope binds a name."""

    FILE = "file"
    FUNCTION = "function"
    CLASS = "class"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the name, in bytes. ``owner`` is the number of the scope that binds it, -1 for none.

    ``binds`` says that it is where it is bound, ``node`` is its leaf, None inside of a string.
    """

    start: int
    end: int
    owner: int
    binds: bool
    node: tree_sitter.Node | None


@dataclass(frozen=True, slots=True)
class Around:
    """A scope: its bytes and its kind."""

    start: int
    end: int
    level: Level


@dataclass(frozen=True, slots=True)
class Occurrences:
    """All places of one name. ``unsure`` are leaves of which nobody can tell what they mean.

    ``by_name`` are the leaves that name an argument in a call. ``binders`` are the numbers of the scopes
    that bind the name. ``open`` says that a name may be bound which cannot be seen.
    """

    spots: tuple[Spot, ...]
    unsure: tuple[tree_sitter.Node, ...]
    by_name: tuple[tree_sitter.Node, ...]
    scopes: tuple[Around, ...]
    binders: frozenset[int]

    def at(self, byte: int) -> Spot | None:
        """Return the place that a byte is in or directly behind."""
        return next((spot for spot in self.spots if spot.start <= byte <= spot.end), None)
