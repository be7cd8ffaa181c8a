"""The checks of ``fusionls doctor`` that ask no model: the installation, the languages and the weights."""

import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("pygls", "lsprotocol", "httpx", "aiohttp", "tree-sitter", "pydantic")
DOCUMENT_VERSION = 1
FINDING, USAGE, FAILED = 1, 2, 3
# Of several things that are wrong the one that has to be mended first gives the exit code.
_FIRST_TO_MEND = (USAGE, FAILED, FINDING)

Figure = str | float | bool | None | list[str]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``ok`` is None for a mere statement.

    ``member`` is whom it is about, empty for nobody; ``figures`` are for programs what ``said`` is for
    people. ``exit_code`` is that of the command if the check fails.
    """

    name: str
    ok: bool | None
    said: str
    member: str = ""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    exit_code: int = FINDING

    @property
    def line(self) -> str:
        """The check as a line for people."""
        return f"{ {True: 'ok  ', False: 'FAIL', None: '    '}[self.ok] } {self.name}: {self.said}"


def document(checks: Iterable[Check]) -> dict[str, object]:
    """Return the checks for ``--json``."""
    rows = [asdict(check) for check in checks]
    for row in rows:
        del row["exit_code"]
    return {"v": DOCUMENT_VERSION, "checks": rows}


def exit_code(checks: Iterable[Check]) -> int:
    """Return the exit code of the command: 0 if nothing failed."""
    failed = {check.exit_code for check in checks if check.ok is False}
    return next((code for code in _FIRST_TO_MEND if code in failed), 0)


def examine_machine() -> Iterator[Check]:
    """Yield what is installed here, and what is damaged."""
    yield from _installation()
    yield from _languages()
    yield from _weights()


def _installation() -> Iterator[Check]:
    yield Check("python", None, f"{platform.python_version()} on {platform.platform()}")
    yield Check("packages", None, ", ".join(f"{name} {version(name)}" for name in PACKAGES))
    try:
        yield Check("llama.cpp", True, f"xllamacpp {version('xllamacpp')}")
    except PackageNotFoundError:
        yield Check(
            "llama.cpp", None, 'not installed; for local models: pip install "fusionls[local]"'
        )


def _languages() -> Iterator[Check]:
    from fusionls.core.languages import languages
    from fusionls.core.validation import open_hole

    dumb = [name for name, language in languages().items() if open_hole(language, "", "").why]
    said = f"{len(languages())} grammars load"
    yield Check("languages", not dumb, f"no grammar for {', '.join(dumb)}" if dumb else said)


def _weights() -> Iterator[Check]:
    from fusionls.local.catalogue import catalogue
    from fusionls.local.install import InstallState, verify
    from fusionls.settings.paths import data_folder

    for name, model in catalogue().items():
        state = verify(model, data_folder())
        if state is InstallState.INSTALLED:
            yield Check(f"model {name}", True, "installed, hash is right")
        elif state is InstallState.DAMAGED:
            yield Check(f"model {name}", False, f"damaged: fusionls models install {name}")
        else:
            yield Check(f"model {name}", None, f"not installed: fusionls models install {name}")
