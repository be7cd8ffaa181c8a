"""Edits in several places of which several members each got a part: text files in, merged files out.

A case in ``tests/multi_place`` is prose, then sections: ``//- before FILE`` (a text), ``//- NAME [FILE]``
(what a member changes in it, the first member is the chosen one), ``//- expect [FILE]`` (what has to come
out), ``//- dropped`` (what must stand among the hunks that were left out) and ``//- never`` (what may not
come out). A change is ``old ==> new`` on one line, with ``\\n`` and ``\\t``; ``old`` stands once in the text,
or the change begins with ``2# `` for its second place. Members answer with the whole file that these make.
"""

import re
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path

import pytest

from fusionls.core.editing.edit import (
    EditChoice,
    EditTask,
    EditVerdict,
    Format,
    Judged,
    Merged,
    Proposal,
    Scope,
)
from fusionls.core.editing.gate import judge_edit
from fusionls.core.editing.merging import merge_edits
from fusionls.core.languages import language_for

CASES = sorted((Path(__file__).parent.parent / "multi_place").glob("*.txt"))
LANGUAGES = ("python", "javascript", "typescript", "java", "go", "rust")
PASSES = EditVerdict(True)
# All orders of more members would be many.
MOST_ORDERS = 6


@dataclass
class Case:
    instruction: str
    before: dict[str, str]
    members: dict[str, dict[str, str]]
    expected: dict[str, str]
    dropped: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)


def changed(text, lines):
    for line in lines:
        found = re.match(r"(\d)# ", line)
        number = int(found[1]) if found else 1
        plain = line[3:] if found else line
        old, new = (part.replace("\\n", "\n").replace("\\t", "\t") for part in plain.split(" ==> "))
        count = text.count(old)
        assert count if found else count == 1, f"{old!r} stands {count} times"
        parts = text.split(old)
        text = old.join(parts[:number]) + new + old.join(parts[number:])
    return text


def read(path):
    prose, *sections = re.split(r"^//- ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    case = Case(prose.rpartition("instruction: ")[2].strip(), {}, {}, {})
    for section in sections:
        head, _, body = section.partition("\n")
        word, _, file = head.partition(" ")
        lines = [line for line in body.split("\n") if line.strip()]
        if word == "before":
            case.before[file] = body.rstrip("\n") + "\n"
            continue
        if word in ("dropped", "never"):
            found = [line.replace("\\n", "\n") for line in lines]
            (case.dropped if word == "dropped" else case.never).extend(found)
            continue
        file = file or next(iter(case.before))
        texts = case.expected if word == "expect" else case.members.setdefault(word, {})
        texts[file] = changed(case.before[file], lines)
    return case


def task_of(case):
    languages = {}
    for name in case.before:
        language = language_for("", name)
        languages[name] = language.name if language else ""
    first, text = next(iter(case.before.items()))
    return EditTask(case.before, languages, case.instruction, (Scope(first, 0, len(text)),))


def judged(member, after):
    return Judged(Proposal(member, 0, after, Format.FILE), PASSES)


def merged_of(case, order) -> Merged:
    found = [judged(name, case.members[name]) for name in order]
    task = task_of(case)

    def gate(after):
        return judge_edit(task, Proposal("all", 0, after, Format.FILE))

    return merge_edits(task, EditChoice(found[0], "", tuple(found)), gate)


def from_hunks(case, merged, name):
    text, at = case.before[name], 0
    parts: list[str] = []
    for hunk in merged.hunks:
        if hunk.file == name:
            assert hunk.start >= at
            parts += (text[at : hunk.start], hunk.text)
            at = hunk.end
    return "".join((*parts, text[at:]))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_allowed_union_is_made_and_no_forbidden_one(path):
    case = read(path)
    chosen, *others = case.members
    results = set()
    for order in list(permutations(others))[:MOST_ORDERS]:
        merged = merged_of(case, (chosen, *order))
        after = {name: merged.after.get(name, text) for name, text in case.before.items()}
        wanted = {name: case.expected.get(name, text) for name, text in case.before.items()}
        for name in case.before:
            for text in case.never:
                assert text not in after[name]
            assert after[name] == wanted[name]
            assert from_hunks(case, merged, name) == after[name]
        left = [hunk.text for hunk in merged.dropped]
        for text in case.dropped:
            assert any(text in hunk for hunk in left), left
        assert all(hunk.why for hunk in (*merged.hunks, *merged.dropped))
        results.add((merged.hunks, merged.dropped, merged.merged))
    assert len(results) == 1


def test_the_suite_has_sixty_cases_in_six_languages():
    languages = {
        task_of(read(path)).languages[name] for path in CASES for name in read(path).before
    }
    assert len(CASES) >= 60
    assert languages >= set(LANGUAGES)
