"""docs/models.md: every block can be loaded, and asks at the address that stands below it."""

import re

import pytest

from fusionls.core.context import CompletionContext
from fusionls.core.families import family_for
from fusionls.core.request import Extent
from fusionls.providers.addresses import url_at
from fusionls.providers.wire import refusal
from fusionls.providers.wires import default_family, wires
from fusionls.settings.loading import load
from fusionls.wiring.opening import known_names
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "models.md").read_text("utf-8")
# A block, and the address if one follows it before the next block.
EXAMPLE = re.compile(
    r"```toml\n(?P<toml>\[members\.(?P<name>\S+)\]\n.*?)```(?:\s+Asked at\s+`(?P<url>[^`]+)`)?",
    re.S,
)
EXAMPLES = [(m["name"], m["toml"], m["url"] or "") for m in EXAMPLE.finditer(PAGE)]
# What runs in this process is reached by no address.
HERE = ("embedded", "memory")


def loaded(toml, tmp_path):
    file = tmp_path / "fusionls.toml"
    file.write_text(toml, encoding="utf-8")
    [block] = load(file, known_names()).user.members.values()
    return block


def test_there_is_a_block_for_every_wire():
    named = set(re.findall(r'^wire = "(\S+)"', PAGE, re.M))
    assert named == {*wires(), "embedded"}
    assert len(EXAMPLES) == PAGE.count("```toml\n[members.") >= 19


@pytest.mark.parametrize(("name", "toml", "url"), EXAMPLES, ids=[e[0] for e in EXAMPLES])
def test_a_block_works_as_it_stands(name, toml, url, tmp_path):
    block = loaded(toml, tmp_path)
    if block.wire in HERE:
        assert not url
        return
    wire = wires()[block.wire]
    family = family_for("", block.family or default_family(block.wire, block.model))
    prompt = family.render(CompletionContext("x = ", "\n"), Extent.LINE)[0]
    assert refusal(wire, prompt) is None, "the endpoint can be asked in this format"
    assert url_at(block.endpoint, wire.request(prompt, block.model, "key").path) == url


def test_no_block_holds_a_key(tmp_path):
    for name, toml, _ in EXAMPLES:
        block = loaded(toml, tmp_path)
        assert block.key is None or not re.search(r"\bsk-|[0-9a-f]{20}", toml), name


def test_the_fusion_of_others_is_not_asked_while_somebody_types(tmp_path):
    [toml] = [toml for _, toml, _ in EXAMPLES if "openrouter/fusion" in toml]
    assert loaded(toml, tmp_path).roles == ["refactor"]
