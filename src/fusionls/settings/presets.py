"""Settings files to begin with: one preset, one file of the folder ``presets``."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "presets"


def presets() -> dict[str, str]:
    """Return what each preset is for, its first line, by name."""
    return {file.stem: _summary(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.toml"))}


def preset(name: str) -> str:
    """Return the text of a preset. Raises LookupError if there is none of that name."""
    if name not in presets():
        raise LookupError(name)
    return (FOLDER / f"{name}.toml").read_text("utf-8")


def _summary(text: str) -> str:
    return text.split("\n", 1)[0].removeprefix("# ").rstrip(".")
