"""Recorded panels replayed under any rule of waiting: what it would have shown, when, and its worth."""
