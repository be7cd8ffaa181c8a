"""A name out of words that say what something holds: "the number of elements" is ``number_of_elements``.

The smallest models find no better name for ``n``, but they know what it holds.
"""

import re

# More words than these are a sentence and no thing.
_MOST_WORDS = 14
_LONGEST = 300
_MOST_IN_NAME = 4
_HOLDS = re.compile(
    r"\b(?:holds|stores|contains|represents|means|refers to|keeps)\s{1,4}"
    r"((?:the|an?|all|its|each)\s[^\n]{1,200})",
    re.IGNORECASE,
)
_END = re.compile(r"[.,;:!?\n`()\[\]{}=<>\"]")
# What is behind a word of code.
_CODE = re.compile(r"[(;=\[{]|\.\w")
_THING = re.compile(r"[A-Za-z][A-Za-z0-9' \-]*\Z")
_SMALL_LISTED = """
the a an all its each this that these those given specified current new some any every single own
"""
_SMALL = frozenset(_SMALL_LISTED.split())
# Behind these nothing names the thing itself.
_CUT_LISTED = """
that which in for from and when where is are was were to with by as on at if after before or using whose
used so because while into between returned passed
"""
_CUT = frozenset(_CUT_LISTED.split())
# Alone these say nothing.
_VAGUE_LISTED = """
number count list array dictionary map set name names length sum index value values string size type instance
object copy result output input contents content rest part start end variable slice vector table
"""
_VAGUE = frozenset(_VAGUE_LISTED.split())
# And of these nothing is said at all.
_EMPTY = frozenset(("function", "code", "program", "variable", "method", "loop", "parameter"))
_TALK_LISTED = """
i you we cannot can sorry sure please here answer let should would better
"""
_TALK = frozenset(_TALK_LISTED.split())


def name_said(text: str) -> str:
    """Return a name, with underscores, for the thing that ``text`` begins to describe, "" if it is none."""
    found = _HOLDS.search(text[:_LONGEST])
    said = (found[1] if found else text[:_LONGEST]).strip()
    phrase = _END.split(said, maxsplit=1)[0].strip()
    if _CODE.match(said, len(phrase)):
        return ""
    words = phrase.lower().replace("-", " ").replace("'s", "").split()
    if not _THING.match(phrase) or len(words) > _MOST_WORDS or _TALK & set(words):
        return ""
    stop = next((n for n, word in enumerate(words) if n and word in _CUT), len(words))
    kept = [word for word in words[:stop] if word not in _SMALL and word.isalnum()]
    if "of" in kept:
        at = kept.index("of")
        head = kept[:at]
        tail = [word for word in kept[at + 1 :] if word not in _EMPTY and word != "of"]
        vague = len(head) == 1 and head[0] in _VAGUE
        kept = [*head, "of", *tail[:2]] if vague and tail else head
    kept = [word for word in kept if word not in _EMPTY][:_MOST_IN_NAME]
    return "_".join(kept) if kept and set(kept) != {"of"} else ""
