"""What an answer says of code, in words: taken out of whatever a model wrote around it."""

import re

from fusionls.core.cleanup import CleaningContext, think
from fusionls.core.editing.definitions import Definition, definitions_of
from fusionls.core.editing.fencing import pieces_of
from fusionls.core.editing.readable import tree_of
from fusionls.core.language import Language
from fusionls.core.text import split_lines

# A description that does not fit on a screen is none; what a model still says repeats itself.
_MOST_LINES = 40
_LONGEST = 3_000
# Beyond this an answer is no text about one definition.
MOST_CODE_POINTS = 200_000
_TRIPLE = re.compile(r'[rRuU]{0,2}("""|\'\'\')(.{0,20000}?)(?:\1|\Z)', re.DOTALL)
_BLOCK = re.compile(r"/\*[*!]?(.{0,20000}?)(?:\*/|\Z)", re.DOTALL)
_LINE_MARK = re.compile(r"[ \t]{0,200}(?:///?!?|--+|#+(?!\[))[ \t]?")
_TOKEN = re.compile(r"<\|[^|<>\n]{1,40}\|>|</?s>|<(?:end|start)_of_turn>|\[/?INST\]")
_LABEL = re.compile(
    r"(?:[*_`#> ]{0,6})(?:doc[- ]?strings?|doc comment|documentation|comment|summary|description|answer"
    r"|output|text)[*_` ]{0,4}:[*_` ]{0,4}",
    re.IGNORECASE,
)
# Talk to the person, before or behind what was asked for.
_TALK = re.compile(
    r"(?:sure|certainly|of course|okay|ok|here(?:'s| is| are)|below is|the following|i have|i've|i hope"
    r"|let me|this (?:docstring|comment|documentation)|note that i|feel free|as requested)\b[^\n]{0,300}\Z",
    re.IGNORECASE,
)
# What a model says about itself, or repeats of what it was told.
_TO_THE_PERSON = re.compile(
    r"```|~~~|\bI(?:'m|'ll|'ve|'d)?\s(?:can|will|am|would|have|hope|just|do|don't|cannot)\b|\bI'(?:m|ll|ve|d)\b"
    r"|\bcode to change\b|\bcursor is in the line\b|\bpolished\b|\b[Hh]ere's\b"
)
_LATER = re.compile(r"(?:TO[D]O|FIX[M]E)\b", re.IGNORECASE)
_CODE_LINE = re.compile(
    r"[{};]\s*\Z|\)\s*:\s*\Z|\A\s*(?:def|class|import|from|return|const|let|var|fn|func|function|public|private"
    r"|static|if|for|while|package|use|using|local|end|else)\b[^.]*[(){}=;\[\]]|\A\s*@\w+(?:\(.*\))?\s*\Z"
    r"|\A\s*return\s+\w+\s*\Z|[\w\])]\s*(?:[-+*/]?=|:=|==|=>|->)\s*[\w\"'\[({-]"
)
_UNSEEN_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_QUOTES = (('"', '"'), ("'", "'"), ("`", "`"), ("\u201c", "\u201d"), ("**", "**"))
_LEAST_LETTERS = 8
# Their grammars read sentences as calls, as commands, as text outside of code.
_READS_ALL = frozenset(("ruby", "bash", "php"))


def text_in(answer: str, own_name: str, language: Language) -> str:
    """Return the description in ``answer`` as plain lines, "" if it holds none.

    An answer may be the text, a comment or docstring with it, or the whole definition called ``own_name``.
    """
    text = think.FILTER.apply(answer, CleaningContext("", ""))
    text = _TOKEN.sub("", text)
    pieces = [piece.text for piece in pieces_of(text) if piece.text.strip()]
    for piece in pieces:
        found = _described(piece, own_name, language)
        if found is not None:
            return _plain(found, language)
    for piece in (*pieces, text):
        said = _plain(_marked(piece, language), language)
        if said:
            return said
    fenced = "```" in text or "~~~" in text
    if fenced and len(pieces) == 1:
        said = _plain(pieces[0], language)
        if said:
            return said
        text = text.replace(pieces[0], "").replace("```", "").replace("~~~", "")
    return _plain(text, language)


def _described(code: str, own_name: str, language: Language) -> str | None:
    """Return what a definition in ``code`` has for a description, None if it is not defined there."""
    found = next((o for o in definitions_of(code, language) if o.own_name == own_name), None)
    if found is None:
        return None
    return _own_text(code, found, language)


def _own_text(code: str, one: Definition, language: Language) -> str:
    above = code[one.start : one.head]
    if language.name == "python":
        match = re.match(r"\s{0,400}", code[one.body : one.end])
        at = one.body + (match.end() if match else 0)
        quoted = _TRIPLE.match(code, at, one.end)
        if quoted is not None:
            return quoted[2]
        single = re.compile(r"(['\"])([^'\"\n\\]{1,500})\1[ \t]{0,20}(?:\n|\Z)").match(code, at)
        if single is not None:
            return single[2]
        above = "\n".join(line for line in split_lines(above) if line.strip().startswith("#"))
    return _marked(above, language)


def _marked(text: str, language: Language) -> str:
    """Return what stands in a docstring or in comments, "" where there are none."""
    if language.name == "python":
        quoted = _TRIPLE.search(text)
        # One that is not closed is a docstring that broke off, or a mark in a sentence.
        if quoted is not None and (
            quoted[0].endswith(quoted[1]) or not text[: quoted.start()].strip()
        ):
            return quoted[2]
    block = _BLOCK.search(text)
    if block is not None:
        inner = (line.strip() for line in split_lines(block[1]))
        return "\n".join(re.sub(r"\A\*+ ?", "", line) for line in inner)
    lines = [line for line in split_lines(text) if line.strip()]
    mark = language.line_comment
    commented = [line for line in lines if mark and line.strip().startswith(mark)]
    # A heading of Markdown is no comment, and a remark in code says nothing of the whole.
    if not commented or (len(commented) < len(lines) and lines[0] is not commented[0]):
        return ""
    run: list[str] = []
    for line in lines:
        if not line.strip().startswith(mark):
            break
        run.append(_LINE_MARK.sub("", line, count=1))
    return "\n".join(run)


def _plain(text: str, language: Language) -> str:
    """Return the lines that say something of the code, without talk, marks and repetitions."""
    lines = [_UNSEEN_CONTROL.sub(" ", line).rstrip() for line in split_lines(text[:_LONGEST])]
    kept: list[str] = []
    seen: set[str] = set()
    for line in _dedented(lines):
        bare = line.strip()
        if _LATER.match(bare) or _TALK.match(bare) or bare in ("```", "~~~", '"""', "'''"):
            continue
        label = _LABEL.match(bare) if not kept else None
        said = bare[label.end() :] if label else line
        if said.strip() and said.strip() in seen:
            break
        seen.add(said.strip())
        kept.append(said)
    made = _unquoted("\n".join(kept[:_MOST_LINES]).strip())
    made = re.sub(r"\n{3,100}", "\n\n", re.sub(r"</?summary>", "", made)).strip()
    return made if _is_text(made, language) else ""


def _dedented(lines: list[str]) -> list[str]:
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(margins, default=0)
    return [line.lstrip() if n == 0 else line[margin:] for n, line in enumerate(lines)]


def _unquoted(text: str) -> str:
    for left, right in _QUOTES:
        inside = text[len(left) : len(text) - len(right)]
        if text.startswith(left) and text.endswith(right) and inside and left not in inside:
            return inside.strip()
    return text


def _is_text(text: str, language: Language) -> bool:
    """Tell whether most lines are words, and there are enough of them."""
    if language.name not in _READS_ALL:
        parsed = tree_of(text, language)
        if parsed is not None and not parsed.tree.root_node.has_error:
            return False
    if _TO_THE_PERSON.search(text):
        return False
    lines = [line for line in split_lines(text) if line.strip()]
    code = sum(1 for line in lines if _CODE_LINE.search(line[:500]))
    letters = sum(map(str.isalpha, text))
    return letters >= _LEAST_LETTERS and 2 * code < len(lines) + 1 and len(text.split()) > 1
