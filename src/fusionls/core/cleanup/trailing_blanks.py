"""Blanks and line ends behind the answer."""

from fusionls.core.cleanup._filter import CleaningContext, Filter


def _apply(text: str, context: CleaningContext) -> str:
    """Drop blanks at the end of the last line, and line ends that the document has itself.

    Before text on the cursor's line they may be wanted, except the line end of a single line that
    would push that text away. Inside the answer nothing is touched: it may be a string.
    """
    if not text.strip():
        return ""
    if not context.rest.strip():
        return text.rstrip(" \t\r\n")
    blanks = " \t" if context.rest[0] in " \t" else ""
    bare = text.rstrip("\r\n" + blanks)
    single = "\n" not in bare and "\r" not in bare
    return bare if single and context.partial.strip() else text.rstrip(blanks) if blanks else text


FILTER = Filter("trailing blanks", 90, _apply)
