"""What files are called among models and people, from URIs as clients write them."""

import pytest

from fusionls.lsp.file_names import name_of, told_apart, uri_beside

FOLDERS = ("file:///src", "file:///src/inner", "file:///c%3A/work%20here", "file:///")


@pytest.mark.parametrize(
    ("folders", "uri", "name"),
    [
        (FOLDERS[:1], "file:///src/app.py", "app.py"),
        (FOLDERS[:1], "file:///src/a%20b/%C3%A9.py", "a b/é.py"),
        (FOLDERS[:2], "file:///src/inner/app.py", "app.py"),
        (("file:///src/",), "file:///src/lib/app.py", "lib/app.py"),
        (FOLDERS[2:3], "file:///C:/work here/lib/app.py", "lib/app.py"),
        (("file:///",), "file:///etc/app.py", "etc/app.py"),
        (FOLDERS[:1], "file:///elsewhere/app.py", "app.py"),
        ((), "file:///deep/down/app.py", "app.py"),
        ((), "untitled:Untitled-1", "Untitled-1"),
        ((), "vscode-notebook-cell:/src/a.ipynb#W0", "a.ipynb"),
        ((), "", "unnamed"),
        ((), "file:///", "unnamed"),
        ((), "http://[::1", "[::1"),
        ((), "file:///src/%FF.py", "?.py"),
    ],
)
def test_a_name_is_the_path_in_the_folder(folders, uri, name):
    assert name_of(folders, uri) == name
    name.encode()


@pytest.mark.parametrize(
    ("folders", "uri", "beside"),
    [
        (FOLDERS[:1], "file:///src/lib/app.py", "file:///src/lib/test_app.py"),
        (FOLDERS[:2], "file:///src/inner/app.py", "file:///src/inner/test_app.py"),
        (("file:///src/",), "file:///src/app.py", "file:///src/test_app.py"),
        ((), "file:///deep/down/app.py", "file:///deep/down/test_app.py"),
        (FOLDERS[2:3], "file:///c%3A/work%20here/app.py", "file:///c%3A/work%20here/test_app.py"),
    ],
)
def test_a_new_file_lies_where_its_name_says(folders, uri, beside):
    folder, _, name = name_of(folders, uri).rpartition("/")
    wanted = f"{folder}/test_{name}".lstrip("/")
    assert uri_beside(folders, uri, wanted) == beside
    assert name_of(folders, beside) == wanted


def test_what_a_name_holds_is_no_part_of_a_uri():
    assert uri_beside(FOLDERS[:1], "file:///src/a.py", "a?b #1.py") == "file:///src/a%3Fb%20%231.py"


def test_files_of_one_name_are_told_apart():
    names = ["a.py", "b", "a.py", "b", "a.py", "a (2).py"]
    apart = told_apart(names)
    assert len(set(apart)) == len(names)
    assert apart[:4] == ["a.py", "b", "a (2).py", "b (2)"]
    assert all(name.endswith(".py") for name in apart if name.startswith("a"))
