"""What members are asked: in a chat, or by a text whose end they continue.

Asked for is the whole smallest definition around the place, never a diff: one open model of 32B was measured
to do 16.4 % of the edits of a benchmark with whole files, and 8.0 % with diffs.
"""

import re
from collections.abc import Iterator

from fusionls.core.defusing import defused
from fusionls.core.editing.edit import EditTask, Format, Scope
from fusionls.core.editing.opening import Work, language_of
from fusionls.core.editing.orders import PromptOrder, Style
from fusionls.core.editing.surroundings import surroundings
from fusionls.core.prompt import ChatMessage, RenderedPrompt

# What a model is taken to hold where nobody knows: all that people run today hold more, and a server that
# was started with less says so.
UNKNOWN_TOKENS = 8_192
# Code points of code to a token; tokenizers make 3 to 4 of it. Other scripts take about a token each.
_PER_TOKEN = 3
# An edit grows what it edits, by a half at most as a rule; with fences and a word or two around it.
_GROWTH, _AROUND = 1.5, 160
# What is around an edit helps up to about here; more costs time and distracts.
SURROUNDINGS = 6_000
# High enough that samples differ, low enough that code still parses: model cards of code models name 0.6 to
# 0.8, and pass@k is measured with 0.8 (M. Chen et al., 2021, for more samples than are drawn here).
SAMPLING = 0.7
# A person reads no more of what a compiler says.
_MOST_REPORTS = 10

_SYSTEM = (
    "You edit code in an editor. Do exactly what the instruction asks for, completely, and nothing else: "
    "everything it does not concern stays as it is, to the letter, with its names, comments and layout."
)
# Where the answer is a name or a sentence, talk of edits and of code blocks would only mislead.
_SYSTEM_FOR_WORDS = (
    "You answer a question about code in an editor. Give what is asked for and nothing else: no code block, "
    "no quotes around it, no explanation."
)
_WHOLE = (
    "Answer with the whole code to change as it is after the change, from its first line to its last, with "
    "the lines that stay the same, in one fenced code block. Write nothing else: no explanation, no diff, "
    "nothing left out or replaced by `...`."
)
_DEFINITIONS = (
    "Answer with the code to change as it is after the change, in one fenced code block: every definition "
    "that is shown there, complete, with the lines that stay the same. Imports that it newly needs stand "
    "above it. Write nothing else: no explanation, no diff, none of the other code of the file, and nothing "
    "left out or replaced by `...`."
)
_OF_SEVERAL = (
    "Answer with one fenced code block for each file that changes, and above each block a line with the name "
    "of its file. A block holds all of the code to change in that file as it is after the change, with the "
    "lines that stay the same; imports that it newly needs stand above it. Leave out files that stay as they "
    "are. Write nothing else: no explanation, no diff, none of the other code of a file, and nothing left "
    "out or replaced by `...`."
)
_BLOCKS = (
    "Answer with search/replace blocks and nothing else. Above each block write the name of its file. A "
    "block looks like this:\n<<<<<<< SEARCH\nlines as they are, to the letter\n=======\nlines as they are to "
    "be\n>>>>>>> REPLACE\nTake into SEARCH as many lines as it needs to be found once in the file."
)
_QUOTE = "`"
_RUN = re.compile(r"`{3,}")


def tokens_of(text: str) -> int:
    """Return about how many tokens ``text`` takes, rather too many."""
    others = 0 if text.isascii() else sum(sign > "\x7f" for sign in text)
    return -(-(len(text) - others) // _PER_TOKEN) + others


def answer_tokens(work: Work) -> int:
    """Return how long the answer may be."""
    if work.refactoring.most_tokens > 0:
        return work.refactoring.most_tokens
    task = work.task
    code = sum(tokens_of(task.files[one.file][one.start : one.end]) for one in task.scopes)
    return int(code * _GROWTH) + _AROUND * len(_files(task))


def asked(work: Work, order: PromptOrder, beside: str = "") -> RenderedPrompt | str:
    """Return what a member is asked, or why it cannot be, in a sentence for people.

    Surroundings come as far as there is room; the code to be edited, the answer and what is to be said
    ``beside`` the instruction have to fit.
    """
    answer = answer_tokens(work)
    most = order.tokens or UNKNOWN_TOKENS
    bare = _rendered(work, order, (answer, 0), beside)
    needed = tokens_of("".join(message.content for message in bare.messages) + bare.text) + answer
    if needed > most:
        return f"the code to change is too long for this model: {needed} tokens of {most}"
    share = min(max(order.share, 0.0), 1.0)
    room = min(int((most - needed) * _PER_TOKEN * 0.9), int(SURROUNDINGS * share))
    full = _rendered(work, order, (answer, room), beside)
    length = tokens_of("".join(message.content for message in full.messages) + full.text)
    return full if length + answer <= most else bare


def _rendered(
    work: Work, order: PromptOrder, lengths: tuple[int, int], beside: str
) -> RenderedPrompt:
    """Return the prompt for an answer of some tokens, with surroundings of some code points."""
    answer, room = lengths
    sampled = order.sample > 0
    make = _chat if order.style is Style.CHAT else _text
    prompt = make(work, order, room, beside)
    return RenderedPrompt(
        text=prompt.text,
        messages=prompt.messages,
        stop=prompt.stop,
        given=prompt.given,
        max_tokens=answer,
        temperature=SAMPLING if sampled else 0.0,
        seed=order.sample if sampled else None,
        edits=True,
    )


def _chat(work: Work, order: PromptOrder, room: int, beside: str) -> RenderedPrompt:
    task = work.task
    instruction = defused(task.instruction, order.special_tokens)
    parts = [
        *_shown(work, order, room),
        *_places(work, order),
        f"Instruction: {instruction}",
        *([beside] if beside else []),
        _how(work, order),
    ]
    system = _SYSTEM_FOR_WORDS if work.refactoring.answer else _SYSTEM
    return RenderedPrompt(
        messages=(ChatMessage("system", system), ChatMessage("user", "\n\n".join(parts)))
    )


def _how(work: Work, order: PromptOrder) -> str:
    """Return in which form to answer."""
    if work.refactoring.answer:
        return work.refactoring.answer
    if order.format is Format.BLOCKS:
        return _BLOCKS
    if len(_files(work.task)) > 1:
        return _OF_SEVERAL
    return _DEFINITIONS if any(scope.names for scope in work.task.scopes) else _WHOLE


def _files(task: EditTask) -> list[str]:
    """Return the files that are shown for editing, the one asked in first."""
    return list(dict.fromkeys(scope.file for scope in task.scopes))


def _shown(work: Work, order: PromptOrder, room: int) -> Iterator[str]:
    """Yield the files: what is around the code, and the code."""
    task = work.task
    names = [*_files(task), *(name for name in task.files if name not in _files(task))]
    for number, name in enumerate(names):
        # Half of what is left for each: the first file is where the person is.
        part = room if number + 1 == len(names) else room // 2
        scopes = [scope for scope in task.scopes if scope.file == name]
        text = task.files[name]
        around = surroundings(text, language_of(task, name), scopes, part, task.instruction)
        room -= len(around)
        label = defused(name, order.special_tokens)
        if around:
            yield f"Other code of `{label}`, only to be read:\n" + fenced(task, name, around, order)
        code = [text[scope.start : scope.end] for scope in scopes]
        if scopes:
            new = " (a new file)" if not text else ""
            blocks = "\n".join(fenced(task, name, part, order) for part in code)
            what = "The code" if work.refactoring.answer else "The code to change,"
            yield f"{what} in `{label}`{new}:\n{blocks}"


def fenced(task: EditTask, name: str, code: str, order: PromptOrder) -> str:
    """Return ``code`` of a file between fences, with its language."""
    mark = mark_for(code)
    body = defused(code.strip("\r\n"), order.special_tokens)
    return f"{mark}{task.languages.get(name, '')}\n{body}\n{mark}"


def mark_for(code: str) -> str:
    """Return a fence that is longer than any in ``code``."""
    return "`" * max((len(run) + 1 for run in _RUN.findall(code)), default=3)


def _places(work: Work, order: PromptOrder) -> Iterator[str]:
    """Yield what is selected and what was reported, where that is only a part of what is shown."""
    task = work.task
    first = next((scope for scope in task.scopes if scope.file == work.first), None)
    if first is None or work.refactoring.answer:
        # A name or a description is asked for by the instruction: a line beside it would be described.
        return
    text = task.files[first.file]
    if task.selected is not None:
        low, high = task.selected
        selected = text[low:high]
        if selected.strip() and selected.strip() != text[first.start : first.end].strip():
            yield "Selected in it:\n" + fenced(task, first.file, selected, order)
        elif not selected.strip() and first.names != ():
            line = _line_at(text, low).strip()
            if line:
                yield f"The cursor is in the line `{defused(line, order.special_tokens)}`."
    reports = [
        f"- line `{_line_at(text, one.start).strip()}`: {one.message.strip()}"
        for one in work.reported
        if first.start <= one.start <= first.end and one.message not in task.instruction
    ]
    if reports:
        told = defused("\n".join(reports[:_MOST_REPORTS]), order.special_tokens)
        yield f"Reported in it:\n{told}"


def _line_at(text: str, at: int) -> str:
    low = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    ends = [end for end in (text.find("\n", at), text.find("\r", at)) if end >= 0]
    return text[low : min(ends, default=len(text))]


def _text(work: Work, order: PromptOrder, room: int, beside: str) -> RenderedPrompt:
    """Return a text with headings whose last part is the answer."""
    task = work.task
    several = len(_files(task)) > 1
    first = _files(task)[0] if task.scopes else next(iter(task.files))
    parts = [*_shown_as_text(work, order, room)]
    parts.append(f"## Instruction\n{defused(task.instruction, order.special_tokens)}")
    parts += [beside] if beside else []
    if work.refactoring.answer:
        return _words_only(work, parts)
    code = "\n".join(task.files[one.file][one.start : one.end] for one in task.scopes)
    mark = mark_for(code)
    given = f"{mark}{task.languages.get(first, '')}\n"
    stop: tuple[str, ...] = (f"\n{mark}",)
    if several:
        given = f"`{defused(first, order.special_tokens)}`\n{given}"
        stop = ("\n## ",)
    text = "\n\n".join((*parts, f"## Code after\n{given}"))
    return RenderedPrompt(text=text, stop=stop, given=given)


def _words_only(work: Work, parts: list[str]) -> RenderedPrompt:
    """Return a text that ends where a name or a sentence begins."""
    said, given = work.lead
    text = "\n\n".join((*parts, f"{work.refactoring.answer}\n\n## Answer\n{said}{given}"))
    # A name in quotes ends with them, a sentence with its paragraph.
    stop = ("\n", _QUOTE) if said.endswith(_QUOTE) else ("\n\n", "\n## ", "\n```")
    return RenderedPrompt(text=text, stop=stop, given=given)


def _shown_as_text(work: Work, order: PromptOrder, room: int) -> Iterator[str]:
    task = work.task
    several = len(_files(task)) > 1
    before: list[str] = []
    for name in _files(task):
        scopes = [scope for scope in task.scopes if scope.file == name]
        text = task.files[name]
        label = f"`{defused(name, order.special_tokens)}`\n" if several else ""
        around = surroundings(text, language_of(task, name), scopes, room, task.instruction)
        room -= len(around)
        if around:
            yield f"## Around it\n{label}{fenced(task, name, around, order)}"
        before += [label + _scoped(task, scope, order) for scope in scopes]
    yield "## Code before\n" + "\n".join(before)


def _scoped(task: EditTask, scope: Scope, order: PromptOrder) -> str:
    return fenced(task, scope.file, task.files[scope.file][scope.start : scope.end], order)
