"""Operations in any order, as hypothesis finds them: against a model of what a session is."""

import asyncio

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
)

from tests.conformance.chaos import BAD_FRAMES, SETTINGS_SENT
from tests.conformance.frames import Message
from tests.conformance.in_process import InProcessPeer
from tests.conformance.messages import code, inline_at, replacement
from tests.support.document_replay import applied
from tests.support.scripted_transport import answer, fails, hangs
from tests.support.virtual_time import VirtualTimeLoop

INVALID_REQUEST, NOT_INITIALIZED, REQUEST_CANCELLED = -32600, -32002, -32800
URIS = ["file:///a.py", "file:///b.rs", "untitled:Untitled-1"]
TEXTS = st.text(st.sampled_from("ab (\n\r\té😀\u2028\x0c\x00"), max_size=12)
LINES = st.integers(0, 6)
CHARACTERS = st.integers(0, 12)
PLACES = st.tuples(LINES, CHARACTERS)
MODELS = {
    "m": [answer("a + b", after_ms=30), answer("b)", per_token_ms=50), fails(500)] * 100,
    "n": [hangs(), answer("a", after_ms=60)] * 100,
}
EXAMPLES, STEPS = 60, 40


def inserted_at(place, text):
    return replacement(place, place, text)


class Session(RuleBasedStateMachine):
    """A client that does anything, and knows what must come of it."""

    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualTimeLoop)
        self.peer = self.runner.run(self._connected())
        self.documents: dict[str, str] = {}
        self.greeted = self.shut_down = self.left = False

    async def _connected(self):
        return InProcessPeer(MODELS)

    def run(self, work):
        """Let the loop take a turn with ``work``: a call into the peer, or a coroutine."""

        async def turn():
            result = work()
            if asyncio.iscoroutine(result):
                result = await result
            await asyncio.sleep(0)
            return result

        return self.runner.run(turn())

    @property
    def in_session(self) -> bool:
        return self.greeted and not self.shut_down

    def refused_with(self) -> int | None:
        """Return the code that every request gets now, None if it is served."""
        if self.shut_down:
            return INVALID_REQUEST
        return None if self.greeted else NOT_INITIALIZED

    @precondition(lambda self: not self.left)
    @rule(encoding=st.sampled_from([[], ["utf-16"]]))
    def initialize(self, encoding):
        capabilities: Message = {"textDocument": {"inlineCompletion": {}}}
        params = {"processId": None, "rootUri": None, "capabilities": capabilities}
        if encoding:
            capabilities["general"] = {"positionEncodings": encoding}
        answered = self.run(lambda: self.peer.request("initialize", params))
        if self.greeted or self.shut_down:
            assert code(answered) == INVALID_REQUEST
        else:
            assert "capabilities" in answered["result"]
            self.run(lambda: self.peer.notify("initialized", {}))
            self.greeted = True

    @precondition(lambda self: not self.left)
    @rule(uri=st.sampled_from(URIS), text=TEXTS)
    def open(self, uri, text):
        self.run(lambda: self.peer.open(text, uri))
        if self.in_session:
            self.documents[uri] = text

    @precondition(lambda self: not self.left)
    @rule(
        uri=st.sampled_from(URIS), text=TEXTS, start=PLACES, end=PLACES, version=st.integers(0, 9)
    )
    def change(self, uri, text, start, end, version):
        change = replacement(start, end, text)
        self.run(lambda: self.peer.change(version, inserted_at(start, text), change, uri=uri))
        if self.in_session and uri in self.documents:
            grown = applied(self.documents[uri], [*start, *start, text])
            self.documents[uri] = applied(grown, [*start, *end, text])

    @precondition(lambda self: not self.left)
    @rule(uri=st.sampled_from(URIS), text=TEXTS)
    def replace_all(self, uri, text):
        self.run(lambda: self.peer.change(9, {"text": text}, uri=uri))
        if self.in_session and uri in self.documents:
            self.documents[uri] = text

    @precondition(lambda self: not self.left)
    @rule(uri=st.sampled_from(URIS))
    def close(self, uri):
        self.run(lambda: self.peer.close(uri))
        if self.in_session:
            self.documents.pop(uri, None)

    @precondition(lambda self: not self.left)
    @rule(
        target=asked,
        uri=st.sampled_from(URIS),
        place=PLACES,
        method=st.sampled_from(["completion", "inlineCompletion"]),
        kind=st.integers(0, 2),
    )
    def complete(self, uri, place, method, kind):
        # A completion list knows no kind 0.
        line, character = place
        params = inline_at(line, character, max(kind, method == "completion"), uri)
        number = self.run(lambda: self.peer.ask(f"textDocument/{method}", params))
        refused = self.refused_with()
        if refused is None:
            return number
        assert code(self.run(lambda: self.peer.answer(number))) == refused
        return multiple()

    @precondition(lambda self: not self.left)
    @rule(number=asked)
    def cancel(self, number):
        before = [m for m in self.peer.received if m.get("id") == number]
        self.run(lambda: self.peer.notify("$/cancelRequest", {"id": number}))
        answers = [m for m in self.peer.received if m.get("id") == number]
        assert len(answers) == 1, "at once, and once"
        assert before or code(answers[0]) == REQUEST_CANCELLED

    @precondition(lambda self: not self.left)
    @rule(bad=st.sampled_from(BAD_FRAMES))
    def break_a_frame(self, bad):
        self.run(lambda: self.peer.write(bad))

    @precondition(lambda self: not self.left)
    @rule(sent=st.sampled_from(SETTINGS_SENT))
    def configure(self, sent):
        params = {"settings": sent}
        self.run(lambda: self.peer.notify("workspace/didChangeConfiguration", params))

    @precondition(lambda self: not self.left)
    @rule(seconds=st.sampled_from([0.01, 0.05, 0.4, 2.0]))
    def wait(self, seconds):
        self.run(lambda: asyncio.sleep(seconds))

    @precondition(lambda self: not self.left and self.greeted)
    @rule()
    def shut_the_server_down(self):
        again = self.shut_down
        answered = self.run(lambda: self.peer.request("shutdown"))
        if again:
            assert code(answered) == INVALID_REQUEST
        else:
            assert answered["result"] is None
        self.shut_down = True

    @precondition(lambda self: not self.left)
    @rule(abruptly=st.sampled_from([False] * 9 + [True]))
    def exit(self, abruptly):
        if self.shut_down or abruptly:
            self.run(lambda: self.peer.notify("exit"))
            assert self.run(self.peer.exit_code) == (0 if self.shut_down else 1)
            self.left = True

    @precondition(lambda self: self.left)
    @rule(seconds=st.sampled_from([0.0, 5.0]))
    def talk_to_nobody(self, seconds):
        heard = len(self.peer.received)
        self.run(lambda: self.peer.write_message({"jsonrpc": "2.0", "id": 1, "method": "x"}))
        self.run(lambda: asyncio.sleep(seconds))
        assert len(self.peer.received) == heard, "nothing is said after exit"

    @invariant()
    def lives_until_exit(self):
        assert self.peer.alive != self.left
        assert not self.peer.broken, self.peer.broken

    @invariant()
    def documents_are_what_the_client_has(self):
        store = self.peer.server.session.documents
        if not self.shut_down:
            for uri in URIS:
                snapshot = store.get(uri)
                assert (snapshot.text if snapshot else None) == self.documents.get(uri)

    def teardown(self):
        try:
            if not self.left:
                self.run(self.peer.goodbye)
            self.run(self.peer.aclose)
        finally:
            self.runner.close()


TestSession = Session.TestCase
TestSession.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
