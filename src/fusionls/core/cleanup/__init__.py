"""Clean-up filters: one file each, applied in a fixed order."""
