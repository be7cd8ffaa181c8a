"""One file per LSP feature, found by discovery."""
