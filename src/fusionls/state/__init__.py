"""What is learned, in one SQLite file of the user: the only writer of it. Disposable: see docs/state.md."""
