"""The commands as a person calls them: exit codes, what goes to stdout and what to stderr."""

import ast
import json
import subprocess
import sys

import pytest

from tests.e2e.server_environment import server_environment, settings_file

# `fusionls doctor` takes a minute on a machine that is busy with other things.
PATIENCE_S = 90
TEXT = "def add(a, b):\n    return "
TRACE_FIELDS = {"v", "id", "kind", "trigger", "language", "cap_ms", "members", "decision", "stages"}
MEMBER_FIELDS = {
    *("name", "state", "why", "asked_ms", "first_token_ms", "done_ms"),
    *("tokens_in", "tokens_out", "cost", "verdict", "class", "text"),
}
HOW_TO_INSTALL = "fusionls models install smollm2-135m"


def fusionls(folder, *arguments, **environment):
    """Run the command in ``folder``, where its settings file lies as well."""
    return subprocess.run(
        [sys.executable, "-m", "fusionls", *map(str, arguments)],
        cwd=folder,
        env=server_environment(folder, **environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.fixture
def file(tmp_path):
    (tmp_path / "adding.py").write_text(TEXT, encoding="utf-8")
    return "adding.py"


def test_complete_prints_the_text_and_nothing_else(smollm2, tmp_path, file):
    done = fusionls(tmp_path, "complete", f"{file}:2:12")
    assert (done.returncode, done.stderr) == (0, "")
    ast.parse(TEXT + done.stdout)
    assert done.stdout.startswith("a + b")


def test_complete_as_one_document_with_its_trace(smollm2, tmp_path, file):
    done = fusionls(tmp_path, "complete", f"{file}:2:12", "--json", "--trace")
    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert document["offers"][0]["text"].startswith("a + b")
    trace = document["trace"]
    assert set(trace) >= TRACE_FIELDS
    [member] = trace["members"]
    assert set(member) >= MEMBER_FIELDS
    assert (member["name"], member["state"]) == ("smollm2-135m", "answered")
    assert 0 <= member["asked_ms"] < member["first_token_ms"] < member["done_ms"]
    assert trace["decision"]["shown"] is True
    for word in ("member", "verdict", "smollm2", "valid", "of 10000 ms"):
        assert word in done.stderr, "the table for people"


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        ("picture.png:1:1", "picture.png is not UTF-8 text"),
        ("adding.py:3:1", "line 3 is outside adding.py, which has 2 lines"),
        ("adding.py:0:1", "line 0 is outside adding.py, which has 2 lines"),
        ("adding.py:1:16", "column 16 is outside line 1 of adding.py, which has columns 1 to 15"),
        ("absent.py:1:1", "absent.py cannot be read: No such file"),
        ("adding.py", "write FILE:LINE:COL"),
    ],
)
def test_complete_where_there_is_nothing_to_complete(tmp_path, file, location, sentence):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    done = fusionls(tmp_path, "complete", location)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_complete_without_a_model_says_how_to_get_one(tmp_path, file):
    arguments = ("complete", f"{file}:2:12")
    done = fusionls(tmp_path, *arguments, settings="", weights=tmp_path / "no models")
    assert (done.returncode, done.stdout) == (2, "")
    assert HOW_TO_INSTALL in done.stderr
    assert "Traceback" not in done.stderr


def test_complete_with_a_model_that_is_garbage_says_so(tmp_path, file):
    (tmp_path / "garbage.gguf").write_bytes(b"GGUF\3\0\0\0" + b"\xff" * 4096)
    path = (tmp_path / "garbage.gguf").as_posix()
    settings = f'[members.garbage]\nwire = "embedded"\nmodel = "{path}"\n'
    done = fusionls(tmp_path, "complete", f"{file}:2:12", "--json", settings=settings)
    assert done.returncode == 3
    [member] = json.loads(done.stdout)["trace"]["members"]
    assert member["state"] == "failed"
    assert "garbage.gguf: llama.cpp did not start" in member["why"]
    assert "garbage.gguf: llama.cpp did not start" in done.stderr


def test_doctor_finds_all_well(smollm2, tmp_path):
    done = fusionls(tmp_path, "doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 0, done.stdout
    assert checks["model smollm2-135m"]["ok"] is True
    assert checks["settings"]["said"] == str(settings_file(tmp_path))
    member = checks["member smollm2-135m"]["figures"]
    assert 0 < member["warm_ms"] < member["cold_ms"]
    assert member["tokens_per_s"] > 1
    assert checks["member smollm2-135m, family"]["figures"]["fit"] != "wrong"
    answers = checks["member smollm2-135m, answers"]["figures"]
    assert answers["well_formed"] >= 9 * answers["asked"] / 12
    assert answers["asked"] > 0


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("\n[completion]\nbudget = 300\n", "line 3: completion.budget: this key is not known"),
        (
            "# mine\n[members.a\n",
            "line 2: it is not valid TOML: expected ']' at the end of a table",
        ),
    ],
)
def test_doctor_names_the_line_of_a_mistake(tmp_path, settings, sentence):
    done = fusionls(tmp_path, "doctor", "--json", settings=settings)
    [said] = [c["said"] for c in json.loads(done.stdout)["checks"] if c["ok"] is False]
    assert done.returncode == 2
    assert said.startswith(f"{settings_file(tmp_path)}: ")
    assert sentence in said


def test_the_demo_completes_its_six_programs(smollm2, tmp_path):
    # Two members are asked six times: with the caps of the other tests that could take a minute.
    done = fusionls(tmp_path, "demo", "--json", settings="")
    documents = json.loads(done.stdout)
    answered = [d["buffer"] for d in documents if d["texts"]]
    assert len({d["buffer"] for d in documents}) == 6
    assert {d["trace"]["language"] for d in documents} == {"python", "javascript", "go"}
    assert f"{len(answered)} of 6 buffers got a suggestion" in done.stderr
    assert done.returncode == (0 if answered else 1)
    assert answered, "not one of six got a suggestion"


def test_a_recorded_session_runs_again(smollm2, tmp_path):
    uri = (tmp_path / "adding.py").as_uri()
    item = {"uri": uri, "languageId": "python", "version": 1, "text": TEXT}
    inline = {
        "textDocument": {"uri": uri},
        "position": {"line": 1, "character": 11},
        "context": {"triggerKind": 1},
    }
    capabilities: dict[str, object] = {"textDocument": {"inlineCompletion": {}}}
    messages: list[dict[str, object]] = [
        {"id": 1, "method": "initialize", "params": {"capabilities": capabilities}},
        {"method": "initialized", "params": {}},
        {"method": "textDocument/didOpen", "params": {"textDocument": item}},
        {"id": 2, "method": "textDocument/inlineCompletion", "params": inline},
        {"id": 3, "method": "shutdown"},
        {"method": "exit"},
    ]
    transcript = tmp_path / "session.jsonl"
    lines = [json.dumps({"jsonrpc": "2.0", **message}) for message in messages]
    transcript.write_text("\n".join(lines), encoding="utf-8")
    done = fusionls(tmp_path, "replay", transcript, "--json")
    outcomes = [(o["method"], o["outcome"]) for o in json.loads(done.stdout)]
    assert done.returncode == 0, done.stderr
    assert outcomes == [
        ("initialize", "answered"),
        ("textDocument/inlineCompletion", "1 items"),
        ("shutdown", "null"),
    ]


def test_a_transcript_that_is_none_names_the_line(tmp_path):
    transcript = tmp_path / "session.jsonl"
    transcript.write_text('{"jsonrpc": "2.0", "method": "exit"}\nnot JSON\n', encoding="utf-8")
    done = fusionls(tmp_path, "replay", transcript)
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 2: not JSON" in done.stderr
