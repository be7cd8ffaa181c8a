"""A description of a definition, put where its language has it. No code is ever changed by it.

Invariant: total. Whatever an answer is, there is a ``Proposal`` or an ``Unreadable``.
"""

import re
import textwrap

from fusionls.core.cleanup.hidden_characters import hidden_in
from fusionls.core.editing.canonical import Depth, canonical
from fusionls.core.editing.definitions import Definition
from fusionls.core.editing.doc_forms import BLOCKS, MARKS, words_for
from fusionls.core.editing.doc_sentences import in_short
from fusionls.core.editing.doc_texts import MOST_CODE_POINTS, text_in
from fusionls.core.editing.edit import EditTask, Format, Proposal, Unreadable
from fusionls.core.editing.enclosing import (
    FUNCTIONS_AND_CLASSES,
    enclosing,
    first_text,
    within,
)
from fusionls.core.editing.keeping import unit_of
from fusionls.core.editing.readable import error_count, tree_of
from fusionls.core.language import Language
from fusionls.core.text import indentation, line_end_of, split_lines

# PEP 8 and most style guides end lines between 79 and 100 columns.
_WIDTH = 88
_NARROWEST = 40
_OLD_BLOCK = re.compile(r"/\*[*!](.{0,20000}?)\*/[ \t]{0,40}(?:\r\n|\n|\r)?", re.DOTALL)
# Comments that tools read are no description.
_DIRECTIVE = re.compile(
    r"(?://go:|//nolint|//export|//line|# ?(?:rubocop|shellcheck|frozen_string|type:|typed:|!)|---@"
    r"|//\s*eslint)"
)
_TAG = re.compile(r"\s{0,40}(?:@\w|<(?:param|returns|exception|typeparam|remarks|example)\b)")
_LISTED = re.compile(r"\s{1,40}\S|[-*@:\d<]|.{1,60}:\Z")


def described(task: EditTask) -> EditTask | str:
    """Return ``task`` about the function or class around the selection, or why there is nothing to say."""
    _, text, language = first_text(task)
    if language is None or not words_for(language.name):
        return "descriptions have no place of their own in this language"
    found = enclosing(task, FUNCTIONS_AND_CLASSES)
    if found is None:
        return "there is no function or class here to describe"
    why = _no_place(text, found, language)
    return why or within(task, found)


def documented(task: EditTask, member: str, sample: int, answer: str) -> Proposal | Unreadable:
    """Return the file with the description that ``answer`` gives, or why there is none."""
    file, text, language = first_text(task)
    found = enclosing(task, FUNCTIONS_AND_CLASSES)
    if language is None or found is None or _no_place(text, found, language):
        return Unreadable(member, sample, "there is no function or class here to describe")
    if len(answer) > MOST_CODE_POINTS:
        return Unreadable(member, sample, "the answer is too long to be read")
    if not answer.strip():
        return Unreadable(member, sample, "the answer is empty")
    said = in_short(text_in(answer, found.own_name, language), found.own_name)
    if not said:
        return Unreadable(member, sample, "the answer holds no description")
    if any(sign not in text for sign in hidden_in(said)):
        return Unreadable(member, sample, "the answer holds characters that nobody can see")
    said = said.encode("utf-8", "replace").decode("utf-8")
    made = _put(text, found, language, said)
    if not _is_safe(text, made, language):
        return Unreadable(
            member, sample, "the description cannot be put there without changing code"
        )
    return Proposal(member, sample, {file: made} if made != text else {}, Format.DEFINITION)


def _is_safe(before: str, after: str, language: Language) -> bool:
    old, new = tree_of(before, language), tree_of(after, language)
    if old is None or new is None or error_count(new.tree) > error_count(old.tree):
        return False
    return canonical(before, language, Depth.MEANING) == canonical(after, language, Depth.MEANING)


def _no_place(text: str, one: Definition, language: Language) -> str:
    if language.name == "python" and not re.match(r"(?:async\s|def\s|class\s)", one.header):
        return "a lambda has no place for a docstring"
    start = max(text.rfind("\n", 0, one.head), text.rfind("\r", 0, one.head)) + 1
    if text[start : one.head].strip():
        return "there is code before the definition on its line"
    return ""


def _put(text: str, one: Definition, language: Language, said: str) -> str:
    if language.name == "python":
        return _in_python(text, one, language, said)
    end = line_end_of(text)
    start = _line_start(text, one.head)
    margin = indentation(text[start : one.head])
    above = text[one.start : start]
    old, above = _without_old(above, language)
    if language.name == "go":
        said = _named(said, one.own_name)
    lines = _lines(said, _width(margin, 3))
    tags = [line for line in old if _TAG.match(line)] if not any(map(_TAG.match, lines)) else []
    made = end.join(margin + line if line else line for line in _comment(lines, tags, language))
    at = _behind_comments(above, language)
    return f"{text[: one.start]}{above[:at]}{made}{end}{above[at:]}{text[start:]}"


def _comment(lines: list[str], tags: list[str], language: Language) -> list[str]:
    """Return the lines of a comment that says ``lines`` and keeps ``tags``, which the old one had."""
    name = language.name
    if name == "c-sharp":
        plain = [_escaped(line) if not _TAG.match(line) else line for line in lines]
        summary = [line for line in plain if not _TAG.match(line)]
        more = [line for line in plain if _TAG.match(line)] + tags
        return [f"/// {line}".rstrip() for line in ("<summary>", *summary, "</summary>", *more)]
    if name in MARKS:
        return [f"{MARKS[name]} {line}".rstrip() for line in (*lines, *tags)]
    safe = [line.replace("*/", "* /") for line in lines]
    gap = [""] if tags else []
    if len(safe) == 1 and not tags:
        return [f"/** {safe[0]} */"]
    return ["/**", *(f" * {line}".rstrip() for line in (*safe, *gap, *tags)), " */"]


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _without_old(above: str, language: Language) -> tuple[list[str], str]:
    """Return the lines of the description there is, and what stands above the definition without it."""
    if language.name in BLOCKS:
        blocks = list(_OLD_BLOCK.finditer(above))
        if blocks:
            last = blocks[-1]
            start = _line_start(above, last.start())
            inner = [re.sub(r"\A\s*\*? ?", "", line) for line in split_lines(last[1])]
            return inner, above[:start] + above[last.end() :]
        if language.name not in ("c", "cpp"):
            return [], above
    mark = MARKS.get(language.name, "///")
    kept: list[str] = []
    old: list[str] = []
    for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", above):
        bare = line.strip()
        if bare.startswith(mark) and not _DIRECTIVE.match(bare):
            old.append(bare.removeprefix(mark).strip())
        elif bare.startswith("--") and mark == "---":
            old.append(bare.lstrip("-").strip())
        else:
            kept.append(line)
    return old, "".join(kept)


def _behind_comments(above: str, language: Language) -> int:
    """Return where a description goes: before attributes and decorators, behind other comments."""
    marks = (language.line_comment or "//", "/*", "*")
    at = 0
    place = 0
    for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", above):
        place += len(line)
        bare = line.strip()
        attribute = bare.startswith("#[")
        if bare.startswith(marks) and not attribute and not _DIRECTIVE.match(bare):
            at = place
    return at


def _in_python(text: str, one: Definition, language: Language, said: str) -> str:
    end = line_end_of(text)
    start = _line_start(text, one.body)
    alone = not text[start : one.body].strip()
    unit = unit_of(split_lines(text)) or "    "
    header = indentation(text[_line_start(text, one.head) : one.head])
    margin = text[start : one.body] if alone else header + unit
    doc = _python_string(_lines(said, _width(margin, 6)), margin, end)
    old = _old_docstring(text, one, language)
    if old is not None:
        return (
            text[: one.body] + doc + text[old:]
            if alone
            else text[: one.body] + doc.replace(end, " ") + text[old:]
        )
    if alone:
        return f"{text[: one.body]}{doc}{end}{margin}{text[one.body :]}"
    head = text[: one.body].rstrip(" \t")
    return f"{head}{end}{margin}{doc}{end}{margin}{text[one.body :]}"


def _python_string(lines: list[str], margin: str, end: str) -> str:
    safe = [line.replace('"""', "'''") for line in lines]
    if safe[0].startswith('"'):
        safe[0] = safe[0].replace('"', "'")
    mark = 'r"""' if any("\\" in line for line in safe) else '"""'
    if len(safe) == 1 and not safe[0].endswith('"') and not safe[0].endswith("\\"):
        return f'{mark}{safe[0]}"""'
    rest = [margin + line if line else "" for line in safe[1:]]
    return end.join((mark + safe[0], *rest, f'{margin}"""'))


def _old_docstring(text: str, one: Definition, language: Language) -> int | None:
    """Return where the docstring of a definition ends, None if it has none."""
    parsed = tree_of(text, language)
    if parsed is None:
        return None
    at = len(text[: one.body].encode("utf-8", "surrogatepass"))
    node = parsed.tree.root_node.descendant_for_byte_range(at, at + 1)
    while node is not None and node.start_byte == at and node.type != "expression_statement":
        node = node.parent
    if node is None or node.type != "expression_statement" or node.start_byte != at:
        return None
    inner = node.named_child(0)
    if inner is None or inner.type not in ("string", "concatenated_string"):
        return None
    if parsed.source[at : at + 1] in b"fFbB":
        return None
    return len(parsed.source[: node.end_byte].decode("utf-8", "surrogatepass"))


def _named(said: str, name: str) -> str:
    """Return a description that begins with the name, as Go wants it."""
    if re.match(rf"{re.escape(name)}\b", said):
        return said
    rest = re.sub(
        rf"\A(?:this|the)\s+(?:function|method|type|struct|code)\s+(?:`?{re.escape(name)}`?\s+)?|\Ait\s+",
        "",
        said,
        flags=re.IGNORECASE,
    )
    first, _, more = rest.partition(" ")
    low = first[:1].lower() + first[1:] if not first.isupper() else first
    if re.match(r"(?:the|an?|this|whether|all|its?)\Z", low):
        return f"{name} returns {low} {more}".rstrip()
    if low.isalpha() and not low.endswith(("s", "ed", "ing")):
        low = (
            low[:-1] + "ies"
            if re.search(r"[^aeiou]y\Z", low)
            else low + ("es" if low.endswith(("sh", "ch", "x", "z", "o")) else "s")
        )
    return f"{name} {low} {more}".rstrip()


def _lines(said: str, width: int) -> list[str]:
    """Return paragraphs wrapped to ``width``; lists and tags keep their lines."""
    made: list[str] = []
    for number, paragraph in enumerate(re.split(r"\n[ \t]{0,200}\n", said)):
        lines = [line for line in split_lines(paragraph) if line.strip()]
        if not any(_LISTED.match(line) for line in lines):
            lines = [" ".join(line.strip() for line in lines)]
        made += [""] if number and lines else []
        for line in lines:
            lead = indentation(line)
            made += textwrap.wrap(
                line.strip(),
                width,
                initial_indent=lead,
                subsequent_indent=lead,
                break_long_words=False,
                break_on_hyphens=False,
            )
    if len(made) == 1 and made[0][-1:].isalnum():
        made[0] += "."
    return made


def _width(margin: str, marks: int) -> int:
    return max(_NARROWEST, _WIDTH - len(margin.expandtabs(4)) - marks)


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
