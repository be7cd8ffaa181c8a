"""Recorded panels, replayed under any rule of waiting: what each would have shown, when, and what it was worth."""
