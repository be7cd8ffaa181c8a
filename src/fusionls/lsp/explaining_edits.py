"""What is said of an edit besides its trace: each change with who wants it, and what was left out."""

from typing import Any

from fusionls.core.editing.edit import Hunk
from fusionls.core.refactoring import EditSuggestion


def explained_edit(suggestion: EditSuggestion) -> dict[str, Any]:
    """Return the changes of ``suggestion`` and those that were dropped as JSON, with their texts."""
    starts = {file.name: file.document for file in suggestion.files}

    def said(hunk: Hunk) -> dict[str, Any]:
        document = starts.get(hunk.file)
        return {
            "file": hunk.file,
            # People count from 1. What was dropped may be about a file as a member thought it was.
            "line": document.line_at(hunk.start) + 1 if document else None,
            "start": hunk.start,
            "end": hunk.end,
            "text": hunk.text,
            "members": list(hunk.members),
            "unsure": hunk.unsure,
            "why": hunk.why,
        }

    return {
        "title": suggestion.title,
        "refusal": suggestion.refusal,
        "hunks": [said(hunk) for hunk in suggestion.hunks],
        "dropped": [said(hunk) for hunk in suggestion.dropped],
    }
