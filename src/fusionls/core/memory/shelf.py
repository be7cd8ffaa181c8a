"""The texts of a memory as they come, change and go: each counts once, and open documents count first."""

from fusionls.core.memory.memory import Memory
from fusionls.core.memory.open_text import OpenText
from fusionls.core.memory.segment import Segment, merged

# Each segment costs every answer some 50 microseconds.
MOST_SEGMENTS = 8
# Segments of more tokens than this are not merged: sorting so many takes 10 ms.
LARGE = 200_000


class Shelf:
    """Keeps the segments of ``memory`` in order."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        # The segment that holds the valid text of each name.
        self._valid: dict[str, Segment] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._valid

    def add(self, segment: Segment) -> None:
        """Take in texts, each in the place of an earlier one of its name."""
        for name in segment.names:
            self._hide(name)
            self._valid[name] = segment
            if name in self._memory.open:
                segment.hide(name)
        self._memory.segments.append(segment)

    def remove(self, name: str) -> None:
        """Let the text ``name``, if there is one, not be found any more."""
        self._hide(name)
        self._valid.pop(name, None)

    def remove_under(self, folder: str) -> None:
        """Drop all texts whose names lie in ``folder``, and the segments that are empty then."""
        around = folder.rstrip("/") + "/"
        for name in [name for name in self._valid if name.startswith(around)]:
            self.remove(name)
        used = {id(segment) for segment in self._valid.values()}
        self._memory.segments = [s for s in self._memory.segments if id(s) in used]

    def open(self, text: OpenText, name: str) -> None:
        """Let an open document count in the place of the text ``name``."""
        self._memory.open[name] = text
        self._hide(name)

    def used(self, name: str) -> None:
        """Note that the open document ``name`` is the one that was used last."""
        text = self._memory.open.pop(name, None)
        if text is not None:
            self._memory.open[name] = text

    def close(self, name: str) -> None:
        """Let the text ``name`` count again as it was taken in last."""
        self._memory.open.pop(name, None)
        if name in self._valid:
            self._valid[name].show(name)

    def tidy(self) -> None:
        """Merge the small segments if there are many: those of files that changed."""
        small = self._small()
        if len(self._memory.segments) <= MOST_SEGMENTS or len(small) < 2:
            return
        opened = [n for n in self._memory.open if self._valid.get(n) in small]
        for name in opened:
            self._valid[name].show(name)
        whole = merged(small)
        self._memory.segments = [s for s in self._memory.segments if s not in small]
        self._memory.segments.append(whole)
        self._valid.update(dict.fromkeys(whole.names, whole))
        for name in opened:
            whole.hide(name)

    def _small(self) -> list[Segment]:
        return [s for s in self._memory.segments if len(s.ids) < LARGE]

    def _hide(self, name: str) -> None:
        if name in self._valid:
            self._valid[name].hide(name)
