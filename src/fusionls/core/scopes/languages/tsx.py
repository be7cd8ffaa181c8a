"""TypeScript with JSX."""

from fusionls.core.scopes._ecmascript import TAGS, TYPED_ARITY, TYPED_QUERY, rules

SCOPES = rules(TYPED_QUERY + TAGS, TYPED_ARITY)
