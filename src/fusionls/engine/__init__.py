"""Tasks, deadlines, cancellation and the order of the pipeline. Decisions are in core."""
