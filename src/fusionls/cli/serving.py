"""``fusionls --stdio``: the session first, and what its answers need once the client is served."""

import gc
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fusionls.engine.pipeline import CompletionEngine
    from fusionls.engine.recorded import Write


def serve_stdio(
    client_pid: int | None = None,
    transcript: Path | None = None,
    record: Path | None = None,
    *,
    with_content: bool = False,
) -> None:
    """Serve one LSP client on stdin and stdout. Ends the process.

    ``client_pid`` is the editor's process, whose end ends the session; ``transcript`` takes all that is
    said, ``record`` the traces of requests, with the answers' text if ``with_content``.
    """
    from fusionls.lsp.serving import run_stdio

    open_engine = partial(_open_engine, record=record, with_content=with_content)
    if transcript is None:
        run_stdio(open_engine, client_pid=client_pid)
        return
    from fusionls.lsp.recording import Recording

    recording = Recording(transcript)
    run_stdio(partial(open_engine, recording.write), client_pid=client_pid, recording=recording)


def _open_engine(
    write: "Write | None" = None, *, record: Path | None = None, with_content: bool = False
) -> "tuple[CompletionEngine, tuple[str, ...]]":
    """Import the HTTP client and read the settings, which takes as long as starting a protocol."""
    try:
        from fusionls import wiring

        return wiring.open_engine(write, record, with_content=with_content)
    finally:
        # Modules and classes live as long as the process. Looking for garbage among them again and again
        # costs up to 30 ms each time, in the middle of somebody's typing.
        gc.collect()
        gc.freeze()
