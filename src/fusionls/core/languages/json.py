"""JSON."""

from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_json

    return tree_sitter_json.language()


LANGUAGE = Language(
    name="json",
    ids=("json", "jsonc"),
    extensions=(".json", ".jsonc", ".webmanifest"),
    grammar=_grammar,
    quotes=('"',),
    comments=(),
    placeholder="0",
    filler='"x": 0',
    endings=(": 0", ' "x": 0', " 0", ","),
)
