"""Patterns for files in the settings: the syntax of a .gitignore, held to what can be matched quickly."""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, Field

LONGEST_PATTERN = 300
MOST_PATTERNS = 500
# Matching takes the path's length to the power of these: with more of them, a repository could choose a
# pattern and a name that take minutes.
MOST_STARS_IN_A_NAME = 3
MOST_ANY_FOLDERS = 3


def _is_pattern(pattern: str) -> str:
    if not pattern.strip() or pattern.strip("/") == "":
        raise ValueError('a pattern is empty: use one like "secrets/**"')
    if pattern.startswith("#"):
        raise ValueError('a pattern that begins with # is a comment: write "\\\\#..."')
    if re.search(r"[\x00-\x1f\x7f]", pattern) or pattern.endswith("\\"):
        raise ValueError("a pattern has a control character, or ends in a backslash")
    parts = pattern.split("/")
    if parts.count("**") > MOST_ANY_FOLDERS or any(
        part.count("*") > MOST_STARS_IN_A_NAME for part in parts
    ):
        raise ValueError(f"{pattern!r:.60} has too many stars to be matched quickly: use fewer")
    return pattern


Pattern = Annotated[str, Field(max_length=LONGEST_PATTERN), AfterValidator(_is_pattern)]
Patterns = Annotated[list[Pattern], Field(max_length=MOST_PATTERNS)]


def rebased(pattern: str, below: tuple[str, ...]) -> list[str]:
    """Return patterns that mean in the folder ``below`` (its names) what ``pattern`` means above it."""
    slash = "/" if pattern.endswith("/") else ""
    body = pattern.rstrip("/")
    if "/" not in body:
        return [pattern, *(["*"] if any(_is_named(name, body) for name in below) else [])]
    parts = tuple(part for part in body.split("/") if part)
    return [rest + slash if rest != "*" else rest for rest in dict.fromkeys(_rests(parts, below))]


def absolute(pattern: str, folder: str) -> str:
    """Return the pattern of whole paths that means what ``pattern`` means in ``folder``."""
    if pattern.startswith("~") or re.match(r"[A-Za-z]:[/\\]", pattern):
        # It is one already.
        return pattern
    around = re.sub(r"([*?\[\]\\!# ])", r"\\\1", folder.replace(os.sep, "/").strip("/"))
    anywhere = "" if "/" in pattern.rstrip("/") else "**/"
    return f"/{around}/{anywhere}{pattern.lstrip('/')}"


def _rests(parts: tuple[str, ...], below: tuple[str, ...]) -> Iterator[str]:
    if not parts or parts == ("**",):
        # It names a folder around this one.
        yield "*"
    elif not below:
        yield "/" + "/".join(parts)
    elif parts[0] == "**":
        yield from _rests(parts[1:], below)
        yield from _rests(parts, below[1:])
    elif _is_named(below[0], parts[0]):
        yield from _rests(parts[1:], below[1:])


def _is_named(name: str, part: str) -> bool:
    return fnmatchcase(name, re.sub(r"\\(.)", r"[\1]", part))
