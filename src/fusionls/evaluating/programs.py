"""The program that tells whether an answer to a case with tests is right."""

import re

from fusionls.evaluating.case import Case
from fusionls.evaluating.sandbox import Runtime, runtime_for

_CALLED = re.compile(r"^check\(", re.MULTILINE)
# A failed console.assert only prints.
_NODE_ASSERTS = "console.assert = (right) => { if (!right) process.exit(1) };\n"


def runtime_of(case: Case) -> Runtime | None:
    """Return how the tests of ``case`` are run, None if it has none or this machine cannot run them."""
    return runtime_for(case.language) if case.test else None


def program_of(case: Case, text: str) -> str:
    """Return the document with ``text`` in its hole and the tests behind it."""
    whole = f"{case.prefix}{case.in_lines(text)}{case.suffix}\n{case.test}"
    if case.language != "python":
        return _NODE_ASSERTS + whole
    # Without the call such a test passes whatever the answer is.
    if case.entry_point and "def check(" in whole and not _CALLED.search(whole):
        whole += f"\ncheck({case.entry_point})\n"
    return whole
