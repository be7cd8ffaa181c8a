"""One prompt for one member."""

from dataclasses import dataclass

from fusionls.core.prompt import RenderedPrompt
from fusionls.engine.ports import PoolMember


@dataclass(frozen=True, slots=True)
class Ask:
    """One prompt for one member, which may be asked in several shapes at once."""

    pool_member: PoolMember
    prompt: RenderedPrompt

    @property
    def name(self) -> str:
        """The member's name, with the shape of the prompt if it is not the first one."""
        name = self.pool_member.member.name
        return f"{name}/{self.prompt.shape}" if self.prompt.shape else name
