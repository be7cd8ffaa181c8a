"""What a function or a class does, said above or in it. The model gives the text, a rule puts it there."""

from fusionls.core.editing.doc_forms import words_for
from fusionls.core.refactorings._offering import is_code
from fusionls.core.refactorings._refactoring import Refactoring, Rules, Where

# Two short paragraphs, and what models say around them.
_MOST_TOKENS = 400


def _title(where: Where) -> str:
    word = words_for(where.language)
    return f"Write a {word}" if word and is_code(where) else ""


def _instruction(where: Where) -> str:
    word = words_for(where.language) or "docstring"
    return (
        f"Write a {word} for this code: one or two short sentences that say what it does and what it "
        "returns. Change no code."
    )


def _lead(_where: Where) -> tuple[str, str]:
    return "", "This code"


def _rules() -> Rules:
    from fusionls.core.editing.documenting import described, documented

    return Rules(described, documented)


REFACTORING = Refactoring(
    "docstring",
    "refactor.rewrite.docstring",
    _title,
    _instruction,
    _rules,
    answer="Answer with the text only, in plain words and without code.",
    most_tokens=_MOST_TOKENS,
    lead=_lead,
)
