"""What a description of a definition is called in each language, and how it is marked."""

# What it is called where it is not a comment like any other.
_WORDS = {"python": "docstring"}
BLOCKS = frozenset(("javascript", "typescript", "tsx", "java", "php", "c", "cpp"))
MARKS = {"rust": "///", "c-sharp": "///", "go": "//", "lua": "---", "ruby": "#", "bash": "#"}


def words_for(language: str) -> str:
    """Return what a description is called in a language, "" where it has none."""
    known = language in _WORDS or language in BLOCKS or language in MARKS
    return _WORDS.get(language, "doc comment") if known else ""
