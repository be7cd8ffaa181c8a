"""A bug report is one transcript: a session with real models, run again without them."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.raw_client import RawClient

URI = "file:///me/app.py"
TEXT = "def add(a, b):\n    return "


async def session(record, weights, how="--transcript"):
    """Type a few keys with the real model, and record it; accept what was suggested."""
    environment = os.environ | {
        "FUSIONLS_CONFIG": str(record.parent / "none.toml"),
        "FUSIONLS_STATE": str(record.parent / "state"),
        "FUSIONLS_DATA": str(Path(weights).parent.parent),
    }
    command = [sys.executable, "-m", "fusionls", "--stdio", how, str(record)]
    client = await RawClient.spawn(command, environment)
    await client.start()
    item = {"uri": URI, "languageId": "python", "version": 1, "text": TEXT}
    client.notify("textDocument/didOpen", {"textDocument": item})
    shown = []
    for number, key in enumerate("ab + "):
        at = {"line": 1, "character": 11 + number}
        change = {"range": {"start": at, "end": at}, "text": key}
        identifier = {"uri": URI, "version": number + 2}
        client.notify(
            "textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]}
        )
        params = {
            "textDocument": {"uri": URI},
            "position": {"line": 1, "character": 12 + number},
            "context": {"triggerKind": 1},
        }
        shown.append((await client.request("textDocument/inlineCompletion", params))["result"])
    items = [item for result in shown if result for item in result["items"]]
    for item in items[-1:]:
        await client.request("workspace/executeCommand", item["command"])
    # Members are let run on for up to ten seconds behind the last answer, if that is recorded.
    waited_s = 0.0
    while how == "--record" and waited_s < 11 and _traces(record) < len(shown):
        await asyncio.sleep(0.1)
        waited_s += 0.1
    await client.stop()
    return shown


def _traces(record):
    return record.read_text("utf-8").count('"members"') if record.exists() else 0


def test_a_recorded_session_decides_the_same_again(smollm2, tmp_path):
    record = tmp_path / "session.jsonl"
    shown = asyncio.run(session(record, smollm2))
    assert any(result["items"] for result in shown), "the model said nothing that could be compared"
    done = subprocess.run(
        [sys.executable, "-m", "fusionls", "replay", "--json", str(record)],
        # Without weights: on replay nobody is asked.
        env=os.environ | {"FUSIONLS_DATA": str(tmp_path / "nothing")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    outcomes = json.loads(done.stdout)
    assert done.returncode == 0, outcomes
    assert sum(o["method"] == "textDocument/inlineCompletion" for o in outcomes) == len(shown)
    assert all(outcome["same"] is not False for outcome in outcomes)


def explained(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "fusionls", "explain", *arguments],
        env=os.environ | {"FUSIONLS_STATE": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_what_a_session_suggested_can_be_explained_afterwards(smollm2, tmp_path):
    record = tmp_path / "session.jsonl"
    shown = asyncio.run(session(record, smollm2))
    known = next(
        item["command"]["arguments"][0] for result in shown if result for item in result["items"]
    )
    kept = explained(tmp_path / "state", known)
    assert kept.returncode == 0, kept.stderr
    assert kept.stdout.startswith(f"{known}: manual completion, python")
    assert "smollm2-135m  answered" in kept.stdout or "smollm2-135m  partial" in kept.stdout
    recorded = explained(tmp_path / "nothing", known, "--transcript", str(record))
    assert recorded.returncode == 0, recorded.stderr
    item = next(i for result in shown if result for i in result["items"])
    first_line = item["insertText"].split("\n")[0]
    assert first_line.split()[-1] in recorded.stdout, "a transcript holds the code, too"
    unknown = explained(tmp_path / "state", "r999")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "no suggestion 'r999' is known" in unknown.stderr


def test_a_transcript_that_was_tampered_with_is_noticed(smollm2, tmp_path):
    record = tmp_path / "session.jsonl"
    asyncio.run(session(record, smollm2))
    lines = [json.loads(line) for line in record.read_text("utf-8").split("\n") if line]
    for line in lines:
        if line["source"] == "model" and line["message"]["event"] == "chunk":
            line["message"]["chunk"]["text"] = line["message"]["chunk"]["text"].upper()
    record.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "fusionls", "replay", str(record)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "NOT as recorded" in done.stdout


def test_a_session_records_who_answered_what_and_when(smollm2, tmp_path):
    record = tmp_path / "traces.jsonl"
    shown = asyncio.run(session(record, smollm2, "--record"))
    assert any(result["items"] for result in shown), "the model said nothing that could be recorded"
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    assert "def add" not in record.read_text("utf-8"), "it holds no code"
    assert "accepted" in {line.get("feedback") for line in lines}
    traces = [line for line in lines if "members" in line]
    assert traces and all("smollm2-135m" in str(trace["members"]) for trace in traces)
    done = subprocess.run(
        [sys.executable, "-m", "fusionls", "simulate", "--json", "--policy", "all", str(record)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["requests"] >= 1


DOCUMENT = "def distance(speed, time):\n    x = speed * time\n    return x\n"
EDITOR = {
    "workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}},
    "window": {"workDoneProgress": True},
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["refactor"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        }
    },
}


async def edits(record, weights):
    """Edit twice with the real model, by an action and by the command, and record it."""
    settings = record.parent / "settings.toml"
    settings.write_text(
        '[pools.default]\nmembers = ["smollm2-135m"]\n[refactor]\nbudget_ms = 90000\n'
    )
    environment = os.environ | {
        "FUSIONLS_CONFIG": str(settings),
        "FUSIONLS_STATE": str(record.parent / "state"),
        "FUSIONLS_DATA": str(Path(weights).parent.parent),
    }
    command = [sys.executable, "-m", "fusionls", "--stdio", "--transcript", str(record)]
    client = await RawClient.spawn(command, environment)
    answering = asyncio.ensure_future(answer_all(client))
    await client.start(EDITOR)
    beside = record.parent / "beside.py"
    beside.write_text("RATE = 2\n", "utf-8")
    folder = {"uri": record.parent.as_uri(), "name": "w"}
    client.notify(
        "workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}}
    )
    item = {"uri": URI, "languageId": "python", "version": 1, "text": DOCUMENT}
    client.notify("textDocument/didOpen", {"textDocument": item})
    at = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 4}}
    wanted = {"textDocument": {"uri": URI}, "range": at, "context": {"diagnostics": []}}
    listed = (await client.request("textDocument/codeAction", wanted))["result"]
    docstring = next(one for one in listed if one["data"]["refactoring"] == "docstring")
    async with asyncio.timeout(90):
        resolved = await client._waiting[client.ask("codeAction/resolve", docstring)]
        asked = {"uri": URI, "range": at, "refactoring": "rename", "files": [beside.as_uri()]}
        number = client.ask(
            "workspace/executeCommand", {"command": "fusionls.refactor", "arguments": [asked]}
        )
        done = await client._waiting[number]
    answering.cancel()
    await client.stop()
    return resolved, done


async def answer_all(client):
    """Take every edit, show every bar."""
    answered = 0
    while True:
        await asyncio.sleep(0.02)
        asked = [one for one in client.received if "method" in one and "id" in one]
        for one in asked[answered:]:
            result = {"applied": True} if one["method"] == "workspace/applyEdit" else None
            answer = {"jsonrpc": "2.0", "id": one["id"], "result": result}
            client.write(json.dumps(answer).encode())
        answered = len(asked)


def replayed(record, folder):
    done = subprocess.run(
        [sys.executable, "-m", "fusionls", "replay", "--json", str(record)],
        env=os.environ | {"FUSIONLS_DATA": str(folder / "nothing")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def test_recorded_edits_come_out_the_same_without_any_model(smollm2, tmp_path):
    record = tmp_path / "session.jsonl"
    resolved, done = asyncio.run(edits(record, smollm2))
    assert "distance" in str(resolved["result"]["edit"]), resolved
    assert "error" not in done, done
    (tmp_path / "beside.py").unlink()
    code, outcomes = replayed(record, tmp_path)
    assert code == 0, outcomes
    same = {outcome["method"]: outcome["same"] for outcome in outcomes}
    assert same["codeAction/resolve"] and same["workspace/executeCommand"]
    assert same["workspace/applyEdit"], "what the editor was to change, to the letter"


def test_edits_that_were_not_recorded_are_asked_of_nobody_on_replay(smollm2, tmp_path):
    record = tmp_path / "session.jsonl"
    asyncio.run(edits(record, smollm2))
    lines = [json.loads(line) for line in record.read_text("utf-8").split("\n") if line]
    kept = [line for line in lines if line["source"] != "edit pool"]
    record.write_text("\n".join(map(json.dumps, kept)), encoding="utf-8")
    code, outcomes = replayed(record, tmp_path)
    assert code == 1
    told = {outcome["method"]: outcome["outcome"] for outcome in outcomes}
    assert "this transcript holds no answers to edits" in told["codeAction/resolve"]
