"""In which format each member is asked for an edit, and what is learned from how it answered."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from fusionls.core.editing.blocks import looks_like_blocks
from fusionls.core.editing.edit import Format
from fusionls.core.editing.formats import (
    LEAST_CODE,
    NEWEST_COUNTED,
    TRIED,
    FormAnswer,
    FormRates,
    format_for,
    is_unknown,
)
from fusionls.core.editing.orders import Reading, Style
from fusionls.core.refactoring import RefactorRequest
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.edit_ports import FormStore
from fusionls.engine.ports import EditMember

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class RequestFormats:
    """The formats of one request. Made without anything, whole definitions are asked for and none is learned.

    ``length`` is how much code is shown for editing (code points); ``learn`` takes what is learned, None
    where answers have a form of their own; ``takes_blocks`` says that they could be read; ``chance`` draws
    a number (0 to 1) by lot.
    """

    rates: FormRates = field(default_factory=FormRates)
    chance: Callable[[], float] = lambda: 1.0
    learn: Callable[[FormAnswer], None] | None = None
    takes_blocks: bool = False
    length: int = 0
    _failed: set[str] = field(default_factory=set)

    def of(self, member: EditMember, sample: int, *, can_fail: bool) -> Format:
        """Return how ``member`` is asked for its answer number ``sample`` (from 0).

        ``can_fail``: it has given an edit, or can be asked again. Only then is it tried with blocks while
        nobody knows how it keeps to them; never with its first answer, and never if it is paid.
        """
        name = member.member.name
        is_told = member.style is Style.CHAT and name not in self._failed
        if not (self.takes_blocks and is_told and self.length >= LEAST_CODE):
            return Format.DEFINITION
        measured = self.rates.measured(name)
        if not is_unknown(measured):
            return format_for(measured)
        is_tried = sample > 0 and can_fail and member.member.price is None
        return Format.BLOCKS if is_tried and self.chance() < TRIED else Format.DEFINITION

    def heard(self, asked: Format, reading: Reading) -> None:
        """Learn from an answer. After blocks that are no good whole definitions are asked for."""
        if asked is Format.BLOCKS and not reading.passes:
            self._failed.add(reading.member)
        if self.learn is not None:
            self.learn(FormAnswer(reading.member, asked, bool(reading.format)))


class EditFormats:
    """What is known of all members. ``store`` keeps it, without one nothing is learned.

    ``chance`` draws a number (0 to 1) by lot, ``folder_of`` returns the workspace folder of a document.
    """

    def __init__(
        self,
        store: FormStore | None,
        chance: Callable[[], float],
        folder_of: Callable[[str], str],
    ) -> None:
        self._store = store
        self._chance = chance
        self._folder_of = folder_of
        self._rates = FormRates()
        self._loading: asyncio.Task[None] | None = None

    def begin(self, request: RefactorRequest) -> RequestFormats:
        """Return the formats of a request. Nobody waits for what earlier sessions learned."""
        store = self._store
        if store is None or _has_own_form(request.refactoring):
            return RequestFormats()
        if self._loading is None:
            self._loading = asyncio.create_task(self._load(store), name="formats")
        folder = self._folder_of(request.first.document.uri)

        def learn(answer: FormAnswer) -> None:
            self._rates.learn(answer)
            store.keep_answer(answer, folder)

        # Where the code itself looks like that, such answers are not told from it.
        is_clear = not any(looks_like_blocks(one.document.text) for one in request.files)
        return RequestFormats(self._rates, self._chance, learn, takes_blocks=is_clear)

    async def aclose(self) -> None:
        """End what runs. The store is closed by who opened it. Never raises."""
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.wait({self._loading})

    async def _load(self, store: FormStore) -> None:
        try:
            self._rates.learn_earlier(await store.answers(NEWEST_COUNTED))
        except Exception as error:
            # Without it, it is learned anew.
            log.error("reading how members answered failed: %s", where_it_broke(error))


def _has_own_form(name: str) -> bool:
    """Tell whether a refactoring says itself in which form models shall answer."""
    # Imported here: it loads all refactorings, and only an edit needs them.
    from fusionls.core.refactorings import refactorings

    found = refactorings().get(name)
    return found is not None and bool(found.answer)
