"""The code actions at a place. Asked for with every move of a cursor, so nothing is parsed here."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from fusionls.core.text import DocumentSnapshot
from fusionls.lsp.edit_requests import MOST_REPORTED, REFACTOR, carried_by
from fusionls.lsp.positions import offset_at
from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.core.refactorings._refactoring import Refactoring, Where

KINDS = (
    types.CodeActionKind.QuickFix,
    types.CodeActionKind.Refactor,
    types.CodeActionKind.RefactorExtract,
    types.CodeActionKind.RefactorInline,
    types.CodeActionKind.RefactorRewrite,
)
# What a title needs of a selection or a line, and no more of a file that is one endless line.
LONGEST_SELECTION = 4_000
LONGEST_LINE = 1_000
_WORD_AT_END = re.compile(r"\w*\Z")
_WORD = re.compile(r"\w*")


def actions_at(
    session: Session, params: types.CodeActionParams
) -> list[types.Command | types.CodeAction] | None:
    """Return the actions, None where there are none: also where nobody would be asked for an edit.

    What the client can take they are: actions whose edit it asks for later, or that run our command, or
    the commands themselves.
    """
    # Imported here: the start of a session does without.
    from fusionls.core.refactorings import refactorings

    snapshot = session.documents.get(params.text_document.uri)
    client = session.client
    if snapshot is None or not (client.resolves_edits or client.applies_edits):
        return None
    if session.engine.edits.why_not(snapshot.uri, snapshot.language_id):
        return None
    where = _where(session, snapshot, params)
    found: list[types.Command | types.CodeAction] = []
    for refactoring in refactorings().values():
        if not _is_wanted(refactoring.kind, params.context.only):
            continue
        title = refactoring.title(where)
        if title:
            found.append(_action(session, snapshot, params, refactoring, title))
    if found:
        session.listed.keep(snapshot)
    return found or None


def _action(
    session: Session,
    snapshot: DocumentSnapshot,
    params: types.CodeActionParams,
    refactoring: "Refactoring",
    title: str,
) -> types.Command | types.CodeAction:
    reported = params.context.diagnostics if _is_fix(refactoring) else ()
    carried = carried_by(snapshot.uri, snapshot.version, params.range, refactoring.name, reported)
    command = types.Command(title, REFACTOR, arguments=[carried])
    if not session.client.takes_code_actions:
        return command
    lazy: dict[str, Any] = (
        {"data": carried} if session.client.resolves_edits else {"command": command}
    )
    return types.CodeAction(
        title,
        kind=refactoring.kind,
        diagnostics=list(reported) or None,
        is_preferred=False if _is_fix(refactoring) else None,
        **lazy,
    )


def _is_fix(refactoring: "Refactoring") -> bool:
    return refactoring.kind == types.CodeActionKind.QuickFix.value


def _is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Tell whether the client wants actions of ``kind``: of that one or of one that it is part of."""
    if only is None:
        return True
    wanted = [one.value if isinstance(one, types.CodeActionKind) else one for one in only]
    return any(not one or kind == one or kind.startswith(f"{one}.") for one in wanted)


def _where(session: Session, snapshot: DocumentSnapshot, params: types.CodeActionParams) -> "Where":
    from fusionls.core.languages import language_for
    from fusionls.core.refactorings._refactoring import Where

    encoding = session.documents.encoding
    ends = (offset_at(snapshot, at, encoding) for at in (params.range.start, params.range.end))
    start, end = sorted(ends)
    language = language_for(snapshot.language_id, snapshot.uri)
    number = snapshot.line_at(start)
    line = snapshot.slice(
        max(snapshot.line_start(number), start - LONGEST_LINE),
        min(snapshot.content_end(number), start + LONGEST_LINE),
    )
    selected = snapshot.slice(start, min(end, start + LONGEST_SELECTION))
    reported = params.context.diagnostics[:MOST_REPORTED]
    return Where(
        language=language.name if language else "",
        selected=selected,
        word=_word(snapshot, start, selected),
        line=line,
        reported=tuple(str(getattr(one.message, "value", one.message)) for one in reported),
    )


def _word(snapshot: DocumentSnapshot, start: int, selected: str) -> str:
    """Return the selection if it is one word, the word around the cursor if nothing is selected."""
    if selected:
        return selected if _WORD.fullmatch(selected) else ""
    before = _WORD_AT_END.search(snapshot.slice(start - LONGEST_LINE, start))
    behind = _WORD.match(snapshot.slice(start, start + LONGEST_LINE))
    return (before.group() if before else "") + (behind.group() if behind else "")
