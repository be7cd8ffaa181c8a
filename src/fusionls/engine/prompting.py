"""What each member is asked in one request, and how its answer is read."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property

from fusionls.core.cleanup import CleaningContext
from fusionls.core.context import CompletionContext, gather
from fusionls.core.extent import extent_of
from fusionls.core.families import family_for
from fusionls.core.kept_in import Keep
from fusionls.core.languages import language_for
from fusionls.core.member import PromptBudget
from fusionls.core.missing_line import MOST_AFTER, MOST_BEFORE, MissingLine, missing_line
from fusionls.core.prompt import Place, RenderedPrompt
from fusionls.core.reading import Reading
from fusionls.core.request import CompletionRequest, Extent
from fusionls.core.validation import Hole
from fusionls.engine.asking import Ask
from fusionls.engine.ports import PoolMember
from fusionls.engine.standings import Standings


class Prompting:
    """The prompts of ``request``. ``keep_of`` tells to whom another open document may be shown."""

    def __init__(
        self, request: CompletionRequest, keep_of: Callable[[str], Keep], standings: Standings
    ) -> None:
        self._request = request
        self._keep_of = keep_of
        self._standings = standings
        self._extent = extent_of(request)
        self._sides = request.prefix, request.suffix
        self.language = language_for(request.document.language_id, request.document.uri)

    @property
    def language_name(self) -> str:
        """The name of the document's language, the editor's where it has no grammar here."""
        if self.language is None:
            return self._request.document.language_id or "plaintext"
        return self.language.name

    def asks(self, members: Iterable[PoolMember]) -> list[Ask]:
        """Return the prompts for every one of ``members``."""
        contexts: dict[tuple[PromptBudget, bool], CompletionContext] = {}
        return [ask for member in members for ask in self._asks(member, contexts)]

    def reading(self, ask: Ask, hole: Hole) -> Reading:
        """Return how the answer to ``ask`` is read."""
        member = ask.pool_member.member
        family = family_for("", member.family)
        cleaning = CleaningContext(
            prefix=self._sides[0],
            suffix=self._sides[1],
            extent=self._extent,
            withheld=ask.prompt.withheld,
            special_tokens=family.special_tokens,
            language=self.language,
        )
        needed = self._missing.needed if member.obeys else ()
        return Reading(member, cleaning, hole, ask.prompt, needed, talks=family.chat)

    def _asks(
        self,
        pool_member: PoolMember,
        contexts: dict[tuple[PromptBudget, bool], CompletionContext],
    ) -> list[Ask]:
        member = pool_member.member
        kind = member.budget.shrunk(self._standings.share(member.name)), member.is_local
        context = contexts.get(kind)
        if context is None:
            context = contexts[kind] = self._context(*kind)
        if member.obeys:
            context = replace(context, missing=self._missing)
        prompts = family_for("", member.family).render(context, self._extent)
        return [Ask(pool_member, self._placed(prompt)) for prompt in prompts]

    def _context(self, budget: PromptBudget, is_local: bool) -> CompletionContext:
        """Return what a member may read: another machine sees no secrets, and less of other documents."""
        comment = self.language.line_comment if self.language else ""
        shown = {Keep.ALL, Keep.LOCAL} if is_local else {Keep.ALL}
        others = (d for d in self._request.open_documents if self._keep_of(d.uri) in shown)
        return gather(
            self._request, budget, self.language_name, comment, others, redacts=not is_local
        )

    def _placed(self, prompt: RenderedPrompt) -> RenderedPrompt:
        """Return ``prompt`` with this request's place, if it has a place at all."""
        document = self._request.document
        here = Place(document.uri, document.version, self._request.offset)
        return replace(prompt, place=here) if prompt.place else prompt

    @cached_property
    def _missing(self) -> MissingLine:
        """What is known of the line at the cursor, before anybody is asked.

        What stands behind a block of lines says nothing of its first.
        """
        request = self._request
        after = request.after(MOST_AFTER) if self._extent is Extent.LINE else ""
        return missing_line(self.language, request.before(MOST_BEFORE), after)
