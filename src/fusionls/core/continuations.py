"""Texts that might finish what an unfinished text began."""

from collections.abc import Iterator

from fusionls.core.language import BlockStyle, Language

# Wide enough to be deeper than any margin; how deep is of no interest to a grammar.
_STEP = "    "


def continuations(
    language: Language, quote: str, closers: tuple[str, ...], margin: str, *, at_line_start: bool
) -> Iterator[str]:
    """Yield distinct texts to put behind an unfinished one, the likeliest first.

    They are what the text left open (``quote``, then ``closers``, innermost first), then an
    expression, then a body, then the language's own endings, each with the closers. ``margin`` is the
    indentation of the text's last line. Always the same list for the same arguments.
    """
    seen = {""}
    for probe in _probes(language, quote, closers, "\n" + margin):
        # At the start of a line, what follows keeps the line of its own that it had.
        fitted = probe.removeprefix("\n") + "\n" if probe and at_line_start else probe
        if fitted not in seen:
            seen.add(fitted)
            yield fitted


def _probes(language: Language, quote: str, closers: tuple[str, ...], line: str) -> Iterator[str]:
    end = quote + "".join(closers)
    body = line + _STEP + language.filler
    apart = "".join(line + closer for closer in closers)
    yield end
    yield quote + apart
    if quote:
        yield "}" + end  # an expression inside of a string
    yield f" {language.placeholder}{end}"
    yield quote + body + apart
    if language.filler.endswith(";"):
        yield f"{end};"
        yield f" {language.placeholder}{end};"
        yield quote + body + "".join(closers)
    for tail in _laid_out(language.tails, line):
        yield quote + "".join(closers[:1]) + tail + "".join(closers[1:])
        if language.block is BlockStyle.INDENT:
            yield body + tail
    for ending in _laid_out(language.endings, line):
        yield end + ending
        if closers:
            yield quote + ending + "".join(closers)


def _laid_out(texts: tuple[str, ...], line: str) -> Iterator[str]:
    for text in texts:
        yield text.replace("\n", line).replace("\t", _STEP)
