"""Members work while we parse: whoever is asked has the request by then."""

import asyncio

import pytest

from fusionls.core.validation import open_hole
from fusionls.engine.pipeline import CompletionEngine
from tests.support.cast_in_virtual_time import request_at
from tests.support.pools import scripted_pools
from tests.support.scripted_transport import ScriptedTransport, answer
from tests.support.virtual_time import run_virtual


@pytest.mark.parametrize("members", [1, 2, 5])
def test_every_request_is_on_its_way_before_the_document_is_parsed(monkeypatch, members):
    names = [f"m{number}" for number in range(members)]
    pools = scripted_pools({name: answer("a", after_ms=20) for name in names})
    sent = []

    def opened(*arguments, **options):
        sent.append([seen.host for seen in pools.transport.requests])
        return open_hole(*arguments, **options)

    handled = ScriptedTransport.handle_async_request

    async def written(transport, request):
        # The body is written by another task, in the turn after the connection was chosen.
        await asyncio.sleep(0)
        return await handled(transport, request)

    monkeypatch.setattr("fusionls.engine.completion.open_hole", opened)
    monkeypatch.setattr(ScriptedTransport, "handle_async_request", written)

    async def run():
        engine = CompletionEngine(pools)
        await engine.complete(request_at(1))
        await engine.aclose()

    run_virtual(run())
    assert sent == [names]
