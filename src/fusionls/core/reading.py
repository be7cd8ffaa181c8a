"""From a reply, whole or so far, to a candidate."""

from dataclasses import dataclass

from fusionls.core.agreement import class_key
from fusionls.core.candidate import Candidate
from fusionls.core.cleanup import CleaningContext, clean
from fusionls.core.joining import joined
from fusionls.core.member import Member
from fusionls.core.reply import Reply, ReplyState
from fusionls.core.request import Extent
from fusionls.core.validation import Hole

FENCE = "```"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one member's replies are read: as the continuation of which text, and through which gate.

    ``given`` is the beginning of the answer that the prompt held already; ``talks`` says that the member
    may begin with prose.
    """

    member: Member
    cleaning: CleaningContext
    hole: Hole
    given: str = ""
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
        cleaned = clean(self.given + said if said else "", self.cleaning)
        text, verdict = cleaned.text, self.hole.check(cleaned.text)
        if whole and not hurry:
            text, verdict = joined(self.hole, text, self.cleaning.prefix, self.cleaning.suffix)
        return Candidate(
            member=self.member,
            reply=reply,
            text=text,
            verdict=verdict,
            key=class_key(text),
            cleaned=cleaned.changed_by,
        )

    def is_enough(self, candidate: Candidate) -> bool:
        """Tell whether a partial reply already has all that was asked for: one line."""
        return self.cleaning.extent is Extent.LINE and bool(candidate.key)


def finished_lines(text: str) -> str:
    """Return ``text`` up to and with its last line end."""
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
