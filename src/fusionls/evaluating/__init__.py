"""How good the configured members are, each alone and fused, on cases whose right answer is known.

Documented in docs/eval-command.md. Nothing here decides anything for an editor.
"""
