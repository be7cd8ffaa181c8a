"""Qwen2.5-Coder: fill-in and repository format of its README ("File-Level", "Repository-Level")."""

from fusionls.core.context import CompletionContext
from fusionls.core.families._fill_in import Markers, fill_in_family


def _files(context: CompletionContext, prompt: str) -> str:
    others = "".join(f"<|file_sep|>{s.path}\n{s.text.rstrip()}\n" for s in context.snippets)
    return f"<|repo_name|>project\n{others}<|file_sep|>{context.path}\n{prompt}"


FAMILY = fill_in_family(
    "qwen2.5-coder",
    markers=Markers("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    models=("qwen2.5-coder", "qwen2.5coder", "qwen3-coder", "codeqwen"),
    special_tokens=(
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        "<|fim_pad|>",
        "<|repo_name|>",
        "<|file_sep|>",
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
    ),
    files=_files,
)
