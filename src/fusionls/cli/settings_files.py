"""The settings files as commands see them."""

from pathlib import Path

EXIT_FINDING = 1
EXIT_SETTINGS = 2


def folder_of(place: Path) -> Path:
    """Return ``place`` if it is a folder, else the folder that it lies in."""
    place = place.absolute()
    return place if place.is_dir() else place.parent
