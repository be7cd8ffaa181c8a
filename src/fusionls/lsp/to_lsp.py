"""From our values to LSP's. UTF-16 and its kin exist only here and in ``from_lsp``."""

import re
from dataclasses import dataclass
from itertools import takewhile

from lsprotocol import types

from fusionls.core.suggestion import Offer, Suggestion
from fusionls.core.text import DocumentSnapshot, fold_blanks, indentation, split_lines
from fusionls.lsp.positions import Encoding, position_at

ACCEPT = "fusionls.accept"
_WORD_AT_END = re.compile(r"\w*\Z")
# No word of code is longer; what stands before it on an endless line need not be read.
WORD_LOOKED_FOR = 1000
# A longer label is cut: lists show about this much.
LABEL_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: ``offset`` (code points) of the client's own text.

    ``selected`` is the highlighted entry of the editor's list that the answer has to extend.
    """

    snapshot: DocumentSnapshot
    offset: int
    selected: types.SelectedCompletionInfo | None = None


def inline_list(
    suggestion: Suggestion, place: Place, encoding: Encoding
) -> types.InlineCompletionList:
    """Return the offers as inline completion items.

    The three big clients agree on this form only: the text includes what stands from the start of the
    range; the range is empty at the cursor when text follows it, else it starts at the word.
    """
    rng, head = _inline_range(place, encoding)
    return types.InlineCompletionList(
        items=[
            types.InlineCompletionItem(
                insert_text=head + offer.text,
                filter_text=head + offer.text,
                range=rng,
                command=_accept(suggestion),
            )
            for offer in suggestion.offers
        ]
    )


def _inline_range(place: Place, encoding: Encoding) -> tuple[types.Range, str]:
    if place.selected is not None:
        return place.selected.range, place.selected.text
    rest = place.snapshot.slice(place.offset, place.snapshot.content_end(_line(place)))
    if rest.strip():
        cursor = position_at(place.snapshot, place.offset, encoding)
        return types.Range(cursor, cursor), ""
    return _word_range(place, encoding)


def _word_range(place: Place, encoding: Encoding) -> tuple[types.Range, str]:
    """Return the range from the start of the word before the cursor to the cursor, and its text."""
    start = max(place.snapshot.line_start(_line(place)), place.offset - WORD_LOOKED_FOR)
    match = _WORD_AT_END.search(place.snapshot.slice(start, place.offset))
    word = match.group() if match else ""
    return types.Range(
        position_at(place.snapshot, place.offset - len(word), encoding),
        position_at(place.snapshot, place.offset, encoding),
    ), word


def _line(place: Place) -> int:
    return place.snapshot.line_at(place.offset)


def completion_list(
    suggestion: Suggestion, place: Place, encoding: Encoding, *, by_words: bool = False
) -> types.CompletionList:
    """Return the offers as a completion list, for clients without inline completion.

    The list is incomplete: what is right changes with every keystroke. ``by_words`` is for a client
    that takes no more of an edit than its first word: it gets the text itself.
    """
    rng, word = _word_range(place, encoding)
    indent = indentation(place.snapshot.line(_line(place)))
    texts = [word + offer.text for offer in suggestion.offers]
    if by_words:
        texts = [_no_further_out(text, indent) for text in texts]
    items = [
        types.CompletionItem(
            label=_label(text),
            kind=types.CompletionItemKind.Text,
            detail=_detail(offer),
            documentation=_documentation(text),
            filter_text=text,
            sort_text=f"{number:02}",
            insert_text_format=types.InsertTextFormat.PlainText,
            # The text has its indentation already; many clients would add that of the line.
            insert_text_mode=types.InsertTextMode.AsIs,
            insert_text=text.replace(f"\n{indent}", "\n") if by_words else None,
            text_edit=None if by_words else types.TextEdit(rng, text),
            command=_accept(suggestion),
        )
        for number, (offer, text) in enumerate(zip(suggestion.offers, texts, strict=True))
        if text
    ]
    return types.CompletionList(is_incomplete=True, items=items)


def _no_further_out(text: str, indent: str) -> str:
    """Return ``text`` up to the first line that is indented less than ``indent``.

    A client that indents every further line like the cursor's cannot be told such a line.
    """
    first, *rest = split_lines(text)
    inside = takewhile(lambda line: line.startswith(indent) or not line.strip(), rest)
    return "\n".join([first, *inside]).rstrip()


def _label(text: str) -> str:
    lines = [fold_blanks(line) for line in split_lines(text) if line.strip()]
    label = lines[0] if lines else ""
    cut = label if len(label) <= LABEL_LENGTH else label[: LABEL_LENGTH - 1] + "…"
    return f"{cut} …" if len(lines) > 1 else cut


def _detail(offer: Offer) -> str:
    return f"fusionls: {', '.join(offer.members)}"


def _documentation(text: str) -> types.MarkupContent:
    # Plain text, never Markdown: what a model wrote must not become a link.
    return types.MarkupContent(types.MarkupKind.PlainText, text)


def _accept(suggestion: Suggestion) -> types.Command:
    return types.Command(
        title="Accepted", command=ACCEPT, arguments=[suggestion.trace.id, {"kind": "full"}]
    )
