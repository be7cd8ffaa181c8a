"""Codestral: the suffix goes first (mistral-common, ``encode_fim``), so the prompt ends in the prefix."""

from fusionls.core.families._fill_in import Markers, fill_in_family

FAMILY = fill_in_family(
    "codestral",
    markers=Markers("[SUFFIX]", "[PREFIX]", suffix_first=True),
    models=("codestral",),
    special_tokens=("[SUFFIX]", "[PREFIX]", "[MIDDLE]", "[INST]", "[/INST]"),
)
