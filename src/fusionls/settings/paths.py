"""Where files of the user lie. The only place that knows the environment variables for them."""

import os
import sys
from pathlib import Path


def data_folder() -> Path:
    """Return the folder of the weights: FUSIONLS_DATA, else the user's data folder. Absolute."""
    return _from_environment("FUSIONLS_DATA") or _default("user_data_path")


def config_file() -> Path:
    """Return the user's settings file: FUSIONLS_CONFIG, else in the user's settings folder. Absolute."""
    return _from_environment("FUSIONLS_CONFIG") or _default("user_config_path") / "config.toml"


def state_folder() -> Path:
    """Return the folder of what is learned: FUSIONLS_STATE, else the user's state folder. Absolute."""
    return _from_environment("FUSIONLS_STATE") or _default("user_state_path")


def learned_file() -> Path:
    """Return the file of what servers learn, in a folder of its own that is the user's alone. Absolute."""
    return state_folder() / "learned" / "learned.sqlite"


def policy_file() -> Path:
    """Return the machine policy, in a folder that only an administrator can write. Absolute.

    No variable of the environment can point elsewhere: it binds the person who sets them.
    """
    if sys.platform == "win32":
        return _default("site_config_path") / "policy.toml"
    if sys.platform == "darwin":
        return Path("/Library/Application Support/fusionls/policy.toml")
    return Path("/etc/fusionls/policy.toml")


def _from_environment(variable: str) -> Path | None:
    # Absolute, because child processes may run elsewhere. An empty variable counts as none.
    value = os.environ.get(variable)
    return Path(value).expanduser().absolute() if value else None


def _default(kind: str) -> Path:
    # Imported late: who sets the variables need not pay for it.
    import platformdirs

    path: Path = getattr(platformdirs, kind)("fusionls", appauthor=False)
    return path.absolute()
