"""Reads a key from where the user keeps it, without holding up the event loop."""

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress

from fusionls.settings.key_command import printed_by, program_name
from fusionls.settings.key_file import read_private_file
from fusionls.settings.key_text import KeyUnavailable, Outcome, key_in, why_not
from fusionls.settings.schema import KeyBlock

# A person may have to touch a device or type a password first.
PATIENCE_S = 30.0


async def read_key(block: KeyBlock) -> str:
    """Return the key that ``block`` names, after PATIENCE_S at most. Raises KeyUnavailable."""
    if block.env:
        content = os.environ.get(block.env, "").encode("utf-8", "surrogateescape")
        return key_in(content, f"environment variable {block.env}")
    if block.command:
        printed = await printed_by(block.command, PATIENCE_S)
        return key_in(printed, f"output of {program_name(block.command)}")
    if block.keyring:
        service, _, user = block.keyring.partition("/")
        return key_in(await _in_thread(lambda: _from_keyring(service, user)), "keyring's entry")
    return key_in(await _in_thread(lambda: read_private_file(block.file)), "key file")


def _from_keyring(service: str, user: str) -> bytes:
    # Only who keeps a key there pays for the import.
    import keyring
    import keyring.errors

    try:
        return (keyring.get_password(service, user) or "").encode()
    except keyring.errors.NoKeyringError:
        raise KeyUnavailable(
            "this machine has no keyring that fusionls can use: name a file or a command instead"
        ) from None
    except keyring.errors.KeyringLocked:
        raise KeyUnavailable("the keyring is locked") from None
    except Exception as error:
        # Backends raise whatever their system raises.
        raise KeyUnavailable(f"the keyring failed ({type(error).__name__})") from None


async def _in_thread(read: Callable[[], bytes]) -> bytes:
    """Return what ``read`` gives, in a thread that keeps nobody from exiting: a keyring may wait long."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Outcome] = loop.create_future()

    def settle(outcome: Outcome) -> None:
        if not answer.done():
            answer.set_result(outcome)

    def run() -> None:
        try:
            outcome = Outcome(read())
        except Exception as error:
            outcome = Outcome(why_not=why_not(error))
        # The loop may be gone by now.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=run, name="fusionls-key", daemon=True).start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            return (await answer).get()
    except TimeoutError:
        raise KeyUnavailable(f"the key was not there within {PATIENCE_S:g} s") from None
