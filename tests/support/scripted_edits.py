"""An engine for edits that does as it is told, in the time that it is told to take."""

import asyncio
from collections.abc import Callable, Mapping

from fusionls.core.edit_tracing import edit_trace
from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.orders import Decision
from fusionls.core.refactoring import EditFile, EditSuggestion, RefactorRequest
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.ports import NoFile
from fusionls.engine.refactoring import EditEngine


def replaced(old: str, new: str, **more: object) -> Callable[[EditFile], list[Hunk]]:
    """Replace every ``old`` of a file; ``more`` are fields of the hunks."""

    def hunks(file: EditFile) -> list[Hunk]:
        text, found, at = file.document.text, [], 0
        while (at := text.find(old, at)) >= 0:
            found.append(Hunk(file.name, at, at + len(old), new, **more))  # type: ignore[arg-type]  # by name
            at += max(len(old), 1)
            if not old:
                break
        return found

    return hunks


ANYTHING = replaced("a", "b")


class ScriptedEdits(EditEngine):
    """Edits every file by ``change``, after ``after_s``, in the newest version of it.

    ``disk`` are the files that are not open, by URI. ``off`` is why nobody would be asked, ``refusal`` why
    nothing comes of it. ``asked`` are the requests, ``ended`` how each ended.
    """

    def __init__(
        self,
        change: Callable[[EditFile], list[Hunk]] = ANYTHING,
        *,
        after_s: float = 0.0,
        refusal: str = "",
        off: str = "",
        disk: Mapping[str, str] | None = None,
        dropped: tuple[Hunk, ...] = (),
    ) -> None:
        self.change, self.after_s, self.refusal, self.off = change, after_s, refusal, off
        self.disk, self.dropped = disk or {}, dropped
        self.asked: list[RefactorRequest] = []
        self.ended: list[str] = []

    async def refactor(
        self,
        request: RefactorRequest,
        report: Callable[[str], None] = lambda sentence: None,
        now: Callable[[str], DocumentSnapshot | None] = lambda uri: None,
    ) -> EditSuggestion:
        self.asked.append(request)
        report("asking m and n")
        try:
            await asyncio.sleep(self.after_s)
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("done")
        files = tuple(
            EditFile(f.name, now(f.document.uri) or f.document, f.exists) for f in request.files
        )
        hunks = tuple(hunk for file in files for hunk in self.change(file))
        trace = edit_trace(
            request,
            20_000.0,
            (),
            (1000 * self.after_s, "m and n agree"),
            decision=Decision(() if self.refusal else hunks, self.dropped),
            files=files,
            refusal=self.refusal,
        )
        if self.refusal:
            return EditSuggestion(request, trace, files, refusal=self.refusal)
        return EditSuggestion(request, trace, files, hunks, self.dropped, title="Say it better")

    def why_not(self, uri: str, language_id: str = "") -> str:
        return self.off

    async def file_at(self, uri: str, *, must_exist: bool = True) -> DocumentSnapshot:
        if not uri.startswith("file:///src/"):
            raise NoFile(f"{uri.rpartition('/')[2]} lies outside of the workspace folders")
        if uri not in self.disk and must_exist:
            raise NoFile(f"{uri.rpartition('/')[2]} does not exist")
        return DocumentSnapshot(uri, "", -1, self.disk.get(uri, ""))

    async def aclose(self) -> None:
        pass
