"""Granite Code: the fill-in example on IBM's model cards (granite-3b-code-base and its larger kin)."""

from fusionls.core.families._fill_in import Markers, fill_in_family

FAMILY = fill_in_family(
    "granite",
    markers=Markers("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    models=("granite-code", "granite-3b-code", "granite-8b-code", "granite-20b", "granite-34b"),
    special_tokens=(
        "<fim_prefix>",
        "<fim_suffix>",
        "<fim_middle>",
        "<fim_pad>",
        "<|endoftext|>",
    ),
)
