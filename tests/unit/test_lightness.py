"""What the server does without: libraries at its start, and memory for what it parsed."""

import subprocess
import sys

import pytest

from fusionls.core.languages import languages
from fusionls.core.syntax import HoleTree

# Importing these takes as long as the protocol's types, which an editor has to wait for.
LATER = (
    *("aiohttp", "click", "httpx", "numpy", "pathspec", "pydantic", "rich", "sqlite3"),
    "tree_sitter",
)
IMPORTED = """
import sys
from fusionls.cli import main
import fusionls.cli.serving
from fusionls.lsp.serving import build_server
build_server(lambda: None)
print(*sys.modules)
"""
LISTED = """
import sys
from fusionls.core.refactorings import refactorings
refactorings()
print(*sys.modules)
"""
# What only the desk needs, in a process of its own.
OF_THE_DESK = ("answers", "canonical", "definitions", "documenting", "renaming", "testing")
PARSES = 200
TEXT = "def price(article):\n    return article.price\n\n\n" * 20


@pytest.mark.child_process("what an interpreter has imported can be seen in a fresh one only")
def test_the_server_begins_without_the_libraries_that_only_answers_need():
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, timeout=60, check=True
    )
    assert not set(LATER) & set(ran.stdout.split())


@pytest.mark.child_process("what an interpreter has imported can be seen in a fresh one only")
def test_refactorings_are_listed_without_what_reads_their_answers():
    ran = subprocess.run(
        [sys.executable, "-c", LISTED], capture_output=True, text=True, timeout=60, check=True
    )
    imported = set(ran.stdout.split())
    assert not {f"fusionls.core.editing.{name}" for name in OF_THE_DESK} & imported
    assert "tree_sitter" not in imported


def test_a_text_that_was_parsed_is_not_kept():
    tree = HoleTree(languages()["python"], TEXT, TEXT)
    tree.problems_with("x = 1")
    before = sys.getallocatedblocks()
    for _ in range(PARSES):
        tree.problems_with("x = 1")
    # tree-sitter would keep a block or two for each.
    assert sys.getallocatedblocks() - before < PARSES / 2
