"""What a client asks to have changed: read, checked, and made into a request with its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from lsprotocol import types

from fusionls.core.refactoring import EditFile, EditTrigger, RefactorRequest, Reported
from fusionls.core.text import DocumentSnapshot, without_lone_surrogates
from fusionls.core.uris import document_key
from fusionls.lsp.edits import creates_files
from fusionls.lsp.failing import RequestFailed, WrongParams
from fusionls.lsp.file_names import name_of, told_apart, uri_beside
from fusionls.lsp.positions import offset_at
from fusionls.lsp.session import Session

REFACTOR = "fusionls.refactor"
REWRITE = "rewrite"
# Nobody names more files by hand, and no model reads them.
MOST_FILES = 50
# A page of instructions is long; more is a file that was pasted by mistake.
LONGEST_INSTRUCTION = 20_000
# A place with more diagnostics has one cause, and models read the first.
MOST_REPORTED = 20
LONGEST_REPORT = 2_000

_MOST = 2**31 - 1
_FIELDS = ("uri", "range", "instruction", "refactoring", "files")
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class WantedEdit:
    """An edit that a client wants. ``document`` is the version of ``uri`` that it means, None if not open.

    Ranges are in units of the negotiated encoding. ``files`` are the URIs of others that may be edited.
    """

    uri: str
    range: types.Range
    document: DocumentSnapshot | None
    trigger: EditTrigger
    instruction: str = ""
    refactoring: str = REWRITE
    files: tuple[str, ...] = ()
    reported: tuple[tuple[types.Range, str], ...] = ()


def wanted_by_command(session: Session, arguments: Sequence[Any]) -> WantedEdit:
    """Read the arguments of ``fusionls.refactor``: one object, or its fields one by one.

    Raises WrongParams, and RequestFailed for what is well said and cannot be done.
    """
    if len(arguments) == 1 and isinstance(arguments[0], dict):
        return _wanted(session, arguments[0], EditTrigger.COMMAND)
    said = {name: v for name, v in zip(_FIELDS, arguments, strict=False) if v is not None}
    return _wanted(session, said, EditTrigger.COMMAND)


def wanted_by_action(session: Session, carried: Any) -> WantedEdit:
    """Read what a code action carried along; it came back by way of the client. Raises as above."""
    wanted = _wanted(session, carried, EditTrigger.ACTION)
    if wanted.document is None:
        raise RequestFailed(f"{name_of(session.folders, wanted.uri)} is not open any more.")
    return wanted


def carried_by(
    uri: str, version: int, span: types.Range, refactoring: str, reported: Sequence[Any]
) -> dict[str, Any]:
    """Return what a code action carries along, as JSON: the two functions above read it."""
    found = [(one.range, _message(one.message)) for one in reported[:MOST_REPORTED]]
    return {
        "uri": uri,
        "version": version,
        "range": _range_json(span),
        "refactoring": refactoring,
        "diagnostics": [{"range": _range_json(where), "message": said} for where, said in found],
    }


async def edit_request(
    session: Session, wanted: WantedEdit, capabilities: types.ClientCapabilities
) -> RefactorRequest:
    """Return the request, with every file that may be edited. Raises RequestFailed if one cannot be had."""
    first = wanted.document or (await _file(session, wanted.uri))[0]
    found = [(first, True)]
    for uri in wanted.files:
        found.append(await _file(session, uri))
    target = _target(session, wanted)
    if target and document_key(target) not in {document_key(one.uri) for one, _ in found}:
        found.append(await _file(session, target, may_create=True))
        if not found[-1][1] and not creates_files(capabilities):
            name = name_of(session.folders, target)
            raise RequestFailed(f"{name} does not exist, and this editor lets no server create it.")
    names = told_apart(name_of(session.folders, document.uri) for document, _ in found)
    files = (
        EditFile(n, document, exists) for n, (document, exists) in zip(names, found, strict=True)
    )
    start, end = _offsets(session, first, wanted.range)
    return RefactorRequest(
        id=f"e{next(_numbers)}",
        files=tuple(files),
        start=start,
        end=end,
        instruction=wanted.instruction,
        refactoring=wanted.refactoring,
        trigger=wanted.trigger,
        diagnostics=tuple(
            Reported(*_offsets(session, first, where), said) for where, said in wanted.reported
        ),
    )


def _wanted(session: Session, said: Any, trigger: EditTrigger) -> WantedEdit:
    if not isinstance(said, dict):
        raise WrongParams(f"{REFACTOR} needs an object with uri, range and instruction")
    uri, version = said.get("uri"), said.get("version")
    if not isinstance(uri, str) or not uri:
        raise WrongParams("uri must be the URI of a document")
    if version is not None and type(version) is not int:
        raise WrongParams("version must be an integer")
    span = _range(said.get("range"))
    instruction = without_lone_surrogates(_text(said, "instruction", "")).strip()
    refactoring = _text(said, "refactoring", REWRITE)
    _check(instruction, refactoring)
    return WantedEdit(
        uri,
        span,
        _meant(session, uri, version),
        trigger,
        instruction,
        refactoring,
        _others(said.get("files"), uri),
        _reported(said.get("diagnostics")),
    )


def _check(instruction: str, refactoring: str) -> None:
    # Imported here: the start of a session does without.
    from fusionls.core.refactorings import refactorings

    if refactoring not in refactorings():
        known = ", ".join(sorted(refactorings()))
        raise RequestFailed(f"There is no refactoring {refactoring[:40]!r}; there are {known}.")
    if len(instruction) > LONGEST_INSTRUCTION:
        raise RequestFailed(f"An instruction may have {LONGEST_INSTRUCTION:,} characters at most.")


def _meant(session: Session, uri: str, version: int | None) -> DocumentSnapshot | None:
    """Return the open document in the version that the client means; the newest if it does not say."""
    newest = session.documents.get(uri)
    if newest is None or version is None or newest.version == version:
        return newest
    listed = session.listed.get(uri, version)
    if listed is None:
        name = name_of(session.folders, uri)
        raise RequestFailed(f"{name} was changed since the actions were listed: list them again.")
    return listed


def _target(session: Session, wanted: WantedEdit) -> str:
    """Return the URI of the further file that the refactoring writes, "" if it writes none."""
    from fusionls.core.refactorings import refactorings

    folders = session.folders
    name = refactorings()[wanted.refactoring].target(name_of(folders, wanted.uri))
    return uri_beside(folders, wanted.uri, name) if name else ""


async def _file(
    session: Session, uri: str, *, may_create: bool = False
) -> tuple[DocumentSnapshot, bool]:
    """Return the newest version of a file, and whether it exists."""
    # Imported here, as the engine is.
    from fusionls.engine.ports import NoFile

    newest = session.documents.get(uri)
    if newest is not None:
        return newest, True
    edits = session.engine.edits
    try:
        try:
            return await edits.file_at(uri), True
        except NoFile:
            if not may_create:
                raise
            return await edits.file_at(uri, must_exist=False), False
    except NoFile as error:
        raise RequestFailed(str(error)) from error


def _offsets(session: Session, document: DocumentSnapshot, span: types.Range) -> tuple[int, int]:
    """Return a range as code points, clamped, the right way round."""
    encoding = session.documents.encoding
    ends = (offset_at(document, position, encoding) for position in (span.start, span.end))
    start, end = sorted(ends)
    return start, end


def _others(files: Any, uri: str) -> tuple[str, ...]:
    if files is None:
        return ()
    if not isinstance(files, list | tuple) or not all(isinstance(one, str) for one in files):
        raise WrongParams("files must be a list of URIs")
    known = {document_key(uri): uri}
    for one in files:
        known.setdefault(document_key(one), one)
    if len(known) > MOST_FILES:
        raise RequestFailed(f"{MOST_FILES} files can be edited at once at most.")
    return tuple(known.values())[1:]


def _reported(diagnostics: Any) -> tuple[tuple[types.Range, str], ...]:
    if diagnostics is None:
        return ()
    if not isinstance(diagnostics, list | tuple) or not all(
        isinstance(d, dict) for d in diagnostics
    ):
        raise WrongParams("diagnostics must be a list of objects with range and message")
    found = diagnostics[:MOST_REPORTED]
    return tuple((_range(one.get("range")), _message(one.get("message"))) for one in found)


def _message(message: Any) -> str:
    # Since 3.18 it may be marked up.
    said = getattr(message, "value", message)
    return without_lone_surrogates(said if isinstance(said, str) else "")[:LONGEST_REPORT]


def _range(value: Any) -> types.Range:
    if not isinstance(value, dict):
        raise WrongParams("range must be an object with start and end")
    return types.Range(_position(value.get("start")), _position(value.get("end")))


def _position(value: Any) -> types.Position:
    line, character = (
        (value.get("line"), value.get("character")) if isinstance(value, dict) else (None, None)
    )
    if type(line) is not int or type(character) is not int or min(line, character) < 0:
        raise WrongParams("a position must have a line and a character, both integers from 0")
    # The protocol's numbers end there; what lies beyond a document is its end in any case.
    return types.Position(min(line, _MOST), min(character, _MOST))


def _range_json(span: types.Range) -> dict[str, dict[str, int]]:
    return {
        "start": {"line": span.start.line, "character": span.start.character},
        "end": {"line": span.end.line, "character": span.end.character},
    }


def _text(said: dict[str, Any], name: str, absent: str) -> str:
    value = said.get(name, absent)
    if not isinstance(value, str):
        raise WrongParams(f"{name} must be a text")
    return value
