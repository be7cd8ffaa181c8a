"""From a table to a block of the schema; every mistake becomes one clear sentence with its line."""

import typing
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from fusionls.settings.places import KeyPath, SourceText
from fusionls.settings.problems import Problem, like, named, one_of
from fusionls.settings.rights import says_of

B = TypeVar("B", bound=BaseModel)

EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "enum": "one of its words",
    "finite_number": "a number with an end",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "literal_error": "one of its words",
    "model_attributes_type": "a table",
    "model_type": "a table",
    "string_type": "text in quotes",
}
# What a value is, in words. The value itself is not shown: it may be a key in the wrong place.
FOUND: dict[type, str] = {
    bool: "true or false",
    dict: "a table",
    float: "a number with a fraction",
    int: "a whole number",
    list: "a list",
    str: "text",
}
NAME_RULE = (
    "a name begins with a letter or a digit, has at most 80 characters, and none but letters, digits and"
    " . _ : / -"
)
# The part that pydantic adds to the path of a table's key.
KEY_MARK = "[key]"


def checked(model: type[B], table: Mapping[str, Any], source: SourceText) -> B | list[Problem]:
    """Return ``table`` as a block, or what is wrong with it."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        return [_problem(model, dict(e), source) for e in error.errors(include_url=False)]
    except RecursionError:
        return [Problem("it is nested too deeply to be read: use fewer brackets")]


def _problem(model: type[BaseModel], error: dict[str, Any], source: SourceText) -> Problem:
    path: KeyPath = tuple(part for part in error["loc"] if part != KEY_MARK)
    if error["type"] == "missing":
        # The line of the table that lacks it.
        return Problem(_said(model, path, error), path, source.line_of(path[:-1]))
    return Problem(_said(model, path, error), path, source.line_of(path))


def _said(model: type[BaseModel], path: KeyPath, error: dict[str, Any]) -> str:
    kind = error["type"]
    field = field_at(model, path)
    example = says_of(field).example if field else ""
    if kind == "extra_forbidden":
        known = names_at(model, path[:-1])
        guess = like(path[-1], known)
        return f": this key is not known: check its spelling{guess or ', known here are ' + one_of(known)}"
    if kind == "missing":
        return f" is missing: add {path[-1]} = {example}"
    if KEY_MARK in error["loc"]:
        return f": {_message(error) if kind == 'value_error' else NAME_RULE}"
    if kind in ("enum", "literal_error"):
        words = _words(error["ctx"]["expected"])
        return f" must be one of {', '.join(words)}{like(error['input'], words)}"
    if kind in EXPECTED:
        now = FOUND.get(type(error["input"]), "a date or a time")
        return f" must be {EXPECTED[kind]}{f', like {example}' if example else ''}, not {now}"
    if kind == "string_pattern_mismatch":
        return f" must look like {example}"
    if kind == "too_long":
        ctx = error["ctx"]
        number = len(error["input"]) if hasattr(error["input"], "__len__") else "too many"
        return f" has {number} entries, and the most is {ctx['max_length']}: leave some out"
    return f": {_message(error)}"


def _message(error: dict[str, Any]) -> str:
    said: str = error["msg"].removeprefix("Value error, ")
    return said.replace("Input should be", "it must be").replace("should have", "must have")


def _words(expected: str) -> list[str]:
    return expected.replace("'", "").replace(" or ", ", ").split(", ")


def names_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Return the names of the keys that may stand in the table ``path``."""
    block = block_at(model, path)
    return list(block.model_fields) if block else []


def field_at(model: type[BaseModel], path: KeyPath) -> FieldInfo | None:
    """Return the field that ``path`` is, or the innermost one that it lies in."""
    for length in range(len(path), 0, -1):
        block = block_at(model, path[: length - 1])
        if block and path[length - 1] in block.model_fields:
            return block.model_fields[str(path[length - 1])]
    return None


def block_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """Return the block that the table ``path`` must be, None if it is none."""
    at: object = model
    for part in path:
        if isinstance(at, type) and issubclass(at, BaseModel):
            field = at.model_fields.get(str(part))
            at = _bare(field.annotation) if field else None
        elif typing.get_origin(at) is dict:
            at = _bare(typing.get_args(at)[1])
        else:
            return None
    return at if isinstance(at, type) and issubclass(at, BaseModel) else None


def _bare(annotation: object) -> object:
    """Return a type without its marks, and without None."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in (Union, UnionType):
            annotation = next(a for a in typing.get_args(annotation) if a is not type(None))
        else:
            return annotation


def leaves(block: BaseModel, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of every value that was written in ``block``."""
    for name in type(block).model_fields:
        if name not in block.model_fields_set:
            continue
        yield from _leaves_of(getattr(block, name), (*path, name))


def _leaves_of(value: object, path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(value, BaseModel):
        yield from leaves(value, path)
    elif isinstance(value, dict) and any(isinstance(v, BaseModel) for v in value.values()):
        for name, inner in value.items():
            yield from _leaves_of(inner, (*path, name))
    else:
        yield path


def wrong_name(name: str, choices: typing.Collection[str]) -> str:
    """Return the end of a sentence about a name that is none of ``choices``."""
    return f" is {named(name)}{like(name, choices)}: use one of {one_of(choices)}"
