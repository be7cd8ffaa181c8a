"""A refactoring at a marked place of a text, and what comes of an answer to it."""

from fusionls.core.editing.answers import read_answer
from fusionls.core.editing.edit import Proposal
from fusionls.core.editing.gate import judge_edit
from fusionls.core.editing.opening import Work, work_of
from fusionls.core.editing.orders import EditOrder

NAMES = {
    "python": "pricing.py",
    "typescript": "pricing.ts",
    "tsx": "pricing.tsx",
    "javascript": "pricing.js",
    "go": "pricing.go",
    "java": "src/main/java/Pricing.java",
    "rust": "pricing.rs",
    "c": "pricing.c",
    "cpp": "pricing.cpp",
    "c-sharp": "Pricing.cs",
    "lua": "pricing.lua",
    "php": "pricing.php",
    "ruby": "pricing.rb",
    "bash": "pricing.sh",
    "json": "pricing.json",
}


def wanted(
    refactoring: str, language: str, marked: str, further: dict[str, str] | None = None
) -> Work | str:
    """Return the work at ``«`` to ``»`` (or at ``|``) of a text, or why it is refused.

    ``further`` are other files by name; one without text does not exist yet.
    """
    if "«" in marked:
        start = marked.index("«")
        end = marked.index("»") - 1
        text = marked.replace("«", "").replace("»", "")
    else:
        start = end = marked.index("|")
        text = marked[:start] + marked[start + 1 :]
    name = NAMES[language]
    files = {name: text, **(further or {})}
    created = tuple(one for one, known in files.items() if not known)
    return work_of(EditOrder(files, {}, name, start, end, "", refactoring, created=created))


def answered(
    refactoring: str,
    language: str,
    marked: str,
    answer: str,
    further: dict[str, str] | None = None,
) -> str:
    """Return the changed file as it would be offered, or in brackets why nothing is."""
    work = wanted(refactoring, language, marked, further)
    if isinstance(work, str):
        return f"<refused: {work}>"
    rules = work.refactoring.rules()
    read = rules.read or read_answer
    found = read(work.task, "member", 0, answer)
    if not isinstance(found, Proposal):
        return f"<unreadable: {found.why}>"
    verdict = judge_edit(work.task, found)
    if not verdict.passes:
        return f"<rejected: {', '.join(verdict.why)}>"
    if rules.check is not None and (why := rules.check(work.task, found)):
        return f"<rejected: {why}>"
    assert len(found.after) == 1, "one file is edited"
    return next(iter(found.after.values()))
