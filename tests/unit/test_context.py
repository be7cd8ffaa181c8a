import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.context import gather, short_path, window_start
from fusionls.core.extent import extent_of
from fusionls.core.member import PromptBudget
from fusionls.core.request import CompletionRequest, Extent, OpenDocument, Trigger
from fusionls.core.text import DocumentSnapshot


def request(text, trigger=Trigger.AUTOMATIC, others=()):
    """Return a request at the ``$0`` of ``text``."""
    prefix, _, suffix = text.partition("$0")
    document = DocumentSnapshot("file:///src/app.py", "python", 1, prefix + suffix)
    return CompletionRequest("r", document, len(prefix), trigger, open_documents=tuple(others))


def test_the_window_moves_rarely_and_only_by_whole_steps():
    document = DocumentSnapshot("file:///a.py", "python", 1, "x = 12345\n" * 200)
    budget = PromptBudget(prefix=300, window_lines=8)
    starts = [window_start(document, offset, budget) for offset in range(2000)]
    assert all(offset - start <= 300 for offset, start in enumerate(starts))
    # 2,000 keystrokes re-read the prompt from its start at most once per window of 8 lines.
    assert len(set(starts)) <= 2000 / 80 + 1
    assert all(start % 80 == 0 for start in starts)


@given(st.text(alphabet="ab\n\r", max_size=200), st.integers(0, 200), st.integers(1, 60))
def test_the_window_is_the_first_of_all_that_fit(text, offset, length):
    document = DocumentSnapshot("file:///a.py", "python", 1, text, chunk_size=7)
    offset = min(offset, len(text))
    budget = PromptBudget(prefix=length, window_lines=3)
    windows = [document.line_start(line) for line in range(0, document.line_count, 3)]
    fitting = [start for start in windows if offset - length <= start <= offset]
    expected = fitting[0] if fitting else max(0, offset - length)
    assert window_start(document, offset, budget) == expected


def test_one_endless_line_is_cut_to_the_budget():
    document = DocumentSnapshot("file:///a.js", "javascript", 1, "x" * 100_000)
    assert window_start(document, 90_000, PromptBudget(prefix=500)) == 89_500


def test_the_suffix_ends_at_a_line_end():
    context = gather(request("a$0\n" + "line\n" * 100), PromptBudget(suffix=23), "python", "#")
    assert context.suffix == "\nline\nline\nline\nline\n"


def test_snippets_come_from_kindred_documents_only():
    kindred = OpenDocument(
        "file:///src/invoice.py", "python", "def total(invoice, customer):\n    ...\n"
    )
    stranger = OpenDocument("file:///src/zebra.py", "python", "stripes = black + white\n")
    asked = request("def pay(invoice, customer):\n    $0", others=(stranger, kindred))
    snippets = gather(asked, PromptBudget(), "python", "#").snippets
    assert [snippet.path for snippet in snippets] == ["src/invoice.py"]


def test_snippets_do_not_change_with_every_keystroke():
    others = [
        OpenDocument(f"file:///{n}.py", "python", f"invoice customer v{n}\n") for n in range(5)
    ]
    head = "invoice = customer\n" * 8
    texts = [f"{head}{'payment_of_the_customer'[:n]}$0" for n in range(20)]
    found = {
        gather(request(text, others=others), PromptBudget(), "python", "#").snippets
        for text in texts
    }
    assert len(found) == 1


def test_no_snippet_budget_no_snippets():
    other = OpenDocument("file:///b.py", "python", "invoice customer\n")
    asked = request("invoice customer $0", others=(other,))
    assert gather(asked, PromptBudget(snippets=0), "python", "#").snippets == ()


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///Users/me/src/a%20b.py", "src/a b.py"),
        ("untitled:Untitled-1", "Untitled-1"),
        ("file:///c%3A/me/a.py", "me/a.py"),
        ("http://[broken", ""),
    ],
)
def test_short_paths(uri, path):
    assert short_path(uri) == path


@pytest.mark.parametrize(
    ("text", "trigger", "extent"),
    [
        ("x = f($0, b)", Trigger.MANUAL, Extent.LINE),
        ("x = f($0)", Trigger.MANUAL, Extent.BLOCK),
        ("x = $0\ny = 2", Trigger.AUTOMATIC, Extent.LINE),
        ("def f():\n    $0\n", Trigger.AUTOMATIC, Extent.BLOCK),
        ("def f():\n    $0\n    return 1", Trigger.AUTOMATIC, Extent.LINE),
        ("if (a) {\n  $0\n}", Trigger.AUTOMATIC, Extent.BLOCK),
        ("", Trigger.AUTOMATIC, Extent.LINE),
    ],
)
def test_how_much_is_asked_for(text, trigger, extent):
    assert extent_of(request(text, trigger)) is extent
