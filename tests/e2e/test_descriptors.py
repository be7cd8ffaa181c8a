"""Reading from a real pipe."""

import asyncio
import os

from fusionls.lsp.stdio import Reader


def test_a_pipe_that_was_empty_after_all_is_not_at_its_end():
    async def play():
        given, far = os.pipe()
        # Whoever started us may share the pipe with others and have made it non-blocking.
        os.set_blocking(given, False)
        received: list[bytes] = []
        ended = asyncio.Event()
        reader = Reader(given, received.append, ended.set)
        reader._readable()
        assert not ended.is_set()
        os.write(far, b"here")
        os.close(far)
        async with asyncio.timeout(5):
            await ended.wait()
        os.close(given)
        return received

    assert asyncio.run(play()) == [b"here"]
