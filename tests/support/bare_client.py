"""What a model client has beside its answers, where that does not matter."""

from fusionls.core.prompt import RenderedPrompt


class BareClient:
    """A client that still needs ``stream``: each test writes its own."""

    __slots__ = ()

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        """Nobody knows."""
        return None

    async def warm(self, prompt: RenderedPrompt) -> None:
        """Nothing is read ahead."""

    async def prepare(self) -> None:
        """It is ready."""

    async def aclose(self) -> None:
        """It holds nothing."""
