import pytest

from fusionls.core.context import gather, short_path
from fusionls.core.extent import extent_of
from fusionls.core.member import PromptBudget
from fusionls.core.request import CompletionRequest, Extent, OpenDocument, Trigger
from fusionls.core.text import DocumentSnapshot


def request(text, trigger=Trigger.AUTOMATIC, others=()):
    """Return a request at the ``$0`` of ``text``."""
    prefix, _, suffix = text.partition("$0")
    document = DocumentSnapshot("file:///src/app.py", "python", 1, prefix + suffix)
    return CompletionRequest("r", document, len(prefix), trigger, open_documents=tuple(others))


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
        ("def f():\n    $0\n", Trigger.AUTOMATIC, Extent.BODY),
        ("def f():\n    $0\n    return 1", Trigger.AUTOMATIC, Extent.LINE),
        ("if (a) {\n  $0\n}", Trigger.AUTOMATIC, Extent.BODY),
        ("", Trigger.AUTOMATIC, Extent.LINE),
    ],
)
def test_how_much_is_asked_for(text, trigger, extent):
    assert extent_of(request(text, trigger)) is extent
