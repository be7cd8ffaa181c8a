"""The memory of a real folder, read in real threads beside a running loop."""

import asyncio
import time

import pytest

from fusionls.core.prompt import Place, RenderedPrompt
from fusionls.core.text import DocumentSnapshot
from fusionls.local.memory import WorkspaceMemory

FILES = 400
BODY = "".join(f"    total_{n} = compute(total_{n - 1}, step={n})\n" for n in range(1, 60))


async def read(folder):
    """Read ``folder``; return the memory, and the longest that the loop stood still (ms)."""
    memory = WorkspaceMemory()
    memory.document_changed(DocumentSnapshot("untitled:1", "python", 1, ""))
    await memory.prepare()
    document = DocumentSnapshot((folder / "new.py").as_uri(), "python", 1, "")
    memory.folders_changed((folder.as_uri(),))
    memory.document_changed(document)
    longest_ms = 0.0
    async with asyncio.timeout(60):
        await asyncio.sleep(0.05)
        while memory.reading:
            start = time.perf_counter()
            await asyncio.sleep(0.001)
            longest_ms = max(longest_ms, (time.perf_counter() - start) * 1000)
    return memory, longest_ms


async def asked(memory, folder, text):
    uri = (folder / "new.py").as_uri()
    memory.document_changed(DocumentSnapshot(uri, "python", 2, text))
    prompt = RenderedPrompt(text, stop=("\n",), place=Place(uri, 2, len(text)))
    return [chunk.text async for chunk in memory.stream(prompt)]


def test_a_folder_is_read_while_the_loop_runs_on(tmp_path):
    for number in range(FILES):
        path = tmp_path / f"d{number % 9}" / f"f{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"def run_{number}(total_0, compute):\n{BODY}    return total_{number % 59}\n"
        )

    async def scene():
        memory, longest_ms = await read(tmp_path)
        try:
            found = await asked(
                memory, tmp_path, "total_6 = compute(total_5, step=6)\ntotal_7 = com"
            )
            return found, longest_ms
        finally:
            await memory.aclose()

    found, longest_ms = asyncio.run(scene())
    assert found == ["pute(total_6, step=7)"]
    # Steps take 2 ms; a busy machine may add to that, but a folder that is read in one go takes 300.
    assert longest_ms < 100


@pytest.mark.parametrize("at", ["loading", "reading"])
def test_it_can_be_closed_at_any_time(tmp_path, at):
    for number in range(200):
        (tmp_path / f"f{number}.py").write_text(BODY)

    async def scene():
        memory = WorkspaceMemory()
        memory.document_changed(DocumentSnapshot("untitled:1", "python", 1, ""))
        if at == "reading":
            await memory.prepare()
        memory.folders_changed((tmp_path.as_uri(),))
        memory.document_changed(DocumentSnapshot((tmp_path / "n.py").as_uri(), "python", 1, BODY))
        await asyncio.sleep(0.02)
        await memory.aclose()
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(scene()) == set()
