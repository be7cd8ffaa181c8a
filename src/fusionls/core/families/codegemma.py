"""CodeGemma: the format of its model card ("Fill-in-the-middle")."""

from fusionls.core.families._fill_in import Markers, fill_in_family

FAMILY = fill_in_family(
    "codegemma",
    markers=Markers("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    models=("codegemma", "code-gemma"),
    special_tokens=(
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        "<|file_separator|>",
        "<end_of_turn>",
        "<eos>",
    ),
)
