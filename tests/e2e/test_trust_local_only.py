"""Under ``local_only`` a real server connects to this machine and to nothing else, however an address looks.

Its own interpreter tells what it connects to and looks up, so the names here need no name server. What needs
one that lies (a name with two addresses, one that changes) is in ``test_trust_network.py``, in this process.
"""

import asyncio
import json

import pytest

from tests.support.recording_server import RecordingServer
from tests.support.watched_server import Model, watched_editor

# {port} is that of a recording socket on 127.0.0.1, which must hear of none of them.
TRICKS = """
http://93.184.216.34:{port}
https://93.184.216.34:{port}
http://10.0.0.1:{port}
http://192.168.1.1:{port}
http://169.254.169.254:{port}/latest/meta-data
http://100.64.0.1:{port}
http://0.0.0.0:{port}
http://0:{port}
http://128.0.0.1:{port}
http://255.255.255.255:{port}
http://[::]:{port}
http://[::2]:{port}
http://[2606:2800:220:1:248:1893:25c8:1946]:{port}
http://[fe80::1]:{port}
http://[fe80::1%25lo]:{port}
http://[::1%25lo]:{port}
http://[::ffff:8.8.8.8]:{port}
http://[::ffff:0.0.0.0]:{port}
http://[::127.0.0.1]:{port}
http://[64:ff9b::7f00:1]:{port}
http://[2002:7f00:1::]:{port}
http://[fc00::1]:{port}
http://[ff02::1]:{port}
http://2130706433:{port}
http://017700000001:{port}
http://0177.0.0.1:{port}
http://0x7f000001:{port}
http://0x7f.1:{port}
http://127.1:{port}
http://127.0.0.1.:{port}
http://127.0.0.256:{port}
http://127.999.999.999:{port}
http://127.00.00.01:{port}
http://public.example:{port}
https://public.example:{port}
http://localhost.example:{port}
http://127.0.0.1.example:{port}
http://localhost.:{port}
http://localhost-:{port}
http://127.0.0.1@public.example:{port}
http://public.example#@127.0.0.1:{port}
http://public.example\\\\@127.0.0.1:{port}
http://l\u043ecalhost:{port}
http://\u2460\u2461\u2466.0.0.1:{port}
http://127\u30020\u30020\u30021:{port}
http://xn--lcalhost-2bf:{port}
http://lvh.me:{port}
http://127.0.0.1.nip.io:{port}
unix:///tmp/model.sock
ws://127.0.0.1:{port}
//127.0.0.1:{port}
""".strip().split("\n")
# Of all tiers, as a user may write them; what cannot be one is refused with the whole file.
PRIVACY = ("", 'privacy = "cloud"', 'privacy = "private"', 'privacy = "local"')
SETTINGS = """
{top}
[members.near]
wire = "openai"
endpoint = "{near}"
family = "plain"
[members.trick]
wire = "openai"
endpoint = "{trick}"
family = "plain"
allow_plain_http = true
{privacy}
[pools.default]
members = ["trick", "near"]
[completion]
budget_ms = 2000
manual_budget_ms = 2000
[network]
proxy = "{proxy}"
"""
ALONE = SETTINGS.replace('"trick", "near"', '"near"')
NEAR = "near_says()"
DOCUMENT = "value = "


class Machine:
    """A model on this machine, and sockets that nobody may connect to."""

    def __init__(self, folder):
        self.folder, self.project = folder, folder / "project"
        self.project.mkdir()
        self.config = folder / "config.toml"
        self.near, self.heard = Model(NEAR), None
        self.reached, self.proxy = RecordingServer(), RecordingServer()
        self.number = 0

    def save(self, trick="", privacy="", top="", settings=SETTINGS):
        """Write the user's settings with a member at the address ``trick``."""
        trick = trick.format(port=self.reached.port) or self.near.url
        urls = {"near": self.near.url, "trick": trick, "proxy": self.proxy.url}
        self.config.write_text(settings.format(top=top, privacy=privacy, **urls))

    async def ask(self, editor):
        """Open a document of its own and ask in it."""
        self.number += 1
        uri = (self.project / f"app{self.number}.py").as_uri()
        editor.open(uri, DOCUMENT)
        said = await editor.suggested(uri, DOCUMENT)
        editor.close(uri)
        return said

    async def says(self, editor, wish):
        """Push an editor's settings."""
        editor.notify("workspace/didChangeConfiguration", {"settings": {"fusionls": wish}})
        await editor.request("workspace/executeCommand", {"command": "fusionls.status"})

    def assert_stayed(self, editor):
        """Fail if anything but the near model was connected to."""
        assert editor.heard.peers == {("127.0.0.1", self.near.port)}
        assert editor.heard.names == []
        assert self.reached.connections == self.proxy.connections == 0


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


async def with_server(machine, work):
    async with machine.near, machine.reached, machine.proxy:
        machine.save(top="privacy.local_only = true", settings=ALONE)
        around = watched_editor(machine.folder / "server", machine.config, {})
        async with around as editor:
            await editor.begin((machine.project,))
            return await work(editor)


@pytest.mark.parametrize("whose", ["the user's", "the project's", "the editor's"])
def test_no_address_leaves_this_machine(machine, whose):
    """The settings are saved anew with each address, while the server runs."""

    async def work(editor):
        top = "privacy.local_only = true" if whose == "the user's" else ""
        if whose == "the project's":
            (machine.project / ".fusionls.toml").write_text("privacy.local_only = true\n")
        if whose == "the editor's":
            await machine.says(editor, {"privacy": {"local_only": True}})
        wrong, counted = [], 0
        for trick in TRICKS:
            for privacy in PRIVACY:
                machine.save(trick, privacy, top)
                said = await machine.ask(editor)
                counted += 1
                if NEAR not in said or len(editor.heard.peers) > 1 or editor.heard.names:
                    wrong.append((trick, privacy, said))
        assert wrong == []
        machine.assert_stayed(editor)
        return counted

    counted = asyncio.run(with_server(machine, work))
    assert len(set(TRICKS)) >= 40
    # Most of them are refused as settings, and what the file said before counts.
    assert counted == len(TRICKS) * len(PRIVACY) == machine.near.asked


@pytest.mark.parametrize("privacy", PRIVACY)
def test_a_model_that_says_it_moved_is_not_followed(machine, privacy):
    async def work(editor):
        async with Model(moved_to=machine.reached.url) as moved:
            machine.save(moved.url, privacy, "privacy.local_only = true")
            said = await machine.ask(editor)
            assert editor.heard.peers <= {("127.0.0.1", m.port) for m in (moved, machine.near)}
            return said, moved.asked

    said, asked = asyncio.run(with_server(machine, work))
    assert (said, machine.reached.connections, machine.proxy.connections) == ([NEAR], 0, 0)
    # Only what is local is asked at all.
    assert (asked > 0) == (privacy in ("", 'privacy = "local"'))


def test_without_the_rule_the_same_member_is_asked(machine):
    """What the others rely on: the sockets record, and the interpreter tells of every connection."""

    async def work(editor):
        machine.save("http://127.0.0.1:{port}", 'privacy = "cloud"')
        await machine.ask(editor)
        machine.save("https://public.example", 'privacy = "cloud"')
        await machine.ask(editor)
        return editor.heard

    heard = asyncio.run(with_server(machine, work))
    assert json.dumps(DOCUMENT.rstrip())[:-1].encode() in machine.reached.received
    assert {
        ("127.0.0.1", s.port) for s in (machine.near, machine.reached, machine.proxy)
    } == heard.peers
    assert b"CONNECT public.example:443" in machine.proxy.received
