import json

import pytest

from fusionls.cli.packs import PackKind, kind_of_pack
from tests.unit.test_pack_commands import predictions, ran, written

BEFORE = "def area(w, h):\n    return w + h\n"
RIGHT = "def area(w, h):\n    return w * h\n"
OTHER = "def area(w, h):\n    return w ** h\n"


def row(number, answers, **more):
    return {
        "id": f"case/{number}",
        "language": "python",
        "before": BEFORE,
        "instruction": "Multiply the sides.",
        "candidates": {
            name: [text if isinstance(text, str) or text is None else dict(text) for text in texts]
            for name, texts in answers.items()
        },
        **more,
    }


def answer(text, *, passes):
    return {"text": text, "pass": passes}


def fused(tmp_path, rows, *options):
    out = tmp_path / "out.jsonl"
    result = ran("fuse", written(tmp_path / "pack.jsonl", rows), "-o", out, *options)
    return result, predictions(out)


def test_a_pack_of_edits_is_told_by_its_fields(tmp_path):
    edits = written(tmp_path / "edits.jsonl.gz", ["oops", row(1, {})])
    assert kind_of_pack(edits) is PackKind.EDITS


def test_the_best_supported_edit_is_offered_with_its_bytes(tmp_path):
    spaced = RIGHT + "\n\n"
    rows = [row(1, {"a-7b": [OTHER], "b-7b": [spaced], "c-7b": [RIGHT], "d-7b": [None]})]
    result, (said,) = fused(tmp_path, rows)
    assert result.exit_code == 0, result.output
    assert set(said) == {"id", "text", "member", "why", "ms"}
    assert (said["id"], said["text"], said["member"]) == ("case/1", spaced, "b-7b")


def test_nothing_is_offered_where_nothing_was_done(tmp_path):
    _, (said,) = fused(tmp_path, [row(1, {"a-7b": [BEFORE, None], "b-7b": ["def ("]})])
    assert said["text"] is None and said["member"] is None


def test_only_so_many_samples_are_taken_as_asked_for(tmp_path):
    rows = [row(1, {"a-7b": [BEFORE, RIGHT], "b-7b": [BEFORE, OTHER, RIGHT]})]
    for samples, text in ((1, None), (3, RIGHT)):
        _, (said,) = fused(tmp_path, rows, "--samples", samples)
        assert said["text"] == text


def test_nothing_that_says_what_is_right_is_looked_at(tmp_path):
    told = dict.fromkeys(("reference", "test", "expected", "group", "category"), OTHER)
    blind = row(1, {"a-7b": [OTHER], "b-7b": [RIGHT], "c-7b": [RIGHT]})
    answers = {
        "a-7b": [answer(OTHER, passes=True)],
        "b-7b": [answer(RIGHT, passes=False)],
        "c-7b": [answer(RIGHT, passes=False)],
    }
    seeing = row(1, answers, **told) | {"id": OTHER}
    _, both = fused(tmp_path, [blind, seeing])
    assert both[0]["text"] == both[1]["text"] == RIGHT
    assert both[0]["why"] == both[1]["why"]


@pytest.mark.parametrize(
    "line",
    [
        row(2, {}) | {"instruction": 3},
        row(2, {}) | {"candidates": []},
        row(2, {}) | {"candidates": {"a-7b": "text"}},
        row(2, {}) | {"candidates": {"a-7b": [{"pass": True, "text": 1}]}},
        "[]",
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_left_out(tmp_path, line):
    result, said = fused(tmp_path, [row(1, {"a-7b": [RIGHT]}), line])
    assert result.exit_code == 1 and len(said) == 1
    assert "pack.jsonl, line 2" in result.stderr


def test_rates_are_learned_and_used(tmp_path):
    def case(number):
        own = "".join(f"constant_{n} = {number}\n" for n in range(9))
        told = row(
            number,
            {
                "big-70b": [answer(own + OTHER, passes=False)],
                "small-1b": [answer(own + RIGHT, passes=True)],
            },
        )
        return told | {"before": own + BEFORE}

    pack = written(tmp_path / "taught.jsonl", [case(number) for number in range(20)])
    weights = tmp_path / "weights.json"
    result = ran("calibrate", pack, "-o", weights, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["singles"] == {"big-70b": 0.0, "small-1b": 1.0} and told["oracle"] == 1
    assert told["by_name"] == 0 and told["learned_cross_validated"] >= 0.5
    kept = json.loads(weights.read_text("utf-8"))
    assert kept["kind"] == "edit" and kept["pack"].startswith("sha256:")
    out = tmp_path / "out.jsonl"
    for options, text in (((), OTHER), (("--weights", weights), RIGHT)):
        assert ran("fuse", pack, "-o", out, *options).exit_code == 0
        assert {said["text"][-len(text) :] for said in predictions(out)} == {text}


def test_weights_of_the_other_kind_are_refused(tmp_path):
    pack = written(tmp_path / "pack.jsonl", [row(1, {"a-7b": [RIGHT]})])
    (tmp_path / "w.json").write_text('{"v": 1, "kind": "completion"}', "utf-8")
    result = ran("fuse", pack, "-o", tmp_path / "o", "--weights", tmp_path / "w.json")
    assert result.exit_code == 2 and "w.json" in result.stderr
