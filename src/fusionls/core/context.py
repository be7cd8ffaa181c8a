"""What a model may read: the text around the cursor and snippets of other open documents."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice
from urllib.parse import unquote, urlsplit

from fusionls.core.member import PromptBudget
from fusionls.core.missing_line import MissingLine
from fusionls.core.redaction import LONGEST_KEY, redacted_behind
from fusionls.core.request import CompletionRequest, OpenDocument
from fusionls.core.text import lines_with_ends
from fusionls.core.windows import window_start

# Words shorter than this (i, x, if, do) are in every file and say nothing about kinship.
_WORD = re.compile(r"[^\W\d]\w{2,}")
# A snippet of 20 lines holds a function; the step halves it so that a good place is not cut in two.
SNIPPET_LINES = 20
SNIPPET_STEP = 10
# More than three snippets dilute a small model's attention.
MOST_SNIPPETS = 3
# Below this share of common words two texts merely are of the same language.
LEAST_KINSHIP = 0.1
# Scanning is linear; these bounds keep it to a few milliseconds with many large files open.
MOST_DOCUMENTS_SCANNED = 20
MOST_LINES_SCANNED = 2000
# Answers about documents that are kept for the next key: those scanned, for two sets of words.
MOST_REMEMBERED = 2 * MOST_DOCUMENTS_SCANNED
# As many lines of a hundred code points: what is longer has lines that nobody wrote by hand.
MOST_TEXT_SCANNED = 200_000
# The words that a snippet is compared with change only when the cursor passes a multiple of this many
# lines, so that the head of the prompt stays the same while a person types.
QUERY_LINES = 8


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of another open document; ``path`` is the end of its path."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class CompletionContext:
    """The text around the cursor, cut to a member's budget.

    ``prefix`` starts at the start of a line; ``line_comment`` is the language's marker for a comment
    that runs to the end of the line (empty where it has none). ``missing`` is what is known of the line
    at the cursor, for members that can be made to keep to it.
    """

    prefix: str
    suffix: str
    path: str = ""
    language: str = ""
    line_comment: str = ""
    snippets: tuple[Snippet, ...] = ()
    missing: MissingLine | None = None


def gather(
    request: CompletionRequest,
    budget: PromptBudget,
    language: str,
    line_comment: str,
    others: Iterable[OpenDocument] | None = None,
    *,
    redacts: bool = False,
) -> CompletionContext:
    """Return the context for one member, within its budget (code points).

    ``others`` are the documents that it may see beside the request's, all open ones if it is None. If it
    ``redacts``, the secrets that stand in the text are left out.
    """
    document = request.document
    start = window_start(document, request.offset, budget)
    prefix = shown = document.slice(start, request.offset)
    suffix = _head(request, budget.suffix)
    if redacts:
        before = document.slice(max(0, start - LONGEST_KEY), start)
        shown, suffix = redacted_behind(before, prefix, suffix)
    return CompletionContext(
        prefix=shown,
        suffix=suffix,
        path=short_path(document.uri),
        language=language,
        line_comment=line_comment,
        snippets=tuple(
            kindred_snippets(
                prefix,
                request.open_documents if others is None else others,
                budget.snippets,
                redacts=redacts,
            )
        ),
    )


def _head(request: CompletionRequest, length: int) -> str:
    """Return at most ``length`` code points after the cursor, cut at a line end."""
    head = request.after(length)
    if request.document.length - request.offset <= length:
        return head
    cut = head.rfind("\n")
    return head[: cut + 1] if cut >= 0 else head


def kindred_snippets(
    prefix: str, documents: Iterable[OpenDocument], length: int, *, redacts: bool = False
) -> Iterable[Snippet]:
    """Yield the pieces of other documents that share most words with ``prefix``, best first.

    Kinship is the Jaccard index of the words (as in GitHub Copilot's neighbouring tabs). At most
    ``length`` code points are yielded in all, and one piece of a document.
    """
    if length <= 0:
        return
    scanned = list(islice(documents, MOST_DOCUMENTS_SCANNED))
    if not scanned:
        return
    lines = lines_with_ends(prefix)
    query = "".join(lines[: max(len(lines) // QUERY_LINES * QUERY_LINES, 1)])
    wanted = _words(query)
    found = []
    for document in scanned:
        best = _most_kindred(document.text, wanted)
        if best is not None:
            kinship, start, end = best
            found.append((-kinship, document.uri, start, document.text[start:end], document.text))
    left = length
    for _, uri, start, text, whole in sorted(found)[:MOST_SNIPPETS]:
        if len(text) <= left:
            left -= len(text)
            shown = redacted_behind(whole[:start], text)[0] if redacts else text
            yield Snippet(short_path(uri), shown)


# Nearly always that of the key before.
@lru_cache(maxsize=4)
def _words(query: str) -> frozenset[str]:
    return frozenset(_WORD.findall(query))


# The answer is the same for every key until the words or the document change.
@lru_cache(maxsize=MOST_REMEMBERED)
def _most_kindred(text: str, wanted: frozenset[str]) -> tuple[float, int, int] | None:
    best: tuple[float, int, int] | None = None
    for start, end, words in _windows(text):
        common = len(words & wanted)
        kinship = common / ((len(words) + len(wanted) - common) or 1)
        if kinship >= LEAST_KINSHIP and (best is None or kinship > best[0]):
            best = (kinship, start, end)
    return best


@lru_cache(maxsize=MOST_REMEMBERED)
def _windows(text: str) -> tuple[tuple[int, int, frozenset[str]], ...]:
    """Return the windows of ``text`` that may become a snippet, each with its words."""
    lines = lines_with_ends(text[:MOST_TEXT_SCANNED])[:MOST_LINES_SCANNED]
    starts = list(accumulate(map(len, lines), initial=0))
    # One text for each word, however many windows it stands in.
    known: dict[str, str] = {}
    found = []
    for first in range(0, max(1, len(lines) - SNIPPET_STEP), SNIPPET_STEP):
        start, end = starts[first], starts[min(first + SNIPPET_LINES, len(lines))]
        words = frozenset(known.setdefault(w, w) for w in _WORD.findall(text[start:end]))
        found.append((start, end, words))
    return tuple(found)


def short_path(uri: str) -> str:
    """Return the last two parts of the path of ``uri``: enough for a model, little to give away."""
    try:
        path = unquote(urlsplit(uri).path)
    except ValueError:
        return ""
    return "/".join(path.replace("\\", "/").strip("/").split("/")[-2:])
