"""Languages with a grammar: one file each, found by discovery."""

import sys
from functools import cache
from typing import cast

from fusionls.core.language import Language
from fusionls.core.registry import discover


@cache
def languages() -> dict[str, Language]:
    """Return every language by its name, in alphabetical order of their files."""
    found = discover(sys.modules[__name__], "LANGUAGE").values()
    return {language.name: language for language in cast("list[Language]", list(found))}


def language_for(language_id: str, path: str) -> Language | None:
    """Return the language of a document, or None if there is no grammar for it.

    The id that the editor sent decides; the ending of ``path`` only where no language has that id,
    because a person who chose a language in the editor knows better than a file name.
    """
    by_id, by_extension = _indexes()
    wanted = by_id.get(language_id.lower())
    if wanted is not None:
        return wanted
    name = path.replace("\\", "/").rsplit("/", 1)[-1].lower()
    return by_extension.get("." + name.rsplit(".", 1)[-1]) if "." in name else None


@cache
def _indexes() -> tuple[dict[str, Language], dict[str, Language]]:
    known = languages().values()
    by_id = {i: language for language in known for i in language.ids}
    by_extension = {e: language for language in known for e in language.extensions}
    return by_id, by_extension
