"""TypeScript."""

from fusionls.core.scopes._ecmascript import TYPED_ARITY, TYPED_QUERY, rules

SCOPES = rules(TYPED_QUERY, TYPED_ARITY)
