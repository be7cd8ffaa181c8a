"""JavaScript."""

from fusionls.core.scopes._ecmascript import (
    ARITY,
    BODIES,
    DYNAMIC,
    KNOWN,
    KNOWN_SOURCE,
    QUERY,
    TAGS,
)
from fusionls.core.scopes.rules import ScopeRules

SCOPES = ScopeRules(
    query=QUERY + TAGS,
    known=KNOWN,
    known_source=KNOWN_SOURCE,
    bodies=BODIES,
    # A script sees the globals of the scripts before it; a module does not.
    closed=False,
    dynamic=DYNAMIC,
    arity=ARITY,
)
