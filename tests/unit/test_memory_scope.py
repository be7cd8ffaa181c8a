"""Secrets, excluded and ignored files are not in the memory: not their text, and not their names."""

import asyncio

import pytest

from fusionls.core.kept_in import NO_RULES, PrivacyRules
from fusionls.core.prompt import Place, RenderedPrompt
from fusionls.core.text import DocumentSnapshot
from fusionls.local.memory import WorkspaceMemory
from fusionls.local.memory_files import name_of
from tests.support.planted_files import CONTENT, plant
from tests.support.virtual_time import run_virtual

# Another document that a line of the planted files is typed into.
TYPED = "planted = value_of"
HARMLESS = "engine.start(fuel, speed=slow)\n"


async def at_once(function):
    return function()


def remember(root, opened=(), change=None, rules=NO_RULES, more_rules=None):
    """Open the documents at the paths ``opened`` in the folder ``root``, as an editor shows them.

    Returns what the memory offers for the planted text and for harmless text, and the names it knows.
    """
    asked_rules = [rules]

    async def run():
        memory = WorkspaceMemory(in_thread=at_once, rules_of=lambda uri: asked_rules[0])
        memory.folders_changed((root.as_uri(),))
        memory.document_changed(document(root / "new.py", TYPED))
        for path in opened:
            memory.document_changed(document(path, path.read_text("utf-8")))
        await asyncio.sleep(5)
        for path in opened:
            memory.document_changed(document(path, path.read_text("utf-8") + "\n", 2))
        if change:
            memory.files_changed(tuple(path.as_uri() for path in change()))
        if more_rules:
            asked_rules[0] = more_rules
            memory.rules_changed()
        await asyncio.sleep(5)
        try:
            offers = [await offered(memory, root, text) for text in (TYPED, "engine.start(fu")]
            store = memory._store
            known = {*store._memory.open, *store._shelf._valid} if store else set()
            return offers[0], offers[1], known
        finally:
            await memory.aclose()

    return run_virtual(run())


def document(path, text, version=1):
    return DocumentSnapshot(path.as_uri(), "python", version, text)


async def offered(memory, root, text):
    prompt = RenderedPrompt(
        text, stop=("\n",), place=Place((root / "new.py").as_uri(), 1, len(text))
    )
    return "".join([chunk.text async for chunk in memory.stream(prompt)])


def test_planted_secrets_are_neither_read_nor_taken_when_they_are_opened(tmp_path):
    planted = plant(tmp_path)
    (tmp_path / "code.py").write_text(HARMLESS)
    offer, harmless, known = remember(tmp_path, [tmp_path / name for name in planted])
    assert offer == ""
    assert harmless != ""
    assert {name.removeprefix(f"{tmp_path}/") for name in known} == {"code.py", "new.py"}


def test_secrets_that_change_on_disk_stay_unread(tmp_path):
    (tmp_path / "code.py").write_text(HARMLESS)

    def change():
        return [tmp_path / name for name in plant(tmp_path)]

    offer, harmless, known = remember(tmp_path, change=change)
    assert (offer, harmless != "") == ("", True)
    assert {name.removeprefix(f"{tmp_path}/") for name in known} == {"code.py", "new.py"}


@pytest.mark.parametrize("how", ["excluded", "ignored", "linked"])
def test_other_files_that_are_kept_out(tmp_path, how):
    root, outside = tmp_path / "root", tmp_path / "outside" / ".aws"
    outside.mkdir(parents=True)
    (outside / "plain.py").write_text(CONTENT)
    (root / "hr").mkdir(parents=True)
    (root / "code.py").write_text(HARMLESS)
    kept = root / "hr" / "plain.py"
    rules = NO_RULES
    if how == "linked":
        kept = root / "linked.py"
        kept.symlink_to(outside / "plain.py")
    else:
        kept.write_text(CONTENT)
    if how == "excluded":
        rules = PrivacyRules(("hr/",), root=str(root))
    if how == "ignored":
        (root / ".gitignore").write_text("/hr/\n")
    offer, harmless, known = remember(root, [kept], lambda: [kept], rules)
    assert (offer, harmless != "") == ("", True)
    assert name_of(kept.as_uri()) not in known


def test_rules_that_come_later_make_it_forget(tmp_path):
    (tmp_path / "hr").mkdir()
    (tmp_path / "code.py").write_text(HARMLESS)
    (tmp_path / "hr" / "plain.py").write_text(CONTENT)
    opened = tmp_path / "hr" / "opened.py"
    opened.write_text(CONTENT * 2)
    assert remember(tmp_path, [opened])[0] != ""
    later = PrivacyRules(("hr/",), root=str(tmp_path))
    offer, harmless, known = remember(tmp_path, [opened], more_rules=later)
    assert (offer, harmless != "") == ("", True)
    assert not [name for name in known if "/hr/" in name]
