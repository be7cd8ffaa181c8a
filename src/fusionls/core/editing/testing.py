"""Where the test of a function is written, and how an answer is read that holds it."""

import re
from dataclasses import replace

from fusionls.core.cleanup import CleaningContext, think
from fusionls.core.editing.answers import read_answer
from fusionls.core.editing.definitions import Definition, definitions_of
from fusionls.core.editing.edit import EditTask, Format, Proposal, Scope, Unreadable
from fusionls.core.editing.enclosing import enclosing, first_text, within
from fusionls.core.editing.fencing import pieces_of
from fusionls.core.editing.homes_of_tests import is_test, target_of
from fusionls.core.editing.importing import is_import_line, with_imports
from fusionls.core.editing.keeping import without_blank_ends
from fusionls.core.language import Language
from fusionls.core.languages import language_for
from fusionls.core.text import fold_blanks, line_end_of, split_lines

# What a test looks like.
_ANY = re.compile(r"test", re.IGNORECASE)
_IN_SCRIPTS = re.compile(r"\b(?:it|test)(?:\.\w+)?\s*\(")
_TESTS = {
    "python": re.compile(r"\bdef test|\bclass \w*Test"),
    "javascript": _IN_SCRIPTS,
    "typescript": _IN_SCRIPTS,
    "tsx": _IN_SCRIPTS,
    "go": re.compile(r"\bfunc (?:Test|Fuzz|Example)"),
    "java": re.compile(r"@(?:Test|ParameterizedTest)\b"),
    "c-sharp": re.compile(r"\[\s*(?:Fact|Theory|Test|TestMethod)\b"),
    "rust": re.compile(r"#\[(?:\w+::)?test\]"),
    "ruby": re.compile(r"\bdef test_|\b(?:it|test|specify)\s+[\"']"),
}
# Where tests are functions of the file, so that more of them can be written behind the others.
_LOOSE = frozenset(("python", "javascript", "typescript", "tsx", "go"))
_INSIDE = "rust"
_MODULE = "tests"
_LONGEST_ANSWER = 200_000


def for_a_test(task: EditTask) -> EditTask | str:
    """Return ``task`` with the tested function and the test file as its scopes, or why it cannot be done."""
    file, text, language = first_text(task)
    found = enclosing(task)
    if found is None:
        return "there is no function here to test"
    if language is not None and language.name == _INSIDE:
        module = _tests_in(text, language)
        shown = within(task, found)
        if module is None:
            return shown
        return replace(
            shown, scopes=(*shown.scopes, Scope(file, module.start, module.end, (module.name,)))
        )
    target = target_of(file)
    if not target:
        stem = file.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
        return "this is a test already" if is_test(stem) else "no test is known for this language"
    if target not in task.files:
        return f"the test belongs into `{target}`, which was not named"
    shown = within(task, found)
    return replace(shown, scopes=(shown.scopes[0], Scope(target, 0, len(task.files[target]))))


def test_of(task: EditTask, member: str, sample: int, answer: str) -> Proposal | Unreadable:
    """Return the test of an answer in its file. Whatever it says of the tested code is left out. Total."""
    if len(answer) > _LONGEST_ANSWER:
        return Unreadable(member, sample, "the answer is too long to be read")
    found = _read(task, member, sample, answer)
    if isinstance(found, Unreadable):
        return found
    tested = enclosing(task)
    file, _, language = first_text(task)
    name = tested.own_name if tested is not None else ""
    for target, text in found.after.items():
        tests = _TESTS.get(language.name if language is not None else "", _ANY)
        old = task.files.get(target, "")
        if len(tests.findall(text)) <= len(tests.findall(old)):
            return Unreadable(member, sample, "the answer holds no test")
        if name not in text:
            return Unreadable(member, sample, "the answer tests something else")
        copies = (one.name for one in definitions_of(text, language))
        if target != file and name in copies:
            return Unreadable(member, sample, "the answer tests a copy of the function")
    return found


def _read(task: EditTask, member: str, sample: int, answer: str) -> Proposal | Unreadable:
    file, text, language = first_text(task)
    if language is None:
        return read_answer(task, member, sample, answer)
    code = _code_of(answer, language)
    if language.name == _INSIDE:
        made = _inside(text, code, language)
        if made is None:
            return Unreadable(member, sample, "the answer holds no test")
        return Proposal(member, sample, {file: made}, Format.DEFINITION)
    target = next((scope.file for scope in task.scopes if scope.file != file), "")
    if not target:
        return read_answer(task, member, sample, answer)
    before = task.files[target]
    if before.strip() and language.name in _LOOSE:
        made = _behind(before, code, language)
        if made is not None:
            return Proposal(member, sample, {target: made}, Format.DEFINITION)
    alone = replace(
        task,
        files={target: before},
        languages={target: task.languages.get(target, "")},
        scopes=(Scope(target, 0, len(before)),),
        selected=None,
    )
    found = read_answer(alone, member, sample, answer)
    if isinstance(found, Proposal):
        after = {name: _without_header(made, name) for name, made in found.after.items()}
        return replace(found, after=after)
    whole = read_answer(task, member, sample, answer)
    if isinstance(whole, Proposal) and target in whole.after:
        notes = (*whole.notes, "what it changes elsewhere was left out")
        return replace(whole, after={target: whole.after[target]}, notes=notes)
    return found


def _without_header(text: str, file: str) -> str:
    """Return ``text`` without a first line that only says what the file is called."""
    first, end, rest = text.partition("\n")
    own = file.replace("\\", "/").rpartition("/")[2]
    said = first.strip().strip("#/*<>!- \r")
    return rest.lstrip("\r\n") if end and said and said.endswith(own) and said != first else text


def _code_of(answer: str, language: Language) -> str:
    text = think.FILTER.apply(answer, CleaningContext("", ""))
    pieces = [piece for piece in pieces_of(text) if piece.text.strip()]
    mine = [p for p in pieces if not p.language or _is_in(p.language, language)]
    return "\n".join(piece.text for piece in mine or pieces)


def _is_in(told: str, language: Language) -> bool:
    known = language_for(told, "x." + told)
    return known is language


def _behind(before: str, code: str, language: Language) -> str | None:
    """Return ``before`` with the definitions of ``code`` behind it, None if some of them are there."""
    new = [one for one in definitions_of(code, language) if one.depth == 0]
    old = {one.name for one in definitions_of(before, language)}
    if any(one.name in old for one in new):
        return None
    lines = split_lines(code.strip("\r\n"))
    known = {fold_blanks(line) for line in split_lines(before)}
    imports = [line for line in lines if is_import_line(line)]
    rest = [line for line in lines if not is_import_line(line) and not line.startswith("package ")]
    end = line_end_of(before)
    body = end.join(rest).strip("\r\n")
    if not body.strip():
        return None
    gap = end * (3 if language.name == "python" else 2)
    added = [line for line in imports if fold_blanks(line) not in known]
    return with_imports(before.rstrip() + gap + body + end, added)


def _tests_in(text: str, language: Language) -> Definition | None:
    found = (one for one in definitions_of(text, language) if one.own_name == _MODULE)
    return next((one for one in found if one.depth == 0), None)


def _inside(text: str, code: str, language: Language) -> str | None:
    """Return a Rust file with the tests of ``code`` in its module of tests."""
    given = _tests_in(code, language)
    known = _tests_in(text, language)
    end = line_end_of(text)
    inner = (
        code[given.body + 1 : given.end - 1]
        if given is not None
        else _test_functions(code, language)
    )
    lines = split_lines(inner.strip("\r\n"))
    if not any("fn " in line for line in lines):
        return None
    if known is None:
        if given is not None:
            body = end.join(split_lines(code[given.start : given.end]))
            return f"{text.rstrip()}{end}{end}{body}{end}"
        inside = end.join(f"    {line}" if line.strip() else "" for line in lines)
        return (
            f"{text.rstrip()}{end}{end}#[cfg(test)]{end}mod {_MODULE} {{{end}"
            f"    use super::*;{end}{end}{inside}{end}}}{end}"
        )
    there = {fold_blanks(line) for line in split_lines(text[known.start : known.end])}
    lines = [
        line
        for line in lines
        if not (line.strip().startswith("use ") and fold_blanks(line) in there)
    ]
    margin = "" if given is not None else "    "
    inside = end.join(margin + line if line.strip() else "" for line in without_blank_ends(lines))
    closing = known.end - 1
    head = text[:closing].rstrip()
    return f"{head}{end}{end}{inside}{end}{text[closing:]}"


def _test_functions(code: str, language: Language) -> str:
    """Return the functions of ``code`` that are marked as tests."""
    found = [one for one in definitions_of(code, language) if one.depth == 0]
    return "\n\n".join(
        code[one.start : one.end] for one in found if "#[test]" in code[one.start : one.head]
    )
