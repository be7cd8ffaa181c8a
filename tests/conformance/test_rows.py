"""The list is kept whole: every row of it has a test."""

import ast
from collections import defaultdict
from pathlib import Path

ROWS = range(1, 71)
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def test_every_row_has_a_test(record_property):
    tests = defaultdict(list)
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, FUNCTIONS) and node.name.startswith("test_row_"):
                assert ast.get_docstring(node), f"{node.name} must say what is sent and expected"
                tests[int(node.name.split("_")[2])].append(node.name)
    for row, names in sorted(tests.items()):
        print(f"{row:2}  {', '.join(names)}")
        record_property(f"row {row}", len(names))
    assert sorted(tests) == list(ROWS)
