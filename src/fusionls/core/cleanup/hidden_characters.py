"""Characters that a person cannot see and a compiler can."""

import re

from fusionls.core.cleanup._filter import CleaningContext, Filter

# Controls, bidi controls and marks, zero-width characters, other line ends, variation selectors,
# tags, lone surrogates and noncharacters (Unicode TR 36 and TR 55; "Trojan Source", CVE-2021-42574).
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    # The last two variation selectors are ordinary behind a sign that may be an emoji.
    "|(?<![#*0-9\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f]"
)


def _apply(text: str, context: CleaningContext) -> str:
    """Reject an answer that brings such a character into a document that has none of its kind."""
    hidden = set(_HIDDEN.findall(text))
    if any(sign not in context.prefix and sign not in context.suffix for sign in hidden):
        return ""
    return text


FILTER = Filter("hidden characters", 100, _apply)
