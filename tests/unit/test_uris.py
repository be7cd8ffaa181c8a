"""What is compared of a URI, and which ones name files."""

import pytest

from fusionls.core.uris import document_key, is_file
from fusionls.local.memory_files import name_of

SAME = ("file:///srv/x/a%20b.py", "file:/srv/x/a b.py", "FILE:///srv/x/a%20b.py")
HERE = ("file://localhost/srv/x/a%20b.py", "File://LocalHost/srv/x/a%20b.py")


@pytest.mark.parametrize("uri", [*SAME, *HERE])
def test_one_file_in_many_spellings(uri):
    """RFC 8089, section 2: the host of a file's URI may be this one."""
    assert document_key(uri) == document_key(SAME[0])
    assert is_file(uri)
    assert name_of(uri) == "/srv/x/a b.py"


@pytest.mark.parametrize(
    "uri",
    [
        "untitled:a.py",
        "",
        "/srv/x/a.py",
        "git:/srv/x/a.py",
        "http://localhost/a",
        "file",
        "http://[",
    ],
)
def test_what_is_no_file(uri):
    assert not is_file(uri)


def test_another_machine_is_another_place():
    assert document_key("file://nas/a.py") != document_key("file:///a.py")
    assert name_of("file://nas/a.py") == "file://nas/a.py"
