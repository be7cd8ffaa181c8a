"""A client that goes on asking but stops reading for a minute."""

import time

from tests.bench_memory import rss_mb
from tests.bench_overhead import COLUMN, LINE, TEXT, URI
from tests.support.blocking_client import BlockingClient
from tests.support.figures import Figure, scaled
from tests.support.sides import backends, ours

DEAF_S = 60
LEAST_S = 5
A_SECOND = 20
BAR_MB = 20


def deaf_client(share: float) -> list[Figure]:
    """Everything that waits behind the pipe is null but the newest.

    The pipe holds a page; what was written before it was full, and the one answer that is being written,
    cannot be taken back.
    """
    seconds = scaled(DEAF_S, share, LEAST_S)
    with (
        backends(1, "answer", "--quiet") as [backend],
        ours([backend.url]) as side,
        side.client(deaf=True) as client,
    ):
        client.start()
        client.open(URI, TEXT)
        client.answer(_typed_and_asked(client, 0))
        before = rss_mb(client.pid)
        asked = [_paced(client, n) for n in range(1, seconds * A_SECOND + 1)]
        time.sleep(1)
        more = rss_mb(client.pid) - before
        with_text = [bool(client.answer(known)["result"]) for known in asked]
        again = bool(client.answer(_typed_and_asked(client, len(asked) + 1))["result"])
        client.stop()
    # The first null ends what the pipe already held.
    behind = with_text[with_text.index(False) :] if False in with_text else with_text
    return [
        Figure(f"deaf for {seconds} s: more memory", more, "MB", f"<= {BAR_MB}"),
        Figure("deaf client: answers that the pipe held", len(asked) - len(behind), ""),
        Figure("deaf client: then with text", sum(behind), f"of {len(behind)}", "= 1"),
        Figure("deaf client: the newest has text", with_text[-1], "", "= 1"),
        Figure("deaf client: the next request has text", again, "", "= 1"),
    ]


def _paced(client: BlockingClient, number: int) -> int:
    time.sleep(1 / A_SECOND)
    return _typed_and_asked(client, number)


def _typed_and_asked(client: BlockingClient, number: int) -> int:
    at = {"line": LINE, "character": COLUMN + number}
    change = {"range": {"start": at, "end": at}, "text": "x"}
    identifier = {"uri": URI, "version": number + 2}
    params = {"textDocument": identifier, "contentChanges": [change]}
    client.notify("textDocument/didChange", params)
    place = at | {"character": COLUMN + number + 1}
    asked = {"textDocument": {"uri": URI}, "position": place, "context": {"triggerKind": 2}}
    return client.ask("textDocument/inlineCompletion", asked)
