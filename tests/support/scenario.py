"""A scenario is one text file: prose, then sections. The golden at its end is rewritten on demand.

//- /src/app.py [crlf]                  a document; $0 is the cursor of the document asked in
//- model:NAME after=80ms [token=20ms] [maker=X] [prior=0.5] [family=F]
                                        what that model answers ("hangs", "dies" or "errors" after the
                                        text; "status=500" or "breaks" instead of one)
//- ask automatic|manual|list [xN]      which request, and how often; automatic if there is none
//- expect                              what the person gets at last, and who did what when
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from fusionls.core.languages import language_for
from fusionls.core.member import Caps, Member
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
    unreachable,
)
from tests.support.virtual_time import run_virtual

MARK = re.compile(r"^//- (.+)$", re.MULTILINE)
CURSOR = "$0"


@dataclass(slots=True)
class Scenario:
    documents: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, Script | list[Script]] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    ask: str = "automatic"
    times: int = 1
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
        scenario.scripts[name] = _script(options, body)
        scenario.members[name] = Member(
            name,
            family=options.get("family", "plain"),
            maker=options.get("maker", name),
            prior=float(options.get("prior", "0.3")),
        )
    elif header.startswith("ask "):
        scenario.ask, _, times = header.removeprefix("ask ").partition(" x")
        scenario.times = int(times or "1")
    elif header == "expect":
        scenario.expected = body
    else:
        raise ValueError(f"no such section: {header!r}")


def _script(options: dict[str, str], body: str) -> Script:
    after = _ms(options.get("after", "0ms"))
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
    return answer(
        body.removesuffix("\n"), after_ms=after, per_token_ms=_ms(options.get("token", "0ms"))
    )


def _ms(text: str) -> float:
    return float(text.removesuffix("ms")) if text.endswith("ms") else float(text[:-1]) * 1000


async def play(scenario: Scenario) -> str:
    pools = scripted_pools(scenario.scripts, scenario.members, Caps())
    editor = FakeEditor(pools)
    await editor.start({} if scenario.ask == "list" else None)
    asked, offset = "", 0
    for path, text in scenario.documents.items():
        uri = f"file://{quote(path)}"
        if CURSOR in text:
            asked, offset = uri, text.index(CURSOR)
        language = language_for("", path)
        editor.open(uri, text.replace(CURSOR, "", 1), language.ids[0] if language else "plaintext")
    for _ in range(scenario.times):
        result = await _request(editor, scenario.ask, asked, offset)
    lines = [*_shown(result), *_told(editor, pools)]
    await editor.stop()
    return "\n".join(lines) + "\n"


async def _request(editor: FakeEditor, ask: str, uri: str, offset: int):
    if ask == "list":
        params = {"textDocument": {"uri": uri}, "position": editor.position(uri, offset)}
        return (await editor.request("textDocument/completion", params))["result"]
    number = editor.inline(uri, offset, INVOKED if ask == "manual" else AUTOMATIC)
    return (await editor.client.answer(number))["result"]


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
            *_, seen = pools.transport.of(member.name)
            words.append("open" if seen.closed_ms is None else f"closed at {seen.closed_ms:.0f} ms")
        words.append(member.why)
        lines.append("  " + ", ".join(word for word in words if word))
    return lines
