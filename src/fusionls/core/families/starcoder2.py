"""StarCoder2: the format of its paper (arXiv 2402.19173, section 5), with ``<file_sep>`` for files."""

from fusionls.core.context import CompletionContext
from fusionls.core.families._fill_in import Markers, fill_in_family

_PREFIX = "<fim_prefix>"


def _files(context: CompletionContext, prompt: str) -> str:
    others = "".join(f"<file_sep>{s.path}\n{s.text.rstrip()}\n" for s in context.snippets)
    # The path of the file with the hole stands inside its prefix.
    inside = prompt.removeprefix(_PREFIX)
    return f"<repo_name>project{others}<file_sep>{_PREFIX}{context.path}\n{inside}"


FAMILY = fill_in_family(
    "starcoder2",
    markers=Markers(_PREFIX, "<fim_suffix>", "<fim_middle>"),
    models=("starcoder2", "starcoder-2", "starcoder"),
    special_tokens=(
        _PREFIX,
        "<fim_suffix>",
        "<fim_middle>",
        "<fim_pad>",
        "<repo_name>",
        "<file_sep>",
        "<|endoftext|>",
    ),
    files=_files,
)
