import gzip
import json

import pytest

from fusionls.core.request import Trigger
from fusionls.evaluating.case import Case
from fusionls.evaluating.live_pack import PackError, live_cases
from fusionls.evaluating.programs import program_of

ROW = {
    "suite": "s",
    "uid": "u",
    "language": "python",
    "prefix": "def f(a):\n",
    "suffix": "\n",
    "gold": "    return a\n",
    "test": "def check(f):\n    assert f(1) == 1\n",
    "entry_point": "f",
}


def read(path, *rows):
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    text = b"\n".join(lines) + b"\n"
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return list(live_cases(path))


@pytest.mark.parametrize("name", ["pack.jsonl", "pack.jsonl.gz"])
def test_completions_are_read_and_edits_are_not(tmp_path, name):
    found, edit = read(tmp_path / name, ROW, b"", {"before": "x", "instruction": "do", "test": ""})
    assert edit is None
    assert (found.id, found.group, found.language, found.gold) == ("u", "s", "python", ROW["gold"])
    assert found.uri.endswith(".py") and found.request.document.language_id == "python"


def test_two_cases_of_one_id_are_two_cases(tmp_path):
    assert [case.id for case in read(tmp_path / "p", ROW, ROW, ROW)] == ["u", "u#2", "u#3"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"{", "line 2: not JSON"),
        (b"[1]", "line 2: an object expected"),
        (b"\xff", "line 2: not JSON"),
        (b'{"prefix": "", "suffix": ""}', 'line 2: "gold": a text expected; is this a live pack?'),
        (b'{"prefix": 1, "suffix": "", "gold": ""}', 'line 2: "prefix"'),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path, line, sentence):
    with pytest.raises(PackError, match=f"^{sentence}".replace("?", r"\?")):
        read(tmp_path / "p", ROW, line)


def test_a_file_that_was_cut_off_is_noticed(tmp_path):
    whole = gzip.compress(json.dumps(ROW).encode() * 1000)
    (tmp_path / "p.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PackError, match="damaged"):
        list(live_cases(tmp_path / "p.gz"))


def case(**more):
    fields = {**ROW, **more}
    names = ("language", "prefix", "suffix", "gold", "test", "entry_point")
    return Case("c", "g", "file:///a.py", **{name: fields[name] for name in names})


def test_the_program_is_the_document_with_its_tests_and_their_call():
    program = program_of(case(), "    return a")
    assert program == (
        "def f(a):\n    return a\n\n\ndef check(f):\n    assert f(1) == 1\n\ncheck(f)\n"
    )
    called = case(test="def check(f):\n    pass\ncheck(f)\n")
    assert program_of(called, "    return a").count("check(f)") == 2


def test_a_failed_assertion_of_javascript_ends_the_program():
    program = program_of(case(language="javascript", test="console.assert(false)"), "x")
    assert program.startswith("console.assert = ") and "exit(1)" in program.split("\n")[0]


def test_one_line_is_asked_for_while_typing_and_several_by_hand():
    assert case().request.trigger is Trigger.AUTOMATIC
    assert case(gold="    b = a\n    return b\n").request.trigger is Trigger.MANUAL


def test_white_space_does_not_make_an_answer_wrong():
    assert case().is_exact("  return   a") and not case().is_exact("return b")
    assert not case().is_exact("return a\nb") and not case().is_exact(None)
