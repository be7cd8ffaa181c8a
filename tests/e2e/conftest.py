"""What only real processes, sockets and weights can show."""

import pytest

from fusionls.local.install import installed
from fusionls.settings.paths import data_folder


@pytest.fixture(scope="session")
def smollm2():
    """The weights of SmolLM2, which `make models` installs."""
    path = installed(data_folder()).get("smollm2-135m")
    if path is None:
        pytest.fail(
            f"no weights of smollm2-135m in {data_folder()}: run `make models`", pytrace=False
        )
    return path
