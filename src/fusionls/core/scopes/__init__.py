"""Which names a text at the cursor uses and binds, by a scope model per language."""

from fusionls.core.scopes.binding import UNKNOWN, Binding, ScopedHole, binding_of, open_scopes

__all__ = ["UNKNOWN", "Binding", "ScopedHole", "binding_of", "open_scopes"]
