"""Who may say what: every field of the settings carries its right, its meaning and an example.

A field that only the user may write has the right ``user``. One that a project, or an editor, may write as
well has the right ``project`` and the way in which what it says is held within what the user said.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema


class Right(StrEnum):
    """Whose settings may hold a field."""

    USER = "user"
    PROJECT = "project"


class Within(StrEnum):
    """How a project's value is held within the user's."""

    ITS_BLOCK = "field by field"
    CHOOSES = "a choice"
    LOWERS = "the lower counts"
    ADDS = "both count"
    SWITCHES_ON = "on if either says so"
    SWITCHES_OFF = "off if either says so"


@dataclass(frozen=True, slots=True)
class Says:
    """What is known of a field beside its type. ``example`` is its value as TOML."""

    right: Right
    meaning: str
    example: str = ""
    within: Within | None = None

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Put it into the JSON schema, where editors show it."""
        schema = handler(core_schema)
        schema["description"] = self.meaning
        schema["x-right"] = self.right.value
        return schema


def user(meaning: str, example: str = "") -> Says:
    """Mark a field that only the user may write."""
    return Says(Right.USER, meaning, example)


def project(within: Within, meaning: str, example: str = "") -> Says:
    """Mark a field that a project may write too."""
    return Says(Right.PROJECT, meaning, example, within)


def says_of(field: FieldInfo) -> Says:
    """Return the mark of ``field``. Raises LookupError if it has none: it must not be forgotten."""
    for mark in field.metadata:
        if isinstance(mark, Says):
            return mark
    raise LookupError("this field is not classed: mark it with user(...) or project(...)")


def within_of(block: type[BaseModel], name: str) -> Within | None:
    """Return how a project's value of a field is held within the user's, None for the user's own fields."""
    return says_of(block.model_fields[name]).within
