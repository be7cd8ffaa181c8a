"""Why a model does not run, in words that say what a person can do about it."""

from pathlib import Path

from fusionls.core.text import split_lines
from fusionls.local.catalogue import catalogue

# What llama.cpp writes when it cannot start, in lower case.
_DAMAGED = (
    "not within the file bounds",
    "corrupted or incomplete",
    "failed to read",
    "unexpectedly reached end of file",
    "invalid magic",
    "gguf_init",
)
_MEMORY = (
    "insufficient memory",
    "bad_alloc",
    "failed to allocate",
    "unable to allocate",
    "cannot allocate memory",
    "memoryerror",
    # A thread that could not be started.
    "resource temporarily unavailable",
)
_MEMORY_IS_SHORT = "; if memory is short, close other programs or take a smaller model"
_TOKENIZER = ("model vocabulary", "unknown tokenizer", "unknown pre-tokenizer")
_ARCHITECTURE = ("unknown model architecture", "unknown architecture")
# Said of everything that fails.
_EMPTY_PHRASE = ": Failed to init server, please check the input params."


def how_to_install(weights: Path) -> str:
    """Return the end of a sentence about weights that cannot be used."""
    name = weights.stem
    return f"; run: fusionls models install {name}" if name in catalogue() else ""


def why_it_failed(weights: Path, said: str, ending: str, words: str) -> str:
    """Return why a start failed and what to do about it.

    ``said`` is the answer of the process, ``ending`` how it ended, ``words`` the last of its standard error.
    """
    how = said or _ended(ending)
    reason = _reason_in(words)
    if reason:
        how = f"{how.replace(_EMPTY_PHRASE, '')} ({reason})"
    return how + _what_to_do(weights, f"{said}\n{words}".lower(), died=not said)


def why_it_ended(ending: str, words: str) -> str:
    """Return why a process that served did so no longer."""
    reason = _reason_in(words)
    return f"{_ended(ending)} ({reason})" if reason else _ended(ending)


def _what_to_do(weights: Path, words: str, *, died: bool) -> str:
    def speaks_of(marks: tuple[str, ...]) -> bool:
        return any(mark in words for mark in marks)

    if speaks_of(_MEMORY):
        return _MEMORY_IS_SHORT
    if speaks_of(_TOKENIZER):
        return (
            f"; {weights} has no tokenizer that llama.cpp knows: take a file that was made with one"
        )
    if speaks_of(_ARCHITECTURE):
        return (
            f"; llama.cpp does not know the kind of {weights}: try pip install --upgrade xllamacpp"
        )
    if speaks_of(_DAMAGED):
        return f"; {weights} is cut off or damaged" + (
            how_to_install(weights) or ": fetch it again from where it came"
        )
    # The system ends a process that takes too much without a word, and llama.cpp ends itself at an
    # assertion where an allocation fails.
    return _MEMORY_IS_SHORT if died and (not words.strip() or "ggml_assert" in words) else ""


def _ended(ending: str) -> str:
    return f"the process ended {ending}".rstrip()


def _reason_in(words: str) -> str:
    """The first line that llama.cpp marks as an error, else the last line."""
    lines = [line.strip() for line in split_lines(words) if line.strip()]
    errors = [line.partition(" E ")[2].strip() for line in lines if " E " in line]
    return (errors or lines or [""])[0 if errors else -1]
