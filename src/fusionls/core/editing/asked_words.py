"""New words that an instruction asks for: in quotes or backticks, like a class name, or before a bracket.

An edit without a word that other edits took from the instruction has most likely left out part of it: of 124
recorded answers without a new name of the instruction one passed its tests (docs/benchmarks-edits.md).
"""

import re
from collections.abc import Iterable, Mapping

_QUOTED = re.compile(r"""(?<![\w"'`])["'`\u2018\u201c](\w{1,60})["'`\u2019\u201d](?!\w)""")
_LIKE_A_CLASS = re.compile(r"\b[A-Z][a-z]{1,60}[A-Z]\w{0,60}\b")
_CALLED = re.compile(r"\b([^\W\d]\w{0,60})\(")
_WORD = re.compile(r"\w+")
# Of a longer instruction the beginning says what is wanted.
_MOST_OF_AN_INSTRUCTION = 20_000


def new_words(instruction: str, files: Iterable[str]) -> frozenset[str]:
    """Return the words that ``instruction`` asks for and none of the texts ``files`` has."""
    asked = instruction[:_MOST_OF_AN_INSTRUCTION]
    words = {*_QUOTED.findall(asked), *_LIKE_A_CLASS.findall(asked), *_CALLED.findall(asked)}
    for text in files if words else ():
        words -= set(_WORD.findall(text))
    return frozenset(words)


def words_taken(words: frozenset[str], after: Mapping[str, str]) -> frozenset[str]:
    """Return which of ``words`` are in the files ``after`` an edit."""
    if not words:
        return words
    return frozenset(word for t in after.values() for word in words.intersection(_WORD.findall(t)))
