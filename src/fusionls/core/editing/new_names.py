"""The name that an answer gives, out of whatever a model wrote around it, in the way of the old one."""

import re

from fusionls.core.cleanup import CleaningContext, think
from fusionls.core.editing.said_names import name_said
from fusionls.core.text import split_lines

# An answer that is asked for a name and has more is searched at its beginning.
_LOOKED_AT = 4_000
# People type names; longer ones are sentences.
LONGEST_NAME = 40
_MOST_CANDIDATES = 6
_MOST_WORDS = 25
_IDENTIFIER = r"[$@]?[^\W\d]\w{0,80}"
_FENCE = re.compile(r"^[ \t]{0,8}(?:```|~~~)[^\n]{0,60}$", re.MULTILINE)
_TOKEN = re.compile(r"<\|[^|<>\n]{1,40}\|>|</?s>|<(?:end|start)_of_turn>|\[/?INST\]")
_ARROW = re.compile(rf"(?:->|=>|\u2192|\u21d2)\s{{0,8}}[`\"']{{0,2}}({_IDENTIFIER})")
_FIELD = re.compile(
    rf"[\"']?\b(?:new[_ ]?name|name|rename[d]?|answer|better name)\b[*`\"']{{0,3}}\s{{0,8}}[:=]\s{{0,8}}"
    rf"[*`\"']{{0,3}}({_IDENTIFIER})(?=[*`\"',.\s}}]|\Z)",
    re.IGNORECASE,
)
_QUOTED = re.compile(rf"(?:`|\"|'|\*\*|\u201c)({_IDENTIFIER})(?:\(\))?(?:`|\"|'|\*\*|\u201d)")
_CUE = re.compile(
    rf"\b(?:is|be|to|as|called|named|use)\s{{1,4}}({_IDENTIFIER})[.!]?\s{{0,4}}(?:\n|\Z)"
)
_ALONE = re.compile(rf"(?:[-*>\d.) ]{{0,6}})({_IDENTIFIER})(?:\(\))?[ \t]{{0,8}}[.,;:!]{{0,2}}\Z")
_JOINED = re.compile(
    # Not `os.path_of(`, which is code.
    r"(?<![\w.])(?:[^\W\d_]\w{0,40}_\w{1,40}|[a-z]{1,40}[A-Z]\w{0,40}|[A-Z][a-z]{1,40}[A-Z]\w{0,40})"
    r"(?!\w|\.\w|\()"
)
_PLAIN_WORDS = re.compile(r"[A-Za-z]{2,20}(?:[ \-][A-Za-z]{1,20}){1,3}[.!]?\Z")
# Words of sentences, which no name of two or three words has.
_OF_SENTENCES_LISTED = """
instead yes new_name newname old_name cursor instruction none same following
the a an is are be it this that would should could can will name rename variable function better new
here sure i you answer my your of course suggestion sorry cannot no not please let me in code
"""
# These are names, too, where an answer is nothing else.
_NAMES_TOO = frozenset(("name", "code", "variable", "function", "answer", "suggestion", "cursor"))
_OF_SENTENCES = frozenset(_OF_SENTENCES_LISTED.split())
_HUMP = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z][a-z0-9]*|[A-Z][A-Z0-9]*|\d+|[^\W_]+")
# How names of variables and functions look where the old one does not tell.
_CAMEL = frozenset(("javascript", "typescript", "tsx", "java", "go", "c-sharp"))
_PASCAL_IS_PUBLIC = frozenset(("go", "c-sharp"))


def names_in(answer: str, old: str, before: str = "", behind: str = "") -> list[str]:
    """Return the names that ``answer`` may mean in place of ``old``, likeliest first.

    ``before`` and ``behind`` are the tokens around the old name where it is bound: an answer that is the
    whole code has the new one between them.
    """
    text = think.FILTER.apply(answer, CleaningContext("", ""))[:_LOOKED_AT]
    text = _FENCE.sub("", _TOKEN.sub("", text)).strip()
    lines = [line.strip() for line in split_lines(text) if line.strip()]
    found: list[str] = []
    if lines:
        alone = _ALONE.match(lines[0])
        found += (
            [alone[1]]
            if alone and (len(lines) == 1 or alone[1].lower() not in _OF_SENTENCES)
            else []
        )
        found += _ARROW.findall(text)
    found += _between(text, before, behind)
    found += _FIELD.findall(text)
    if len(lines) == 1 and _PLAIN_WORDS.match(text):
        words = re.findall(r"[A-Za-z]+", text)
        if not _OF_SENTENCES & {word.lower() for word in words}:
            found.append("_".join(word.lower() for word in words))
    if len(text.split()) > _MOST_WORDS:
        # A model that rambles names many things.
        found, lines, text = found[:_MOST_CANDIDATES], [], ""
    found += _QUOTED.findall(text)
    if lines and len(lines) < _MOST_CANDIDATES:
        found += _JOINED.findall(text)
    found.append(name_said(text))
    found += _CUE.findall(text)
    found += [match[1] for line in lines if (match := _ALONE.match(line)) is not None]
    bare = (name.lstrip("$@") for name in found)
    only = found[0] if len(text.split()) == 1 and found else ""
    fit = (
        n
        for n in bare
        if n and n != old and (n.lower() not in _OF_SENTENCES or (n == only and n in _NAMES_TOO))
    )
    return list(dict.fromkeys(fit))[:_MOST_CANDIDATES]


def _between(text: str, before: str, behind: str) -> list[str]:
    if not before.strip() and not behind.strip():
        return []
    pattern = rf"{_loose(before)}({_IDENTIFIER}){_loose(behind)}"
    return [match for match in re.findall(pattern, text) if match]


def _loose(code: str) -> str:
    """Return a pattern for ``code`` with any blanks between its tokens."""
    tokens = re.findall(r"\w+|[^\w\s]", code)
    return r"\s{0,8}".join(("", *map(re.escape, tokens), ""))


def as_the_old(new: str, old: str, language: str) -> str:
    """Return ``new`` written as ``old`` is: its case, its underscores at the ends."""
    bare = old.strip("_")
    lead = old[: len(old) - len(old.lstrip("_"))]
    tail = old[len(old.rstrip("_")) :] if bare else ""
    parts = _HUMP.findall(new.strip("_"))
    if not parts or not bare or not new.isascii():
        return new
    words = [part.lower() for part in parts]
    return lead + _cased(words, parts, bare, language) + tail


def _cased(words: list[str], parts: list[str], old: str, language: str) -> str:
    camel = words[0] + "".join(
        _capital(word, part) for word, part in zip(words[1:], parts[1:], strict=True)
    )
    pascal = _capital(words[0], parts[0]) + camel[len(words[0]) :]
    letters = old.replace("_", "")
    if letters.isupper() and (len(letters) > 1 or language not in _PASCAL_IS_PUBLIC):
        return "_".join(words).upper()
    if old[:1].isupper():
        return pascal
    if "_" in old:
        return "_".join(words)
    if re.search(r"[a-z0-9][A-Z]", old):
        return camel
    return camel if language in _CAMEL else "_".join(words)


def _capital(word: str, part: str) -> str:
    return part if part.isupper() and len(part) > 1 else word[:1].upper() + word[1:]
