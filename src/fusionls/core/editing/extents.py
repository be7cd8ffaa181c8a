"""Where a definition begins and ends in the bytes of a text."""

import tree_sitter

# Directly above a definition these are about it.
ABOVE = frozenset(
    ["comment", "line_comment", "block_comment", "attribute_item", "decorator", "attribute_list"]
)
_COMMENTS = frozenset(("comment", "line_comment", "block_comment"))


def with_those_above(top: int, above: list[tree_sitter.Node], source: bytes) -> int:
    """Return where the comments and attributes directly above ``top`` begin.

    ``above`` are those before it, which are used up: nothing that comes later is nearer to them.
    """
    while above:
        node = above.pop()
        start, end = node.start_byte, node.end_byte
        if end > top:
            continue
        between = source[end:top]
        ended = source[end - 1 : end] == b"\n"
        lines = between.count(b"\n") + ended
        alone = not source[source.rfind(b"\n", 0, start) + 1 : start].strip()
        attached = lines == 1 or (lines == 0 and node.type not in _COMMENTS)
        is_shebang = start == 0 and source.startswith(b"#!")
        if between.strip() or not attached or not alone or is_shebang:
            break
        top = start
    above.clear()
    return top


def line_start(source: bytes, at: int) -> int:
    """Return where the line of ``at`` begins if only blanks are before it, ``at`` if not."""
    start = at
    while start > 0 and source[start - 1] in b" \t":
        start -= 1
    return start if start == 0 or source[start - 1] in b"\r\n" else at


def end_of(outer: tree_sitter.Node, source: bytes) -> int:
    """Return the end without blanks, with a `;` that follows on the line."""
    end = outer.end_byte
    while end > outer.start_byte and source[end - 1] in b" \t\r\n":
        end -= 1
    follows = end
    while follows < len(source) and source[follows] in b" \t":
        follows += 1
    return follows + 1 if source[follows : follows + 1] == b";" else end


def code_points(source: bytes, places: set[int]) -> dict[int, int]:
    """Return the code points before each of ``places``, which are bytes."""
    if source.isascii():
        return {place: place for place in places}
    points: dict[int, int] = {}
    at = count = 0
    for place in sorted(places):
        count += len(source[at:place].decode("utf-8", "surrogatepass"))
        at = points[place] = place
        points[place] = count
    return points
