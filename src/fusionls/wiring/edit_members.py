"""From a settings block to a member that can be asked for edits."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from fusionls.core.editing.orders import Style
from fusionls.core.editing.priors import edit_prior_of
from fusionls.core.editing.styles import style_of
from fusionls.core.families import families
from fusionls.core.member import Member
from fusionls.engine.occupying import OccupyingClient
from fusionls.engine.ports import EditMember
from fusionls.settings.schema import MemberBlock
from fusionls.wiring.members import (
    EMBEDDED,
    Members,
    Wanted,
    context_of,
    header_at,
    member_of,
    server_of,
    weights_of,
    wire_of,
)

ONLY_FILLS_IN = "its server only fills in, and cannot be told what to change"
# Of 16 small edits SmolLM2-135M (145 MB) did two right in a chat, in 54 s on two processors, as it talks on
# and on, and three in 13 s by writing on from examples. Nothing between it and 1 B parameters was tried.
CHATS_FROM_BYTES = 300_000_000
# The word for those that are embedded, where the settings have none.
THIS_MACHINE = "this machine"
# These serve tuned models under plain names, as what they are made for is talking.
_TALKING_WIRES = frozenset({"ollama"})


class EditMembers:
    """Opens the members that are asked for edits. Their clients share servers with those of completions."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self._opened: dict[Wanted, tuple[EditMember, OccupyingClient]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def get(self, wanted: Wanted) -> EditMember:
        """Return the member, opened if need be. Starts nothing."""
        if wanted not in self._opened:
            self._opened[wanted] = self._open(wanted)
        return self._opened[wanted][0]

    def keep_only(self, wanted: Collection[Wanted]) -> None:
        """Close the others, each once the edits that it is asked for have ended."""
        for left in [one for one in self._opened if one not in wanted]:
            _, client = self._opened.pop(left)
            task = asyncio.get_running_loop().create_task(client.close_when_idle())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def aclose(self) -> None:
        """Close all of them. Never raises."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        for _, client in self._opened.values():
            await client.aclose()

    def _open(self, wanted: Wanted) -> tuple[EditMember, OccupyingClient]:
        block = wanted.block
        server = server_of(block)
        client = OccupyingClient(
            self._members.client_of(wanted), lambda: self._members.readers(server)
        )
        member = edit_member_of(wanted.name, block, wanted.currency)
        names = names_of(wanted.name, block)
        style = _style(names, block, member)
        opened = EditMember(
            member,
            client,
            style=style or Style.CHAT,
            tokens=context_of(block),
            special_tokens=families()[member.family].special_tokens,
            cannot="" if style else ONLY_FILLS_IN,
        )
        return opened, client


def edit_member_of(name: str, block: MemberBlock, currency: str) -> Member:
    """Return what the deciding code has to know of a member whose edits are weighed."""
    member = member_of(name, block, currency)
    prior = edit_prior_of(names_of(name, block)) if block.prior is None else block.prior
    # A whole edit takes all processors for seconds: two models side by side would both come late.
    shares = member.shares or (THIS_MACHINE if block.wire == EMBEDDED else "")
    return replace(member, prior=prior, shares=shares)


def names_of(name: str, block: MemberBlock) -> str:
    """Return what is known of a model by name: the file's and what stands in it, where it runs here."""
    if block.wire != EMBEDDED:
        return block.model or name
    weights = weights_of(block.model)
    header = header_at(weights)
    return f"{weights.stem} {header.name}" if header else weights.stem


def _style(names: str, block: MemberBlock, member: Member) -> Style | None:
    wire = wire_of(block)
    family = families()[member.family]
    chats, usually = wire.chats, family.chat or block.wire in _TALKING_WIRES
    if block.wire == EMBEDDED:
        chats = _weights_chat(weights_of(block.model))
        # Bases that fill in bring the form of a chat along, too, and were not taught to follow one.
        usually = not family.fills_in
    return style_of(names, chats=chats, continues=wire.continues, usually_tuned=usually)


def _weights_chat(weights: Path) -> bool:
    """Tell whether a model that runs here does better in a chat."""
    header = header_at(weights)
    if header is None or not header.chats:
        return False
    try:
        return weights.stat().st_size >= CHATS_FROM_BYTES
    except OSError:
        return False
