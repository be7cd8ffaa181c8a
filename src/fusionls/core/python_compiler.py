"""What Python itself says of a text: more than its grammar does.

The grammar of the parse gate takes ``return`` outside of a function, lines indented for no reason and two
statements on one line. The compiler of the Python that runs does not. Nothing is run.
"""

import warnings

# Two hundred lines take about three milliseconds. CPython's own limits of nesting hold for what is so short.
MOST_CODE_POINTS = 8_000


def compiles(text: str) -> bool | None:
    """Return whether ``text`` is a module, None where it is too long to be asked about. Never raises."""
    if len(text) > MOST_CODE_POINTS:
        return None
    with warnings.catch_warnings():
        # They are about the person's code, and would be written to the server's output for errors.
        warnings.simplefilter("ignore")
        try:
            compile(text, "<document>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return False
    return True
