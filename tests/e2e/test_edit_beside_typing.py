"""An edit and keys at one local server that has one slot: both are answered, and neither is broken off."""

import asyncio
from dataclasses import replace

import pytest

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.uris import is_file
from fusionls.core.wish import NO_WISH
from fusionls.settings.layers import SettingsSource
from fusionls.wiring import ConfiguredPools, known_names

CODE = "".join(f"def add_{n}(a, b):\n    return a + b + {n}\n\n\n" for n in range(12))
KEY = RenderedPrompt(text=f"{CODE}def last(a, b):\n    return", stop=("\n",), max_tokens=8)
EDIT = RenderedPrompt(
    text="Numbers, one a line, up to one hundred:\n1\n2\n3\n4\n5\n",
    max_tokens=120,
    temperature=0.7,
    seed=1,
    edits=True,
)
PATIENCE_S = 60.0


async def said(client, prompt):
    async with asyncio.timeout(PATIENCE_S):
        return "".join([chunk.text async for chunk in client.stream(prompt)])


@pytest.fixture
def settings(smollm2, tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('[pools.default]\nmembers = ["smollm2-135m"]\n')
    return file


def test_keys_are_answered_behind_an_edit_and_what_was_read_is_not_relied_upon(settings):
    uri = (settings.parent / "app.py").as_uri()
    assert is_file(uri)

    async def play():
        pools = ConfiguredPools(SettingsSource(known_names(), settings))
        try:
            typing = pools.pool_for(uri, NO_WISH, "python").members[0].client
            editing = pools.edit_pool_for([uri], NO_WISH, "python").members[0].client
            await typing.prepare()
            assert await said(typing, KEY)
            # The next key is known to come at once.
            next_key = replace(KEY, text=KEY.text + " a")
            assert await said(typing, next_key)
            warm = typing.expected_ms(replace(KEY, text=next_key.text + " +"))
            edit = asyncio.create_task(said(editing, EDIT))
            await asyncio.sleep(0.3)
            busy = typing.expected_ms(replace(KEY, text=next_key.text + " -"))
            beside = await said(typing, replace(KEY, text=next_key.text + " *"))
            text = await edit
            again = await said(editing, EDIT)
            cold = typing.expected_ms(replace(KEY, text=next_key.text + " /"))
            return warm, busy, beside, text, again, cold
        finally:
            await pools.aclose()

    warm, busy, beside, text, again, cold = asyncio.run(play())
    assert busy is None
    assert beside and text
    assert again == text, "the same seed draws the same sample"
    assert warm is not None and cold is not None and cold > warm


def test_a_sample_with_another_seed_differs(settings):
    uri = (settings.parent / "app.py").as_uri()

    async def play():
        pools = ConfiguredPools(SettingsSource(known_names(), settings))
        try:
            editing = pools.edit_pool_for([uri], NO_WISH, "python").members[0].client
            hot = replace(EDIT, text="Once upon a time", max_tokens=24, temperature=1.2)
            return [await said(editing, replace(hot, seed=seed)) for seed in (1, 1, 2)]
        finally:
            await pools.aclose()

    one, same, other = asyncio.run(play())
    assert (one == same, one == other) == (True, False)
