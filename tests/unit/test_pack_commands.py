import gzip
import json

import pytest
from click.testing import CliRunner

from fusionls.cli.group import commands

PREFIX = "def f(a, b):\n    return "


def row(number, answers, **more):
    return {
        "id": f"case/{number}",
        "language": "python",
        "prefix": PREFIX,
        "suffix": "\n",
        "candidates": {name: [text] for name, text in answers.items()},
        **more,
    }


def written(path, rows):
    lines = [line if isinstance(line, str) else json.dumps(line) for line in rows]
    data = ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def ran(*arguments):
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


def predictions(path):
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


@pytest.mark.parametrize("name", ["pack.jsonl", "pack.jsonl.gz"])
def test_a_pack_is_fused_line_by_line(tmp_path, name):
    pack = written(
        tmp_path / name,
        [row(1, {"gpt-4o": "a + b", "codestral": "a + b", "qwen": "b"}), row(2, {"qwen": None})],
    )
    out = tmp_path / "out.jsonl"
    result = ran("fuse", pack, "-o", out)
    assert result.exit_code == 0, result.output
    first, second = predictions(out)
    assert set(first) == {"id", "text", "p", "auto_text", "ms"}
    assert (first["id"], first["text"], first["auto_text"]) == ("case/1", "a + b", "a + b")
    assert second["text"] is None
    assert "2 cases" in result.stderr


def test_nothing_that_says_what_is_right_is_looked_at(tmp_path):
    answers = {"gpt-4o": "a + b", "codestral": "a - b"}
    told = dict.fromkeys(("reference", "pass", "test", "expected", "group", "category"), "a - b")
    blind = written(tmp_path / "blind.jsonl", [row(1, answers)])
    seeing = written(tmp_path / "seeing.jsonl", [row(1, answers, **told) | {"id": "a - b"}])
    texts = []
    for pack in (blind, seeing):
        out = tmp_path / f"{pack.name}.out"
        assert ran("fuse", pack, "-o", out).exit_code == 0
        texts.append([(r["text"], r["p"], r["auto_text"]) for r in predictions(out)])
    assert texts[0] == texts[1]


def test_bad_lines_are_named_and_left_out(tmp_path):
    pack = written(
        tmp_path / "pack.jsonl",
        [
            "{not json",
            "[1]",
            row(1, {"gpt-4o": "a"}) | {"id": 7},
            row(2, {"gpt-4o": "a"}) | {"prefix": None},
            row(3, {}) | {"candidates": {"gpt-4o": "a"}},
            "",
            row(4, {"gpt-4o": "a"}),
        ],
    )
    out = tmp_path / "out.jsonl"
    result = ran("fuse", pack, "-o", out, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["bad_lines"] == [1, 2, 3, 4, 5]
    assert 'line 5: "candidates", "gpt-4o"' in result.stderr
    assert [r["id"] for r in predictions(out)] == ["case/4"]


def test_a_damaged_file_says_from_where(tmp_path):
    pack = written(tmp_path / "pack.jsonl.gz", [row(n, {"gpt-4o": "a"}) for n in range(50)])
    pack.write_bytes(pack.read_bytes()[:-12])
    result = ran("fuse", pack, "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 1
    assert "damaged" in result.stderr


def test_a_pack_that_is_not_there_is_a_matter_of_usage(tmp_path):
    result = ran("fuse", tmp_path / "none.jsonl", "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 2
    assert "none.jsonl" in result.stderr


def test_weights_that_cannot_be_read_are_a_matter_of_usage(tmp_path):
    pack = written(tmp_path / "pack.jsonl", [row(1, {"gpt-4o": "a"})])
    (tmp_path / "w.json").write_text("{}", "utf-8")
    result = ran("fuse", pack, "-o", tmp_path / "o", "--weights", tmp_path / "w.json")
    assert result.exit_code == 2
    assert "w.json" in result.stderr


def test_packs_are_found_in_the_folder_of_the_environment(tmp_path, monkeypatch):
    written(tmp_path / "pack.jsonl", [row(1, {"gpt-4o": "a"})])
    monkeypatch.setenv("FUSIONLS_PACKS", str(tmp_path))
    assert ran("fuse", "pack.jsonl", "-o", tmp_path / "out.jsonl").exit_code == 0


def trap(number):
    """Three members that agree, mostly on what is wrong, against one that is right."""
    right, wrong = f"a + {number}", f"b - {number}"
    crowd = right if number % 3 == 0 else wrong
    answers = {"one": right, "two": crowd, "three": crowd, "four": crowd}
    return row(number, answers, reference=right)


def test_a_popularity_trap_is_learned(tmp_path):
    pack = written(tmp_path / "trap.jsonl", [trap(number) for number in range(60)])
    weights, out = tmp_path / "weights.json", tmp_path / "out.jsonl"
    result = ran("calibrate", pack, "-o", weights, "--json")
    assert result.exit_code == 0, result.output
    table = json.loads(result.stdout)
    assert table["vote"] < 0.4
    assert min(table["learned_cross_validated"]) >= 0.95
    kept = json.loads(weights.read_text("utf-8"))
    assert kept["v"] == 1 and kept["pack"].startswith("sha256:")
    # Other cases of the same members, that were not learned from.
    fresh = written(tmp_path / "fresh.jsonl", [trap(number) for number in range(100, 120)])
    assert ran("fuse", fresh, "-o", out, "--weights", weights).exit_code == 0
    assert [r["text"] for r in predictions(out)] == [f"a + {n}" for n in range(100, 120)]


def test_learning_shows_a_table_for_people(tmp_path):
    pack = written(tmp_path / "trap.jsonl", [trap(number) for number in range(30)])
    result = ran("calibrate", pack, "-o", tmp_path / "weights.json")
    assert result.exit_code == 0
    for word in ("cross-validated", "plain vote", "any member right", "calibration error"):
        assert word in result.stdout


def test_a_member_is_judged_by_the_cases_that_it_was_asked_in(tmp_path):
    cases = [trap(number) for number in range(30)]
    some = row(30, {"one": "a + 30", "seldom": "a + 30"}, reference="a + 30")
    pack = written(tmp_path / "trap.jsonl", [*cases, some])
    result = ran("calibrate", pack, "-o", tmp_path / "weights.json", "--json")
    found = json.loads(result.stdout)
    assert (found["singles"]["seldom"], found["asked"]["seldom"], found["asked"]["one"]) == (
        1,
        1,
        31,
    )
    shown = ran("calibrate", pack, "-o", tmp_path / "weights.json").stdout
    assert "seldom (asked in 1)" in shown


def test_too_few_cases_are_said_to_be(tmp_path):
    pack = written(tmp_path / "trap.jsonl", [trap(number) for number in range(5)])
    result = ran("calibrate", pack, "-o", tmp_path / "weights.json")
    assert result.exit_code == 2
    assert "too few" in result.stderr


def test_learning_twice_gives_the_same_bytes(tmp_path):
    pack = written(tmp_path / "trap.jsonl", [trap(number) for number in range(20)])
    files = [tmp_path / name for name in ("1.json", "2.json")]
    for file in files:
        assert ran("calibrate", pack, "-o", file).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()
