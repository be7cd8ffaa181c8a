"""The settings of one project, after all layers: what the rest of the program sees."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import urlsplit

from fusionls.settings.schema import (
    LOOPBACK,
    CompletionBlock,
    LanguageBlock,
    MemberBlock,
    NetworkBlock,
    PoolBlock,
    PrivacyBlock,
    RefactorBlock,
    UserFile,
)


class Place(Protocol):
    """Where a value was written."""

    def said(self) -> str:
        """Return it in words: the file and the line, or which limit."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings for one project.

    ``allowed_hosts`` are those of the machine policy, None if all are allowed. ``root`` is the project's
    folder, that patterns count from. A file of the project says where that is, so they also count from the
    folders above, up to ``outermost``: the one that the editor or the user named, None if nobody did.
    ``files`` are those that were read, in the order of the layers. ``origins`` say for each key that was
    written where; keys that nobody wrote are not in it.
    """

    members: Mapping[str, MemberBlock]
    pools: Mapping[str, PoolBlock]
    completion: CompletionBlock
    refactor: RefactorBlock
    privacy: PrivacyBlock
    languages: Mapping[str, LanguageBlock]
    network: NetworkBlock
    allowed_hosts: tuple[str, ...] | None = None
    currency: str = "USD"
    weights: str = ""
    root: Path | None = None
    outermost: Path | None = None
    files: tuple[Path, ...] = ()
    origins: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, user: UserFile, *files: Path) -> Self:
        """Return the settings of somebody who has this file and is in no project."""
        return cls(
            members=user.members,
            pools=user.pools,
            completion=user.completion,
            refactor=user.refactor,
            privacy=user.privacy,
            languages=user.languages,
            network=user.network,
            currency=user.currency,
            weights=user.weights,
            files=files,
        )

    @classmethod
    def built_in(cls) -> Self:
        """Return the settings of somebody who has written none."""
        return cls.of(UserFile())

    def allows(self, endpoint: str) -> bool:
        """Tell whether the machine policy lets members be at ``endpoint``, a URL. This machine is allowed."""
        host = (urlsplit(endpoint).hostname or "").rstrip(".")
        if self.allowed_hosts is None or not endpoint or LOOPBACK.match(host):
            return True
        return any(_is_allowed(host, allowed.lower()) for allowed in self.allowed_hosts)


def _is_allowed(host: str, allowed: str) -> bool:
    if allowed.startswith("*."):
        return host.endswith(allowed[1:]) and len(host) > len(allowed) - 1
    return host == allowed
