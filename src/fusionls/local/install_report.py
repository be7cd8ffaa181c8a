"""What an installation tells the person: how far it is, and why it failed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The stages of an installation, in order."""

    WAIT = "wait"
    DOWNLOAD = "download"
    UNPACK = "unpack"
    REQUANTISE = "requantise"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is, in bytes. ``note`` is a sentence for the person, or empty."""

    stage: Stage
    done: int
    total: int
    note: str = ""


ProgressCallback = Callable[[Progress], None]


class InstallErrorKind(StrEnum):
    """Why an installation failed, as far as it matters for what to do next."""

    LICENCE = "licence not accepted"
    UNAVAILABLE = "not to be had"
    DAMAGED = "damaged"
    DISK_FULL = "disk full"
    NOT_WRITABLE = "not writable"
    NO_PIP = "no pip"
    FAILED = "failed"


class InstallError(Exception):
    """A model was not installed or removed. The message says what, where and what to do."""

    def __init__(self, kind: InstallErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
