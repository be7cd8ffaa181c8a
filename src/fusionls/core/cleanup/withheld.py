"""What the prompt left out for the answer to bring, and that the document already has."""

from fusionls.core.cleanup._filter import CleaningContext, Filter


def _apply(text: str, context: CleaningContext) -> str:
    """Drop as many of the withheld blanks as the answer brings; more of them are meant.

    This is the one filter that may be applied only once: whether blanks at the start are the withheld
    ones cannot be seen afterwards.
    """
    if context.withheld.strip():
        # A word that is half typed: what does not go on with it cannot be put behind it.
        return text.removeprefix(context.withheld) if text.startswith(context.withheld) else ""
    for blank in context.withheld:
        if not text.startswith(blank):
            break
        text = text[1:]
    return text


WITHHELD = "withheld blanks"
FILTER = Filter(WITHHELD, 50, _apply)
