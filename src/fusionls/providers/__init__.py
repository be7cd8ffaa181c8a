"""HTTP: the only place with httpx. One file per wire format in ``wires``."""

import sys

# httpx brings a command line, which imports three libraries for terminals: 40 ms and 4 MB of a server that
# has no terminal. It does without if the module cannot be imported, which is what None says.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None keeps it out
