"""HTML."""

from fusionls.core.language import BlockStyle, Language


def _grammar() -> object:
    import tree_sitter_html

    return tree_sitter_html.language()


LANGUAGE = Language(
    name="html",
    ids=("html",),
    extensions=(".html", ".htm", ".xhtml"),
    grammar=_grammar,
    block=BlockStyle.TAGS,
    pairs=(),
    # Apostrophes are ordinary in running text, so quotes tell nothing about what is open.
    quotes=(),
    comments=(("<!--", "-->"),),
    filler="x",
    endings=(">", '">', '="x">'),
)
