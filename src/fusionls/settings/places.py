"""On which line of a TOML file a key stands: read from its syntax tree, never by searching its text."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from tree_sitter import Language, Node, Parser

# Keys of tables, and positions in lists.
KeyPath = tuple[str | int, ...]
KEYS = frozenset({"bare_key", "quoted_key"})


class SourceText:
    """The text of a settings file. Its syntax is looked at only when somebody asks for a line."""

    def __init__(self, file: Path, text: str, prefix: KeyPath = ()) -> None:
        """Keep the text; ``prefix`` is the table in which the settings stand."""
        self.file = file
        self._text = text
        self._prefix = prefix

    def line_of(self, path: KeyPath) -> int | None:
        """Return the line, from 1, of the key ``path`` or of the nearest table around it, if there is one."""
        path = (*self._prefix, *path)
        for length in range(len(path), 0, -1):
            if line := self._lines.get(path[:length]):
                return line
        return None

    @cached_property
    def _lines(self) -> Mapping[KeyPath, int]:
        return lines_of_keys(self._text)


def lines_of_keys(text: str) -> dict[KeyPath, int]:
    """Return the line, from 1, of every key and of every item of a list. Broken parts are left out."""
    # Imported late: most files have no mistake, and nobody asks.
    import tree_sitter_toml

    root = Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node
    lines: dict[KeyPath, int] = {}
    items: dict[KeyPath, int] = {}
    # Depth first in the order of the text, without recursion: a file may be nested as deeply as it likes.
    waiting: list[tuple[Node, KeyPath]] = [(root, ())]
    while waiting:
        node, path = waiting.pop()
        if node.type in ("table", "table_array_element", "pair"):
            path += _key(node)
            for length in range(1, len(path) + 1):
                lines.setdefault(path[:length], node.start_point[0] + 1)
        if node.type == "table_array_element":
            position = items[path] = items.get(path, -1) + 1
            path += (position,)
            lines.setdefault(path, node.start_point[0] + 1)
        waiting.extend(reversed(list(_inner(node, path, lines))))
    return lines


def _inner(node: Node, path: KeyPath, lines: dict[KeyPath, int]) -> Iterator[tuple[Node, KeyPath]]:
    position = 0
    for child in node.named_children:
        if node.type == "array" and child.type != "comment":
            lines.setdefault((*path, position), child.start_point[0] + 1)
            yield child, (*path, position)
            position += 1
        elif child.type not in KEYS and child.type != "dotted_key":
            yield child, path


def _key(node: Node) -> KeyPath:
    """Return the key of a table's header or of a pair, in its parts."""
    found: list[str] = []
    waiting = [child for child in node.named_children if child.type in (*KEYS, "dotted_key")][:1]
    while waiting:
        part = waiting.pop()
        if part.type in KEYS:
            found.append(_unquoted((part.text or b"").decode()))
        else:
            waiting.extend(reversed(part.named_children))
    return tuple(found)


def _unquoted(key: str) -> str:
    try:
        return next(iter(tomllib.loads(f"{key} = 0")))
    except (tomllib.TOMLDecodeError, StopIteration):
        return key
