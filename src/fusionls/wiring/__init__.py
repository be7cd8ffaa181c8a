"""The composition root: the only place that knows every ring."""

from fusionls.wiring.members import EMBEDDED, MEMORY
from fusionls.wiring.opening import (
    NO_MODEL,
    known_names,
    load_settings,
    open_engine,
    open_pools,
    open_project_pools,
    settings_source,
    traces_folder,
)
from fusionls.wiring.pools import ConfiguredPools

__all__ = [
    "EMBEDDED",
    "MEMORY",
    "NO_MODEL",
    "ConfiguredPools",
    "known_names",
    "load_settings",
    "open_engine",
    "open_pools",
    "open_project_pools",
    "settings_source",
    "traces_folder",
]
