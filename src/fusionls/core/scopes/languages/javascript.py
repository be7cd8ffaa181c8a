"""JavaScript."""

from fusionls.core.scopes._ecmascript import ARITY, QUERY, TAGS, rules

SCOPES = rules(QUERY + TAGS, ARITY)
