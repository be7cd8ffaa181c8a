"""A scenario is one text file: prose, then sections. The golden at its end is rewritten on demand.

//- /src/app.py [crlf]                  a document; $0 is the cursor of the document asked in
//- model:NAME after=80ms [token=20ms] [maker=X] [prior=0.5] [family=F]
                                        what that model answers ("hangs", "dies" or "errors" after the
                                        text, which "repeats" for ever or "drips" byte by byte; "status=500"
                                        or "breaks" instead of one); a second one of the same name
                                        is what it answers the second time
//- ask automatic|manual|list|edit [xN [every=1s]]
                                        which request, and how often; automatic if there is none;
                                        an edit by the instruction that follows
//- type after=60ms                     so long after the last request this is typed, and asked again,
                                        but for an edit
//- sleep 1h at=100ms                   the machine sleeps from then on in the next request
//- clock -2h                           the clock on the wall is set
//- expect                              what the person gets at last, and who did what when
"""

import asyncio
import os
import re
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from fusionls.core.languages import language_for
from fusionls.core.member import Caps, Member
from tests.support.applying import CAPABILITIES
from tests.support.fake_editor import AUTOMATIC, INVOKED, FakeEditor
from tests.support.pools import ScriptedPools, scripted_pools
from tests.support.scripted_transport import (
    Break,
    Raw,
    Script,
    Token,
    answer,
    event,
    fails,
    hangs,
    token_event,
    unreachable,
)
from tests.support.virtual_time import run_virtual, sleep_through

# Longer than any budget.
FOR_EVER = 1_000
OPENAI = "openai"
MARK = re.compile(r"^//- (.+)$", re.MULTILINE)
CURSOR = "$0"


@dataclass(frozen=True, slots=True)
class Step:
    """``ask`` (a kind), ``type`` (a text), ``sleep`` or ``clock``; times are seconds."""

    verb: str
    what: str = ""
    at_s: float = 0.0
    for_s: float = 0.0
    words: str = ""


@dataclass(slots=True)
class Scenario:
    documents: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, Script | list[Script]] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    expected: str = ""


def check(path: Path) -> None:
    """Run the scenario in ``path`` and compare with its golden, or rewrite it (UPDATE_EXPECT=1)."""
    text = path.read_text("utf-8")
    scenario = parse(text)
    found = run_virtual(play(scenario))
    if os.environ.get("UPDATE_EXPECT"):
        head = text.partition("//- expect")[0]
        path.write_text(f"{head}//- expect\n{found}", encoding="utf-8")
        return
    assert found == scenario.expected, "UPDATE_EXPECT=1 rewrites the golden"


def parse(text: str) -> Scenario:
    scenario = Scenario()
    parts = MARK.split(text)
    for header, body in zip(parts[1::2], parts[2::2], strict=True):
        _add(scenario, header.strip(), body.removeprefix("\n"))
    return scenario


def _add(scenario: Scenario, header: str, body: str) -> None:
    if header.startswith("/"):
        path, *words = header.split()
        scenario.documents[path] = body.replace("\n", "\r\n") if "crlf" in words else body
    elif header.startswith("model:"):
        name, *words = header.removeprefix("model:").split()
        options = dict(word.partition("=")[::2] for word in words)
        script, known = _script(options, body), scenario.scripts.get(name, [])
        earlier = known if isinstance(known, list) else [known]
        scenario.scripts[name] = [*earlier, script] if earlier else script
        scenario.members[name] = Member(
            name,
            family=options.get("family", "plain"),
            maker=options.get("maker", name),
            prior=float(options.get("prior", "0.3")),
        )
    elif header.startswith("ask "):
        kind, _, often = header.removeprefix("ask ").partition(" x")
        times, _, every = often.partition(" every=")
        asking = Step("ask", kind, for_s=_seconds(every or "0s"), words=body.strip())
        scenario.steps += [asking] * int(times or "1")
    elif header.startswith("type "):
        after_s = _seconds(header.removeprefix("type after="))
        scenario.steps.append(Step("type", body.removesuffix("\n"), after_s))
    elif header.startswith("sleep "):
        for_s, at_s = map(_seconds, header.removeprefix("sleep ").split(" at="))
        scenario.steps.append(Step("sleep", at_s=at_s, for_s=for_s))
    elif header.startswith("clock "):
        scenario.steps.append(Step("clock", for_s=_seconds(header.removeprefix("clock "))))
    elif header == "expect":
        scenario.expected = body
    else:
        raise ValueError(f"no such section: {header!r}")


def _script(options: dict[str, str], body: str) -> Script:
    after = _seconds(options.get("after", "0ms")) * 1000
    token = _seconds(options.get("token", "0ms")) * 1000
    if "repeats" in options:
        return Script((Token(body, after), *[Token(body, token)] * FOR_EVER))
    if "drips" in options:
        letters = token_event(body.removesuffix("\n"), OPENAI)
        return Script(tuple(Raw(bytes([letter]), token) for letter in letters))
    if "dies" in options:
        return Script((Token(body.removesuffix("\n"), after), Break()))
    if "errors" in options:
        error = Raw(event({"error": {"code": int(options["errors"])}}))
        return Script((Token(body.removesuffix("\n"), after), error) if body else (error,))
    if "hangs" in options:
        return hangs(body.removesuffix("\n"), after_ms=after)
    if "breaks" in options:
        return unreachable(after_ms=after)
    if "status" in options:
        return fails(int(options["status"]), after_ms=after)
    return answer(body.removesuffix("\n"), after_ms=after, per_token_ms=token)


def _seconds(text: str) -> float:
    number, unit = re.findall(r"^(-?[\d.]+)(ms|s|h)$", text)[0]
    return float(number) * {"ms": 0.001, "s": 1, "h": 3600}[unit]


async def play(scenario: Scenario) -> str:
    pools = scripted_pools(scenario.scripts, scenario.members, Caps())
    # How long an overloaded server is left alone is drawn by lot.
    with patch("random.random", return_value=1.0):
        editor = FakeEditor(pools)
    steps = scenario.steps or [Step("ask", "automatic")]
    await editor.start({"list": {}, "edit": CAPABILITIES}.get(steps[0].what))
    asked, offset = "", 0
    for path, text in scenario.documents.items():
        uri = f"file://{quote(path)}"
        if CURSOR in text:
            asked, offset = uri, text.index(CURSOR)
        language = language_for("", path)
        editor.open(uri, text.replace(CURSOR, "", 1), language.ids[0] if language else "plaintext")
    with ExitStack() as clocks:
        result = await _played(steps, editor, (asked, offset), clocks)
    shown = _edited(editor, result) if steps[0].what == "edit" else _shown(result)
    lines = [*shown, *_told(editor, pools)]
    await editor.stop()
    return "\n".join(lines) + "\n"


async def _played(steps, editor: FakeEditor, cursor: tuple[str, int], clocks: ExitStack):
    """Play the steps; return the last answer. Who types does not wait for the answer before."""
    (uri, offset), asking = cursor, Step("ask", "automatic")
    running: asyncio.Task[Any] | None = None
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        match step.verb:
            case "sleep":
                loop = asyncio.get_running_loop()
                loop.call_later(step.at_s, sleep_through, step.for_s)
                continue
            case "clock":
                now = time.time()
                clocks.enter_context(patch("time.time", lambda at=now + step.for_s: at))
                continue
            case "type":
                await asyncio.sleep(step.at_s)
                editor.type(uri, offset, step.what)
                offset += len(step.what)
            case "ask":
                asking = step
        if step.verb == "ask" or asking.what != "edit":
            running = asyncio.create_task(_request(editor, asking, uri, offset))
        if after is None or after.verb != "type":
            assert running is not None
            result = await running
            await asyncio.sleep(step.for_s)
    return result


async def _request(editor: FakeEditor, ask: Step, uri: str, offset: int):
    if ask.what == "edit":
        return await editor.client.answer(editor.refactor(uri, offset, ask.words))
    if ask.what == "list":
        params = {"textDocument": {"uri": uri}, "position": editor.position(uri, offset)}
        return (await editor.request("textDocument/completion", params))["result"]
    number = editor.inline(uri, offset, INVOKED if ask.what == "manual" else AUTOMATIC)
    return (await editor.client.answer(number))["result"]


def _edited(editor: FakeEditor, response) -> list[str]:
    """What became of the documents that were edited, and what people are told."""
    if "error" in response:
        return [f"refused: {response['error']['message']}"]
    lines = []
    for edit in editor.edits:
        for change in edit["documentChanges"]:
            uri = change["textDocument"]["uri"]
            text = editor.texts[uri].replace("\r", "\\r")
            lines.append(f"{uri.removeprefix('file://')} becomes:")
            lines += [f"    |{line}" for line in text.split("\n")]
        for note in edit.get("changeAnnotations", {}).values():
            confirm = ", to be confirmed" if note.get("needsConfirmation") else ""
            lines.append(f"note: {note['label']}{confirm}")
    return lines


def _shown(result) -> list[str]:
    if result is None:
        return ["null"]
    lines = []
    for item in result["items"]:
        text = item.get("insertText") or item["textEdit"]["newText"]
        span = item.get("range") or item["textEdit"]["range"]
        start, end = span["start"], span["end"]
        lines.append(f"insert at {start['line']}:{start['character']}-{end['character']}:")
        lines += [f"    |{line}" for line in text.replace("\r", "\\r").split("\n")]
    return lines or ["nothing to show"]


def _told(editor: FakeEditor, pools: ScriptedPools) -> list[str]:
    *_, suggestion = editor.server.session.suggestions.values()
    trace = suggestion.trace
    lines = [
        f"decided at {trace.decision.at_ms:.0f} ms: {trace.decision.why}",
        f"gate: {trace.gate}",
    ]
    for member in trace.members:
        words = [member.name, member.state, member.verdict or "no verdict"]
        if member.asked_ms is not None:
            name, _, number = member.name.partition("#")
            asked = pools.transport.of(name)
            # Samples of an edit are asked for one after the other, the last one until it succeeds.
            samples = sum(one.name.partition("#")[0] == name for one in trace.members)
            seen = asked[-1] if int(number or 1) == samples else asked[int(number or 1) - 1]
            words.append("open" if seen.closed_ms is None else f"closed at {seen.closed_ms:.0f} ms")
        words.append(member.why)
        lines.append("  " + ", ".join(word for word in words if word))
    return lines
