"""A registry is a folder: one member, one file, found by discovery."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def discover(package: ModuleType, attribute: str) -> dict[str, object]:
    """Import every public module of ``package`` and collect what it registers.

    Returns the value of ``attribute`` in each module, by module name, in alphabetical order. Modules
    whose name starts with an underscore are shared parts and not members.

    Raises AttributeError if a module of the folder registers nothing: a forgotten line is a bug.
    """
    names = sorted(m.name for m in iter_modules(package.__path__) if not m.name.startswith("_"))
    return {name: getattr(import_module(f"{package.__name__}.{name}"), attribute) for name in names}
