"""A description as sentences: what is done comes first, nothing is said twice, and there are few of them."""

import re
from collections import Counter

from fusionls.core.text import fold_blanks, split_lines

# One says what is done, one what has to be known for it; what models say behind that is true of all code.
_MOST_SENTENCES = 2
_MOST_PARAGRAPHS = 2
_LISTED = re.compile(r"\s{0,40}(?:[-*@<:]|\d{1,3}[.)])|.{1,60}:\Z")
_SENTENCE = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!\betc)(?<!\bvs)[.!?][\"')\]]{0,3}(?=\s|\Z)")
_PARAGRAPHS = re.compile(r"\n[ \t]{0,200}\n")
_ENDS = (".", "!", "?", ":", ";", ")", "`", ">")
_WORD = re.compile(r"\w+")
_FILLERS_LISTED = """
a an the of to and is it this that in by be code function method class which will are then with for
"""
_FILLERS = frozenset(_FILLERS_LISTED.split())
# "This code", "The provided Python function", "a function called `add`,": it goes without saying.
_NOUN = r"(?:code|functions?|method|class|type|struct|snippet|program|script|routine)"
_BETWEEN = r"(?:(?!of\b|in\b|for\b|that\b)[\w`.-]{1,30} ){0,2}?"
_EXAMPLE = r"(?:(?:\w{1,20} ){0,2}?(?:example|implementation) of an? )?"
_VERB = r"(?!(?:is|was|has|does|this|its|as|always)\b)(?=[a-z]{2,20}s\b)"
_USUAL = r"(?:returns|takes|calculates|computes|checks|gets|creates|converts|finds|adds)\b"
_TO = r"(?:is (?:designed|used|meant|intended|supposed) to |will |is to )"
# No name, path or address in a description is longer; and nobody says three words three times in a sentence.
_LONGEST_WORD = 100
_OFTEN = 3
# How often an opening is found behind another one.
_NESTED = 3


def in_short(text: str, own_name: str = "") -> str:
    """Return a description as few sentences, which begin with what is done. Lists and tags stay.

    What breaks off is left out, "This is a function that takes" begins with "Takes", and a sentence that says
    what was said before is dropped. ``own_name`` is what is described.
    """
    made: list[str] = []
    said: list[frozenset[str]] = []
    prose = 0
    for part in _PARAGRAPHS.split(_bare(text)):
        lines = split_lines(part)
        if any(map(_LISTED.match, lines)):
            made.append(part.strip("\n"))
            continue
        prose += 1
        if prose > _MOST_PARAGRAPHS:
            continue
        kept = _sentences(fold_blanks(part), own_name, said)
        if kept:
            made.append(kept)
    return "\n\n".join(made)


def _sentences(text: str, own_name: str, said: list[frozenset[str]]) -> str:
    """Return the first sentences of ``text`` that say something new; what they say comes to ``said``."""
    ends = [match.end() for match in _SENTENCE.finditer(text)]
    kept: list[str] = []
    for start, end in zip([0, *ends], ends or [len(text)], strict=False):
        one = text[start:end].strip()
        one = _direct(one, own_name) if not kept and not said else one
        meant = _meant(one)
        if not meant or _is_stuck(one) or any(meant <= other for other in said):
            continue
        said.append(meant)
        kept.append(_as_sentence(one))
        if len(kept) == _MOST_SENTENCES:
            break
    return " ".join(kept)


def _is_stuck(sentence: str) -> bool:
    """Tell whether a small model went round in circles, in a word without end or in the same words."""
    words = sentence.lower().split()
    if any(len(word) > _LONGEST_WORD for word in words):
        return True
    runs = Counter(zip(words, words[1:], words[2:], strict=False))
    return max(runs.values(), default=0) >= _OFTEN


def _meant(sentence: str) -> frozenset[str]:
    """Return the stems of the words of a sentence that say something."""
    words = {word.lower() for word in _WORD.findall(sentence)} - _FILLERS
    return frozenset(re.sub(r"(?<=\w{3})(?:es|ed|ing|s)\Z", "", word) for word in words)


def _as_sentence(text: str) -> str:
    first = text.partition(" ")[0].rstrip(".,;:!?")
    big = text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text
    return big if big.endswith(_ENDS) or not big[-1:].isprintable() else f"{big}."


def _direct(text: str, own_name: str) -> str:
    """Return a sentence without words that only say that it is about this code."""
    for _ in range(_NESTED):
        shorter = _opening(own_name).sub("", text, count=1)
        if shorter == text or not shorter[:1].isalnum():
            break
        text = shorter
    return text


def _opening(own_name: str) -> re.Pattern[str]:
    """Return what goes without saying. A bare name may be a verb, so it counts before certain words only."""
    own = rf"(?-i:{re.escape(own_name)})" if own_name else r"(?!)"
    name = rf"`?{own}`?(?:\([^()\n]{{0,80}}\))?"
    called = rf"(?:,? (?:named |called )?{name})?,?"
    marked = rf"(?:`{own}(?:\([^()\n]{{0,80}}\))?`|{own}\([^()\n]{{0,80}}\))"
    subject = (
        rf"(?:(?:this|the|your|our|a|an) {_BETWEEN}{_NOUN}{called} |{marked}(?: {_NOUN})?,? "
        rf"|(?:the|def|func) {name}(?: {_NOUN})?,? |{own} {_NOUN} |{own} (?={_USUAL})|it |this )"
    )
    defines = (
        rf"(?:is|defines|implements) an? {_EXAMPLE}{_BETWEEN}{_NOUN}{called} (?:that |which |to )"
    )
    return re.compile(
        rf"\A(?:{subject}?{defines}|{subject}?{_TO}|{subject}(?:that |which |to )"
        rf"|{_NOUN} (?:that |which |to )|the purpose of {subject}is to |{subject}{_VERB})",
        re.IGNORECASE,
    )


def _bare(text: str) -> str:
    """Return ``text`` without quotes at its ends that nothing in it belongs to."""
    text = text.strip()
    for mark in ('"', "'", "\u201c", "\u201d"):
        others = "\u201c\u201d" if mark in "\u201c\u201d" else mark
        if len(re.findall(rf"(?<!\w)[{others}]|[{others}](?!\w)", text)) % 2:
            text = text.lstrip(mark).lstrip() if text.startswith(mark) else text
        if len(re.findall(rf"(?<!\w)[{others}]|[{others}](?!\w)", text)) % 2:
            text = text.rstrip(mark).rstrip() if text.endswith(mark) else text
    return text
