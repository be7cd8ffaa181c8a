"""Languages with a grammar: one file each."""
