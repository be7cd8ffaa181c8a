"""Whether an answer is the whole of a file or of a class, or only the parts of it that change.

Models are asked for whole definitions, and some answer with less, some with more. What they leave out
stays, unless they were told to take it away: an edit may lack something, but it loses nothing.
"""

import re
from collections.abc import Mapping, Sequence

from fusionls.core.editing.definitions import Definition, DefinitionKind, definitions_of
from fusionls.core.editing.edit import Scope
from fusionls.core.editing.importing import is_import_line
from fusionls.core.editing.paths import offered_file
from fusionls.core.language import Language
from fusionls.core.text import fold_blanks, split_lines

# Of what else is in a file so much must be in an answer that is taken for the whole of it.
_MOST = 0.8
# Of its statements half: a model that writes a file again may rewrite some of them.
_HALF = 0.5
# With less of its lines, none of its names and no name of the instruction an answer is about other code.
_LEAST = 0.3
HALF_A_DEFINITION = "the answer holds half a definition"
_COMMENT_MARKS = ("#", "//", "/*", "*", "--", "<!--")
# Rust and C begin with it what is no comment.
_NO_COMMENT = ("#[", "#!", "#include", "#define", "#if", "#endif", "#pragma", "#else")
_REMOVING = re.compile(
    r"\b(?:remov|delet|drop|get rid|strip|eliminat|inlin|merg|combin|unus|dead|dedup|duplicat)\w*",
    re.IGNORECASE,
)
_WHATEVER = re.compile(
    r"\b(?:unused|dead|duplicat\w*|unneeded|unnecessary|every|all|other|rest)\b", re.I
)
_ABOVE_WORDS = ("decorator", "annotation", "attribute")
_WORD = re.compile(r"\w+")
# Of a longer instruction the beginning says what is wanted.
_INSTRUCTION = 20_000


def is_comment_line(line: str) -> bool:
    """Tell whether ``line`` is nothing but a comment, in any language."""
    bare = line.strip()
    return bare.startswith(_COMMENT_MARKS) and not bare.startswith(_NO_COMMENT)


def is_removal(instruction: str) -> bool:
    """Tell whether ``instruction`` asks to take something away."""
    return bool(_REMOVING.search(instruction[:_INSTRUCTION]))


def is_whole_file(before: str, code: str, scopes: Sequence[Scope], language: Language) -> bool:
    """Tell whether ``code`` is the file and not only the definitions of ``scopes``."""
    asked = {name for scope in scopes for name in scope.names}
    old, new = _top(before, language), {one.name for one in _top(code, language)}
    others = [
        one.name
        for one in old
        if one.name not in asked and not any(name.startswith(one.name + ".") for name in asked)
    ]
    if sum(name in new for name in others) < _MOST * len(others):
        return False
    outside = [fold_blanks(line) for line in split_lines(_without(before, old)) if line.strip()]
    given = {fold_blanks(line) for line in split_lines(code)}
    there = sum(line in given for line in outside)
    if not others:
        return bool(outside) and there >= _MOST * len(outside)
    return there >= _HALF * len(outside)


def is_part_of_file(before: str, code: str, language: Language, instruction: str = "") -> bool:
    """Tell whether ``code`` is only those definitions of ``before`` that change, and new ones.

    So it is where most of what stands around the definitions is missing, or where some are missing and none
    is repeated as it was: who writes a whole file copies most of it. What ``instruction`` wants away is
    not missing. One that stands alone and is a member of a class is a part as well.
    """
    old, new = _top(before, language), _top(code, language)
    known, names = {one.name for one in old}, {one.name for one in new}
    loose = _said(_without(code, new))
    if not new:
        return False
    if not names & known:
        members = {one.own_name for one in definitions_of(before, language) if one.depth > 0}
        return names <= members and all(map(is_import_line, loose))
    around = _said(_without(before, old))
    there = set(around)
    others = [line for line in loose if line not in there and not _is_aside(line)]
    given = set(_said(code))
    kept = [line for line in around if not is_import_line(line)]
    missing = [line for line in kept if line not in given]
    if kept and len(missing) > _HALF * len(kept):
        if len(others) >= _HALF * len(missing):
            # They were written anew; fewer are an example of how to use what is defined.
            return False
        return not _are_wanted_away(missing, known | set(_WORD.findall(code)), instruction)
    if around and not kept and not loose:
        return not _are_wanted_away(around, known | set(_WORD.findall(code)), instruction)
    return _are_left_out(before, old, (code, new), instruction)


def _is_aside(line: str) -> bool:
    return is_import_line(line) or is_comment_line(line)


def why_no_file(before: str, code: str, language: Language, instruction: str) -> str:
    """Return why ``code`` cannot stand for all of ``before``, "" if it can."""
    if _lost_bodies(before, code, language):
        return HALF_A_DEFINITION
    old, new = definitions_of(before, language), definitions_of(code, language)
    words = set(_WORD.findall(code))
    top = [one for one in old if one.depth == 0]
    if not top or not new or any(one.own_name in words for one in top):
        return ""
    if any(one.own_name in _WORD.findall(instruction[:_INSTRUCTION]) for one in new):
        return ""
    lines, given = _said(before), set(_said(code))
    kept = sum(line in given for line in lines)
    return "" if kept >= _LEAST * len(lines) else "the answer holds other code"


def _lost_bodies(before: str, after: str, language: Language) -> list[str]:
    """Return the names that are still defined or declared in ``after`` but have lost their bodies.

    Half of a function reads like a declaration in many languages.
    """
    had = {one.own_name for one in definitions_of(before, language) if one.body < one.end}
    new = definitions_of(after, language)
    have = {one.own_name for one in new if one.body < one.end}
    named = {one.own_name for one in new}
    if not have:
        named |= {name for name in had if re.search(rf"(?<!\w){re.escape(name)}\s{{0,9}}\(", after)}
    return sorted((had - have) & named)


def is_part_of_class(
    old: tuple[str, Definition],
    new: tuple[str, Definition],
    language: Language,
    instruction: str,
) -> bool:
    """Tell whether ``new`` is a class with only those members of ``old`` that change, and new ones."""
    if any(one.kind is not DefinitionKind.CLASS for _, one in (old, new)):
        return False
    members, given = (members_of(text, one, language) for text, one in (old, new))
    if not members or not {one.own_name for one in members} & {one.own_name for one in given}:
        return False
    own, said = _own_lines(*old, members), _own_lines(*new, given)
    if any(line not in own for line in said):
        return False
    if own and not said and len(given) == len(members):
        return not _are_wanted_away(own, set(_WORD.findall(new[0])), instruction)
    return _are_left_out(old[0], members, (new[0], given), instruction)


def keeps_above(
    texts: tuple[str, str], one: Definition, target: Definition, instruction: str
) -> bool:
    """Tell whether comments and decorators above the definition were only not repeated."""
    before, code = texts
    above = [line for line in split_lines(before[target.start : target.head]) if line.strip()]
    given = [line for line in split_lines(code[one.start : one.head]) if line.strip()]
    if not above or not all(map(is_comment_line, given)):
        return False
    if given and all(map(is_comment_line, above)):
        return False
    words = set(_WORD.findall(instruction)) if is_removal(instruction) else set()
    if all(map(is_comment_line, above)):
        return not any(word.startswith("comment") for word in words)
    named = set(_WORD.findall(" ".join(line for line in above if not is_comment_line(line))))
    return not (words & named or any(word.startswith(_ABOVE_WORDS) for word in words))


def members_of(text: str, one: Definition, language: Language) -> list[Definition]:
    """Return the definitions directly in a definition of ``text``."""
    return [
        other
        for other in definitions_of(text, language)
        if other.depth == one.depth + 1 and one.start <= other.start and other.end <= one.end
    ]


def _own_lines(text: str, one: Definition, members: Sequence[Definition]) -> list[str]:
    """Return what a class has beside its members and its header, without comments."""
    inner = [Definition("", one.kind, 0, one.body, "", 0, 0), *members]
    return [line for line in _said(_without(text[: one.end], inner)) if not is_comment_line(line)]


def _are_left_out(
    before: str,
    old: Sequence[Definition],
    answer: tuple[str, Sequence[Definition]],
    instruction: str,
) -> bool:
    """Tell whether definitions are missing only because they stay as they are."""
    code, new = answer
    there = {one.own_name for one in new}
    missing = [one for one in old if one.own_name not in there]
    asked = instruction[:_INSTRUCTION]
    words = set(_WORD.findall(asked))
    if not missing or all(one.own_name in words for one in missing):
        return False
    if is_removal(asked) and _WHATEVER.search(asked):
        return False
    known = {one.own_name: _body(before, one) for one in old}
    unknown = sum(one.own_name not in known for one in new)
    if unknown >= len(missing) and len(new) >= len(old):
        # As many are new as are missing: they were renamed.
        return False
    copied = any(known.get(one.own_name) == _body(code, one) for one in new)
    return not copied or 2 * len(missing) > len(old)


def _body(text: str, one: Definition) -> str:
    return fold_blanks(text[one.head : one.end])


def _are_wanted_away(lines: Sequence[str], others: set[str], instruction: str) -> bool:
    """Tell whether an instruction speaks of what is in ``lines`` and nowhere else."""
    asked = instruction[:_INSTRUCTION].lower()
    if not is_removal(asked):
        return False
    if "comment" in asked and any(map(is_comment_line, lines)):
        return True
    wanted = set(_WORD.findall(asked))
    wanted |= {word.removesuffix("s") for word in wanted}
    words = {word.lower() for line in lines for word in _WORD.findall(line) if word not in others}
    return bool(words & wanted)


def _top(text: str, language: Language) -> list[Definition]:
    return [one for one in definitions_of(text, language) if one.depth == 0]


def _said(text: str) -> list[str]:
    """Return the lines of ``text`` that hold more than marks."""
    lines = (fold_blanks(line) for line in split_lines(text))
    return [line for line in lines if any(map(str.isalnum, line))]


def _without(text: str, definitions: Sequence[Definition]) -> str:
    at, parts = 0, []
    for one in definitions:
        parts.append(text[at : one.start])
        at = max(at, one.end)
    return "".join((*parts, text[at:]))


def without_name(code: str, name: str, files: Mapping[str, str]) -> str:
    """Return ``code`` without a first line that only says that it is for the file ``name``."""
    first, end, rest = code.lstrip("\r\n").partition("\n")
    said = first.strip().strip("#/*<>!- \r").removeprefix("file:").removeprefix("File:").strip()
    is_name = bool(end) and first[:1] in "#/<" and bool(said) and first not in files[name]
    return rest if is_name and offered_file(said, files) == name else code


def loose_lines(code: str, language: Language) -> list[str]:
    """Return the lines of an answer that are in none of its definitions."""
    return split_lines(_without(code, _top(code, language)))
