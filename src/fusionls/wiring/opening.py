"""Opens what the commands and the server need, from the settings that apply here."""

from pathlib import Path

from fusionls.core.families import families
from fusionls.engine.learning import Learning
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.recorded import RecordedPools, Write
from fusionls.local.catalogue import catalogue
from fusionls.local.edit_process import EditProcess
from fusionls.local.kept_traces import KeptTraces
from fusionls.local.table_process import TableSolver
from fusionls.local.trace_recording import TraceRecording
from fusionls.providers.wires import wires, written_fields
from fusionls.settings.layers import SettingsSource
from fusionls.settings.loading import KnownNames, load
from fusionls.settings.paths import config_file, learned_file, policy_file, state_folder
from fusionls.settings.resolved import Settings
from fusionls.state.state_file import StateFile
from fusionls.wiring.keeping import ByProject, EditsByProject
from fusionls.wiring.members import EMBEDDED, MEMORY
from fusionls.wiring.places import Unchanging
from fusionls.wiring.pools import ConfiguredPools

NO_MODEL = (
    "fusionls has no model to ask. Install one with: fusionls models install smollm2-135m "
    "(98 MB, no account needed), or name a server in the settings file."
)


def known_names() -> KnownNames:
    """Return the names that settings may point at."""
    return KnownNames(
        wires=frozenset({*wires(), EMBEDDED, MEMORY}),
        families=frozenset(families()),
        models=frozenset({*catalogue(), MEMORY}),
        written={name: written_fields(name) for name in wires()},
    )


def load_settings() -> Settings:
    """Return the user's settings outside of any project. Raises SettingsError."""
    loaded = load(config_file(), known_names())
    return Settings.of(loaded.user, *([loaded.file] if loaded.file else []))


def settings_source() -> SettingsSource:
    """Return the settings of all projects, as they are whenever somebody asks."""
    return SettingsSource(known_names(), config_file(), policy_file())


def open_engine(
    write: Write | None = None, record: Path | None = None, *, with_content: bool = False
) -> tuple[CompletionEngine, tuple[str, ...]]:
    """Return an engine for the settings' files, and notices for the person.

    ``write`` takes what the members say, for a transcript; ``record`` is a file for the traces of all
    requests, with the answers' text if ``with_content``. What is wrong with a file is news of the
    engine, and what was right before serves: the server does not die of it.
    """
    pools = open_project_pools()
    notices = () if pools.models else (NO_MODEL,)
    traces = KeptTraces(traces_folder())
    recorder = TraceRecording(record, with_content=with_content) if record else None
    learned = StateFile(learned_file())
    learning = Learning(ByProject(learned), TableSolver(), explores_always=record is not None)
    asked = RecordedPools(pools, write) if write else pools
    answers = EditsByProject(learned)
    return CompletionEngine(asked, traces, recorder, learning, EditProcess(), answers), notices


def traces_folder() -> Path:
    """Return where servers keep their last traces, which hold no code."""
    return state_folder() / "traces"


def open_project_pools() -> ConfiguredPools:
    """Return the pools of all projects. Starts nothing."""
    return ConfiguredPools(settings_source())


def open_pools(settings: Settings) -> ConfiguredPools:
    """Return the pools that ``settings`` name; without any, the installed models. Starts nothing."""
    return ConfiguredPools(Unchanging(settings))
