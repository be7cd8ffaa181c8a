"""The JSON schema of the settings files, for editors that check and complete them. Shipped, and generated."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from fusionls.settings.schema import PolicyFile, ProjectFile, UserFile

FOLDER = Path(__file__).resolve().parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Which file is described by which model.
KINDS: dict[str, type[BaseModel]] = {
    "user": UserFile,
    "project": ProjectFile,
    "policy": PolicyFile,
}


def schema_text(kind: str) -> str:
    """Return the shipped JSON schema of a kind of settings file: "user", "project" or "policy"."""
    return _file(kind).read_text(encoding="utf-8")


def write_schema(check: bool) -> tuple[Path, ...]:
    """Return the shipped schema files that are out of date, and unless it is only a ``check`` write them."""
    stale = []
    for kind, model in KINDS.items():
        file, text = _file(kind), _rendered(model)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(file)
            if not check:
                file.write_text(text, encoding="utf-8", newline="\n")
    return tuple(stale)


def _file(kind: str) -> Path:
    return FOLDER / f"{kind}.schema.json"


def _rendered(model: type[BaseModel]) -> str:
    schema = {"$schema": DIALECT, **_without_titles(model.model_json_schema())}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _without_titles(value: Any) -> Any:
    """Return ``value`` without the titles that pydantic makes of the names of fields."""
    if isinstance(value, dict):
        return {
            key: _without_titles(inner)
            for key, inner in value.items()
            if key != "title" or not isinstance(inner, str)
        }
    return [_without_titles(inner) for inner in value] if isinstance(value, list) else value
