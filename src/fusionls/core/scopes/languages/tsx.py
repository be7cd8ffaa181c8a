"""TypeScript with JSX."""

from fusionls.core.scopes._ecmascript import (
    BODIES,
    DYNAMIC,
    KNOWN,
    KNOWN_SOURCE,
    TAGS,
    TYPED_ARITY,
    TYPED_QUERY,
)
from fusionls.core.scopes.rules import ScopeRules

SCOPES = ScopeRules(
    query=TYPED_QUERY + TAGS,
    known=KNOWN,
    known_source=KNOWN_SOURCE,
    bodies=BODIES,
    # A file without imports sees what other files declare.
    closed=False,
    dynamic=DYNAMIC,
    arity=TYPED_ARITY,
)
