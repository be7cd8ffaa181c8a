"""A secret and code that are sent, a name server that lies, and all that an error could give away."""

import asyncio

from aiohttp.abc import AbstractResolver

from fusionls.providers.failures import errors_as_failures
from fusionls.providers.http import open_client, post_request

KEY = "sk-secret-0123456789"
CODE = b'{"prompt": "the code of the person"}'
# Generous for a loaded machine; what is refused is refused at once.
QUICKLY_S = 10.0


class Names(AbstractResolver):
    """A name server that lies: each name has a list of answers, one for each time it is asked."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    async def resolve(self, host, port=0, family=0):
        self.asked.append(host)
        waiting = self.answers.get(host.rstrip("."), [["93.184.216.34"]])
        addresses = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [
            {"hostname": host, "host": a, "port": port, "family": 0, "proto": 0, "flags": 0}
            for a in addresses
        ]

    async def close(self):
        pass


async def post(url, way, lookup=None, times=1):
    """Send the key and code to ``url``; return the status of the last answer."""
    async with open_client(lookup=lookup) as client, asyncio.timeout(QUICKLY_S):
        for _ in range(times):
            with errors_as_failures("host"):
                request = post_request(
                    client, url, {"Authorization": f"Bearer {KEY}"}, CODE, fresh=times > 1, way=way
                )
                response = await client.send(request)
        return response.status_code


def said(raised) -> str:
    """All that an error could print of itself and what it came from."""
    words, error = "", raised.value
    while error is not None:
        words += f"{error!r} {error} "
        error = error.__cause__ or error.__context__
    return words
