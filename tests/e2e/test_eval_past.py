"""The memory that is evaluated knows the repository as it was before, and nothing that nobody may see."""

import asyncio
from dataclasses import replace

import pytest

from fusionls.core.wish import NO_WISH
from fusionls.evaluating.asking import said_by_all
from fusionls.evaluating.case import Case
from fusionls.evaluating.git import Git
from fusionls.evaluating.past import past_of
from fusionls.local.memory import WorkspaceMemory
from fusionls.settings.resolved import Settings
from fusionls.wiring import open_pools
from tests.e2e.test_eval_command import git

OLD = "def report(rows):\n    heading = render_heading_of(rows, width=72)\n    return heading\n"
NEW = OLD.replace("report", "other").replace("    return", "    answer_of_today = 42\n    return")


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "re po"
    (folder / "hr").mkdir(parents=True)
    git(folder, "init")
    (folder / "old.py").write_text(OLD)
    (folder / "hr" / "pay.py").write_text("salary_of_everybody = 1\n")
    (folder / ".env").write_text("PLANTED=1\n")
    (folder / "link.py").symlink_to("/etc/hostname")
    git(folder, "add", "-f", ".")
    git(folder, "commit", "-m", "one")
    (folder / "new.py").write_text(NEW)
    git(folder, "add", ".")
    git(folder, "commit", "-m", "two")
    return folder


def may_be_asked(uri):
    return "/hr/" not in uri


def test_what_was_there_before_is_written_out_and_removed_again(repository):
    snapshots = Git(repository)
    [newest, first] = snapshots.commits(5)
    with past_of(snapshots, newest, may_be_asked, WorkspaceMemory()) as past:
        found = {p.relative_to(past.past).as_posix() for p in past.past.rglob("*") if p.is_file()}
        assert found == {"old.py"}
        assert (past.past / "old.py").read_text() == OLD
    assert not past.past.exists()
    with past_of(snapshots, first, may_be_asked, WorkspaceMemory()) as past:
        assert list(past.past.iterdir()) == []


def test_the_memory_goes_on_as_it_did_in_the_past_and_knows_no_answer(repository):
    snapshots = Git(repository)
    before, found, behind = NEW.partition("render_heading_of(rows, width=72)")
    uri = (repository / "new.py").as_uri()
    case = Case("c", "g", uri, "python", before, behind, found, first_line=True)
    newest = snapshots.commits(1)[0]

    async def asked():
        pools = open_pools(Settings.built_in())
        try:
            pool = pools.pool_for(case.uri, NO_WISH)
            memory = [m for m in pool.members if m.member.name == "memory"]
            with past_of(snapshots, newest, may_be_asked, pools.memory) as past:
                await past.read_by(case)
                return await said_by_all(
                    past.moved(case), replace(pool, members=tuple(memory)), past.memory
                )
        finally:
            await pools.aclose()

    [said] = asyncio.run(asked())
    assert "render_heading_of(rows, width=72)" in said.text
    assert "answer_of_today" not in said.text
