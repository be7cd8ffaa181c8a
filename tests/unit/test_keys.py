"""Keys: where they may be kept, whom they are given to, and that nothing prints them."""

import asyncio
import logging
import os
import stat
import sys
import threading
import traceback
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from fusionls.settings import key_reading
from fusionls.settings.key_command import printed_by
from fusionls.settings.keys import RETRY_S, KeySource, KeySources, KeyUnavailable, origin_of
from fusionls.settings.schema import KeyBlock
from tests.support.virtual_time import run_virtual

HUSH = "sk-hush-0123456789"
API = "https://api.example/v1"


def key_of(block, url=API):
    return asyncio.run(KeySource(block, API).key_for(url))


def refusal(block, url=API):
    """The sentence that says why there is no key; nothing that could be printed of it holds one."""
    with pytest.raises(KeyUnavailable) as raised:
        key_of(block, url)
    printed = "".join(traceback.format_exception(raised.value))
    error: BaseException | None = raised.value
    while error is not None:
        printed += f"{error!r}{error.args!r}{vars(error)!r}"
        error = error.__cause__ or error.__context__
    assert HUSH not in printed
    return str(raised.value)


# -- origins


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example", "https://api.example:443"),
        ("https://API.Example:443/v1?x=1", "https://api.example:443"),
        ("https://api.example./v1", "https://api.example:443"),
        ("http://127.0.0.1:8012/v1", "http://127.0.0.1:8012"),
        ("http://localhost", "http://localhost:80"),
        ("http://[::1]:8012/", "http://[::1]:8012"),
        ("http://[0:0:0:0:0:0:0:1]/", "http://[::1]:80"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example:443"),
        ("https://my_gpu/", "https://my_gpu:443"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url, origin):
    assert origin_of(url) == origin == origin_of(origin)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example",
        "//api.example",
        "ftp://api.example",
        "https://",
        "https:///v1",
        "https://me:hush@api.example",
        "https://api.example@evil.example",
        "https://api.example\\@evil.example",
        "https://evil.example\\.api.example",
        "https://api.example /v1",
        "https://api.example/v 1",
        " https://api.example",
        "https://api.example\n",
        "https://api.example\t.evil.example",
        "https://api.example:0",
        "https://api.example:65536",
        "https://api.example:",
        "https://api.example:44 3",
        "https://api%2eexample",
        "https://b\u00fccher.example",
        "https://api\u3002example",
        "https://\uff41pi.example",
        "https://api..example",
        "https://api.example..",
        "http://2130706433",
        "http://0177.0.0.1",
        "http://0x7f000001",
        "http://127.1",
        "http://127.0.0.256",
        "http://[::1%25eth0]",
        "http://[::g]",
        "http://[::1",
    ],
)
def test_what_two_programs_may_read_differently_has_no_origin(url):
    with pytest.raises(ValueError) as raised:
        origin_of(url)
    assert "hush" not in str(raised.value)


def test_a_key_is_given_to_its_own_origin_alone(monkeypatch):
    monkeypatch.setenv("A_KEY", HUSH)
    block = KeyBlock(env="A_KEY")
    assert key_of(block, "https://api.example/other/path?query=1") == HUSH
    for other in (
        "http://api.example/v1",
        "https://api.example:8443/v1",
        "https://evil.example/v1",
        "https://api.example.evil.example/v1",
        "https://sub.api.example/v1",
        "https://api.example@evil.example/v1",
    ):
        assert "not given to" in (words := refusal(block, other)) or "plain URL" in words


def test_without_a_block_there_is_no_key():
    assert key_of(None) == ""


# -- places


def test_an_environment_variable(monkeypatch):
    monkeypatch.setenv("A_KEY", f" {HUSH}\n")
    assert key_of(KeyBlock(env="A_KEY")) == HUSH
    monkeypatch.delenv("A_KEY")
    assert refusal(KeyBlock(env="A_KEY")) == "the environment variable A_KEY is not set or empty"


@pytest.mark.parametrize(
    "content",
    [
        HUSH + " \x07",
        f"{HUSH} and more",
        "\u00e9" + HUSH,
        HUSH + "\rX-Other: header",
        HUSH * 2000,
        "",
    ],
)
def test_what_is_no_key_is_not_sent(monkeypatch, content):
    monkeypatch.setenv("A_KEY", content)
    assert "environment variable A_KEY" in refusal(KeyBlock(env="A_KEY"))


def private_file(path, content=HUSH, mode=0o600):
    path.write_text(content)
    path.chmod(mode)
    return KeyBlock(file=str(path))


def test_a_file_of_the_user_alone(tmp_path, monkeypatch):
    block = private_file(tmp_path / "key", f"\ufeff{HUSH}\r\nnotes\n")
    assert key_of(block) == HUSH
    assert key_of(private_file(tmp_path / "read-only", mode=0o400)) == HUSH
    monkeypatch.setenv("HOME", str(tmp_path))
    assert key_of(KeyBlock(file="~/key")) == HUSH


@pytest.mark.skipif(sys.platform == "win32", reason="there are no modes")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o601, 0o777])
def test_a_file_that_others_may_read_or_write(tmp_path, mode):
    block = private_file(tmp_path / "key", mode=mode)
    assert refusal(block) == ("the key file can be read or changed by others: run chmod 600 on it")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no owners")
def test_a_file_of_somebody_else(tmp_path, monkeypatch):
    block = private_file(tmp_path / "key")
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    assert refusal(block) == "the key file belongs to somebody else"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights")
def test_links_and_what_is_no_file(tmp_path):
    private_file(tmp_path / "key")
    (tmp_path / "link").symlink_to(tmp_path / "key")
    (tmp_path / "folder").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)
    refused = {
        "link": "is a link: name the file itself",
        "folder": "is not a plain file",
        "pipe": "is not a plain file",
        "none": "cannot be opened (FileNotFoundError)",
    }
    for name, words in refused.items():
        assert refusal(KeyBlock(file=str(tmp_path / name))) == f"the key file {words}"
    assert "not a plain file" in refusal(KeyBlock(file="/dev/null"))


def test_a_file_is_named_by_its_whole_path(tmp_path, monkeypatch):
    """Else it could be one of the repository that fusionls was started in."""
    private_file(tmp_path / "key")
    monkeypatch.chdir(tmp_path)
    assert "whole path" in refusal(KeyBlock(file="key"))
    assert "whole path" in refusal(KeyBlock(file="./key"))


def test_a_file_that_is_far_too_long(tmp_path):
    assert "that is no key" in refusal(private_file(tmp_path / "key", "k" * 100_000))


class FakeKeyring(keyring.backend.KeyringBackend):
    """A keyring with one entry."""

    priority = 1

    def __init__(self, answer):
        self.answer = answer

    def get_password(self, service, username):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer if (service, username) == ("fusionls", "me/you") else None

    def set_password(self, service, username, password):
        raise NotImplementedError

    def delete_password(self, service, username):
        raise NotImplementedError


@pytest.fixture
def in_keyring():
    before = keyring.get_keyring()
    yield lambda answer: keyring.set_keyring(FakeKeyring(answer))
    keyring.set_keyring(before)


def test_the_keyring_of_the_system(in_keyring):
    in_keyring(HUSH)
    assert key_of(KeyBlock(keyring="fusionls/me/you")) == HUSH
    assert refusal(KeyBlock(keyring="fusionls/nobody")) == "the keyring's entry is not set or empty"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (keyring.errors.NoKeyringError(HUSH), "no keyring that fusionls can use"),
        (keyring.errors.KeyringLocked(HUSH), "the keyring is locked"),
        (keyring.errors.InitError(HUSH), "the keyring failed (InitError)"),
        (RuntimeError(HUSH), "the keyring failed (RuntimeError)"),
    ],
)
def test_a_keyring_that_fails(in_keyring, error, words):
    in_keyring(error)
    with pytest.raises(KeyUnavailable, match="keyring") as raised:
        key_of(KeyBlock(keyring="fusionls/me"))
    assert words in str(raised.value)
    assert HUSH not in "".join(traceback.format_exception(raised.value))


# -- commands

runs_commands = pytest.mark.child_process("a key's command is a program")


def script(code):
    return KeyBlock(command=[sys.executable, "-c", code])


@runs_commands
def test_a_program_prints_the_key():
    assert key_of(script(f"print('{HUSH}'); print('notes')")) == HUSH


@runs_commands
def test_no_shell_is_involved(tmp_path):
    trap = tmp_path / "trap"
    argument = f"$(touch {trap}); touch {trap} | `touch {trap}` && touch {trap}"
    block = KeyBlock(
        command=[sys.executable, "-c", "import sys; print(len(sys.argv[1]))", argument]
    )
    assert key_of(block) == str(len(argument))
    assert not trap.exists()


@runs_commands
def test_a_program_gets_no_input_and_works_in_the_users_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "import os, sys; print(repr(sys.stdin.read()) + os.getcwd().replace(' ', ''))"
    assert key_of(script(code)) == "''" + str(Path.home().resolve()).replace(" ", "")


@runs_commands
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (f"import sys; print('{HUSH}'); sys.exit(3)", "ended with status 3"),
        (f"import sys; sys.exit('{HUSH}')", "ended with status 1"),
        ("pass", "is not set or empty"),
        (f"print('{HUSH} {HUSH}')", "characters that no key has"),
        ("while True: print('k' * 65536)", "that is no key"),
        ("import os; os.write(1, bytes([0xff, 0xfe]))", "characters that no key has"),
    ],
)
def test_a_program_that_gives_no_key(code, words):
    assert words in refusal(script(code))


@runs_commands
@pytest.mark.skipif(sys.platform == "win32", reason="starts a process that outlives its parent")
def test_a_program_that_does_not_end_is_killed_with_all_it_started(tmp_path):
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    # Both processes hold its other end, so it ends when both are gone.
    end = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    command = ["sh", "-c", f"exec 3> '{alive}'; echo started >&3; sleep 60 & wait"]
    with pytest.raises(KeyUnavailable, match="sh did not end within 1 s"):
        asyncio.run(printed_by(command, 1.0))
    os.set_blocking(end, True)
    with os.fdopen(end) as told:
        assert told.read() == "started\n"


@runs_commands
def test_a_program_of_the_repository_is_never_run(tmp_path, monkeypatch):
    """However PATH is written, and wherever fusionls was started."""
    trap = tmp_path / "ran"
    for name in ("get-key", "bin/get-key"):
        program = tmp_path / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\ntouch {trap}\necho key\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join([".", "", "bin", "./bin", os.environ["PATH"]]))
    for given in ("get-key", "./get-key", "bin/get-key"):
        assert "get-key is not found" in (words := refusal(KeyBlock(command=[given]))) or (
            "whole path" in words
        )
    assert not trap.exists()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert key_of(KeyBlock(command=["get-key"])) == "key"


@runs_commands
def test_a_program_that_cannot_be_started(tmp_path):
    text = tmp_path / "text"
    text.write_text("nothing to run")
    assert "is not found" in refusal(KeyBlock(command=["no-such-program-here"]))
    assert "text cannot be started (PermissionError)" in refusal(KeyBlock(command=[str(text)]))
    block = KeyBlock(command=[sys.executable, "-c", "pass", f"{HUSH}\0"])
    assert "cannot be started (ValueError)" in refusal(block)


# -- when it is read


class Place:
    """A place that counts how often it is asked, and answers in its own time."""

    def __init__(self, *answers, after_s=0.0):
        self.answers = list(answers)
        self.after_s = after_s
        self.asked = 0

    async def read(self, block):
        self.asked += 1
        await asyncio.sleep(self.after_s)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


BLOCK = KeyBlock(env="A_KEY")


def test_a_key_is_read_once_and_only_when_it_is_needed():
    async def ask():
        place = Place(HUSH, after_s=1)
        source = KeySource(BLOCK, API, place.read)
        assert place.asked == 0
        assert await asyncio.gather(*(source.key() for _ in range(5))) == [HUSH] * 5
        assert await source.key() == HUSH
        return place.asked

    assert run_virtual(ask()) == 1


def test_a_key_that_was_refused_is_read_anew():
    async def ask():
        place = Place("old", "new")
        source = KeySource(BLOCK, API, place.read)
        first = await source.key()
        source.forget()
        return first, await source.key(), place.asked

    assert run_virtual(ask()) == ("old", "new", 2)


def test_what_is_forgotten_while_it_is_read_is_not_kept():
    async def ask():
        place = Place("old", "new", after_s=1)
        source = KeySource(BLOCK, API, place.read)
        early = asyncio.create_task(source.key())
        await asyncio.sleep(0.5)
        source.forget()
        return await early, await source.key(), await source.key()

    assert run_virtual(ask()) == ("old", "new", "new")


def test_a_slow_keyring_is_not_given_up_with_the_request():
    """A cutoff cancels within milliseconds; a person needs seconds to type a password."""

    async def ask():
        place = Place(HUSH, after_s=10)
        source = KeySource(BLOCK, API, place.read)
        for _ in range(20):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.35):
                    await source.key()
        await asyncio.sleep(10)
        async with asyncio.timeout(0.001):
            return await source.key(), place.asked

    assert run_virtual(ask()) == (HUSH, 1)


def test_nobody_is_asked_to_unlock_with_every_keystroke():
    async def ask():
        place = Place(KeyUnavailable("the keyring is locked"), HUSH)
        source = KeySource(BLOCK, API, place.read)
        for _ in range(100):
            with pytest.raises(KeyUnavailable, match="the keyring is locked"):
                await source.key()
        before = place.asked
        await asyncio.sleep(RETRY_S + 1)
        return before, await source.key()

    assert run_virtual(ask()) == (1, HUSH)


def test_a_bug_in_reading_is_told_without_what_was_read():
    async def ask():
        await KeySource(BLOCK, API, Place(UnicodeError(HUSH)).read).key()

    with pytest.raises(KeyUnavailable, match=r"cannot be read \(UnicodeError\)") as raised:
        run_virtual(ask())
    assert HUSH not in "".join(traceback.format_exception(raised.value))


def test_closing_ends_a_reading():
    async def ask():
        sources = KeySources()
        await sources.aclose()
        source = KeySource(BLOCK, API, Place(HUSH, after_s=600).read)
        waiting = asyncio.create_task(source.key())
        await asyncio.sleep(1)
        await source.aclose()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return asyncio.get_running_loop().time() < 10

    assert run_virtual(ask())


def test_one_source_for_one_key_of_one_origin():
    sources = KeySources()
    same = sources.source_for(BLOCK, API)
    assert sources.source_for(KeyBlock(env="A_KEY"), "https://api.example:443/v2") is same
    assert sources.source_for(BLOCK, "https://other.example") is not same
    assert sources.source_for(KeyBlock(env="OTHER"), API) is not same
    assert sources.source_for(None, API) is not same


def test_nothing_that_can_be_printed_holds_the_key(monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("A_KEY", HUSH)

    async def ask():
        source = KeySource(BLOCK, API)
        await source.key()
        task = repr(source._reading)
        return f"{source!r} {source} {task} {source.key_for!r}"

    printed = asyncio.run(ask())
    assert "https://api.example:443" in printed
    assert HUSH not in printed + caplog.text


def test_not_even_an_event_loop_that_is_debugged_prints_a_key(tmp_path, caplog):
    """In debug mode asyncio logs slow callbacks with all their arguments and results."""
    caplog.set_level(logging.DEBUG)
    block = private_file(tmp_path / "key")

    async def ask():
        asyncio.get_running_loop().slow_callback_duration = 0.0
        assert await KeySource(block, API).key() == HUSH

    asyncio.run(ask(), debug=True)
    assert "took" in caplog.text
    assert HUSH not in caplog.text


def test_a_keyring_that_never_answers(monkeypatch):
    """Its thread keeps nobody waiting and nobody from exiting."""
    monkeypatch.setattr(key_reading, "PATIENCE_S", 0.05)
    released = threading.Event()
    monkeypatch.setattr(key_reading, "_from_keyring", lambda *_: released.wait(10) and b"late")
    try:
        assert "not there within 0.05 s" in refusal(KeyBlock(keyring="fusionls/me"))
        assert all(t.daemon for t in threading.enumerate() if t.name == "fusionls-key")
    finally:
        released.set()
