"""A block over another one, with full rights: what was written later wins, field by field."""

from typing import Any, TypeVar

from pydantic import BaseModel

B = TypeVar("B", bound=BaseModel)


def over(base: B, later: BaseModel) -> B:
    """Return ``base`` with what was written in ``later``: named blocks by name, other blocks by field."""
    changes: dict[str, Any] = {}
    for name in later.model_fields_set & type(base).model_fields.keys():
        before, after = getattr(base, name), getattr(later, name)
        if isinstance(before, BaseModel) and isinstance(after, BaseModel):
            changes[name] = over(before, after)
        elif isinstance(before, dict) and isinstance(after, dict):
            changes[name] = {**before, **after}
        else:
            changes[name] = after
    return base.model_copy(update=changes)
