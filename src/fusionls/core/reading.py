"""From a reply, whole or so far, to a candidate."""

import re
from dataclasses import dataclass

from fusionls.core.agreement import class_key
from fusionls.core.candidate import Candidate, Gate, Verdict
from fusionls.core.cleanup import CleaningContext, clean
from fusionls.core.cleanup.extent import EXTENT
from fusionls.core.cleanup.suffix_overlap import SUFFIX_OVERLAP
from fusionls.core.joining import joined
from fusionls.core.member import Member
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Reply, ReplyState
from fusionls.core.request import Extent
from fusionls.core.text import first_content_line
from fusionls.core.validation import Hole

FENCE = "```"
# A line that lacks its end, most often because all tokens were spent, is hardly ever the one that was meant:
# 0 of 21 where the log-probabilities promised 4. So it is with one that uses a name in binding it.
DOUBTFUL_TRUST = 0.2
# With these a line may end and go on below.
_GOES_ON = (":", "{", "(", "[", ",", "=>", "->")
_GONE_TOO_FAR = frozenset({EXTENT, SUFFIX_OVERLAP})


@dataclass(frozen=True, slots=True)
class Reading:
    """How one member's replies are read: as the continuation of which text, and through which gate.

    ``needed`` are the names that the line has to bind, as far as they are known; ``talks`` says that the
    member may begin with prose.
    """

    member: Member
    cleaning: CleaningContext
    hole: Hole
    prompt: RenderedPrompt
    needed: tuple[str, ...] = ()
    talks: bool = False

    def is_readable(self, reply: Reply) -> bool:
        """Tell whether ``reply`` can be read yet.

        The first line of a chat model may be prose: it is waited for until its code has begun.
        """
        if reply.state is ReplyState.ANSWERED:
            return True
        return bool(reply.text) and (not self.talks or FENCE in finished_lines(reply.text))

    def candidate(self, reply: Reply, *, hurry: bool = False) -> Candidate:
        """Return the candidate that ``reply`` holds; of a partial reply only its finished lines.

        A whole answer is put in place in the way in which it fits best. In a ``hurry``, and while it is
        still coming, it is taken as it is: other ways cost several parses.
        """
        whole = reply.state is ReplyState.ANSWERED
        said = reply.text if whole else finished_lines(reply.text)
        cleaned = clean(self.prompt.given + said if said else "", self.cleaning)
        text, verdict = cleaned.text, self.hole.check(cleaned.text)
        if whole and not hurry and not cleaned.copy:
            text, verdict = joined(self.hole, text, self.cleaning.prefix, self.cleaning.suffix)
        return Candidate(
            member=self.member,
            reply=reply,
            text=text,
            verdict=verdict,
            key="" if cleaned.copy else class_key(text),
            cleaned=cleaned.changed_by,
            trust=self._trust(text, verdict),
            copy=cleaned.copy,
        )

    def _trust(self, text: str, verdict: Verdict) -> float:
        doubtful = self._is_unfinished(text, verdict) or self._binds_from_itself(text)
        return self.prompt.trust * (DOUBTFUL_TRUST if doubtful else 1.0)

    def _binds_from_itself(self, text: str) -> bool:
        """Tell whether a name that nothing has bound yet gets its value from itself."""
        name, equals, value = first_content_line(text).partition(" = ")
        bound = [part.split()[-1] for part in name.split(",") if part.strip()]
        new = [word for word in bound if word in self.needed]
        return bool(equals) and any(re.search(rf"\b{re.escape(w)}\b", value) for w in new)

    def _is_unfinished(self, text: str, verdict: Verdict) -> bool:
        """Tell whether a line was wanted and this one ends in the middle."""
        if self.cleaning.extent is not Extent.LINE or verdict.gate is not Gate.INCOMPLETE:
            return False
        return not text.rstrip().endswith(_GOES_ON)

    def is_enough(self, candidate: Candidate) -> bool:
        """Tell whether a partial reply already has all that was asked for.

        That is one line; or more than the block, or than what stands behind it already.
        """
        if self.cleaning.extent is Extent.LINE:
            return bool(candidate.key)
        return bool(candidate.key) and not _GONE_TOO_FAR.isdisjoint(candidate.cleaned)


def finished_lines(text: str) -> str:
    """Return ``text`` up to and with its last line end."""
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
