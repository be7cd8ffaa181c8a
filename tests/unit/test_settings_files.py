"""What is shipped about the settings: the JSON schema, the presets and the page of the docs."""

import re
import tomllib
from pathlib import Path

import pytest

from fusionls.core.families import families
from fusionls.local.catalogue import catalogue
from fusionls.providers.wires import wires
from fusionls.settings import schema
from fusionls.settings.json_schema import KINDS, schema_text, write_schema
from fusionls.settings.names import KnownNames
from fusionls.settings.patterns import rebased
from fusionls.settings.presets import preset, presets
from fusionls.settings.rights import says_of
from fusionls.settings.taking import take_user
from tests.support.settings_page import PAGE, TABLES, write_page

KNOWN = KnownNames(
    wires=frozenset({*wires(), "embedded", "memory"}),
    families=frozenset(families()),
    models=frozenset({*catalogue(), "memory"}),
)


def test_the_shipped_json_schema_is_up_to_date():
    assert write_schema(check=True) == (), "run: make update"


@pytest.mark.parametrize("kind", KINDS)
def test_the_json_schema_says_what_each_key_means(kind):
    text = schema_text(kind)
    assert '"$schema": "https://json-schema.org/draft/2020-12/schema"' in text
    assert '"x-right": "user"' in text
    if kind != "policy":
        assert "The longest wait for a suggestion while you type." in text


def test_there_is_a_preset_for_each_of_the_usual_ways():
    assert set(presets()) == {"all-local", "gpu-server", "cloud-mix", "local-first"}


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_right_as_it_stands(name):
    taken = take_user(Path(f"{name}.toml"), preset(name), KNOWN)
    assert [str(problem) for problem in taken.problems] == []
    assert taken.block is not None
    assert taken.block.pools["default"].members[0] == "memory"


@pytest.mark.parametrize("name", presets())
def test_what_a_preset_offers_in_comments_is_right_too(name):
    offered = re.sub(r"^# (?=\[members|[a-z_]+ = )", "", preset(name), flags=re.MULTILINE)
    taken = take_user(Path(f"{name}.toml"), offered, KNOWN)
    assert [str(problem) for problem in taken.problems] == []


def test_the_docs_name_every_key_with_its_default_and_right():
    assert write_page(check=True) == (), "run: python -m tests.support.settings_page"


def test_the_examples_of_the_docs_are_right():
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) >= 5
    for text in blocks:
        model: type[schema.Block] = schema.UserFile
        if text.startswith("# .fusionls.toml"):
            model = schema.ProjectFile
        if text.startswith("# policy.toml"):
            model = schema.PolicyFile
        model.model_validate(tomllib.loads(text))


def test_the_examples_of_keys_are_right():
    for block in TABLES.values():
        for name, field in block.model_fields.items():
            if example := says_of(field).example:
                assert tomllib.loads(f"{name} = {example}")


@pytest.mark.parametrize(
    ("pattern", "below", "inside"),
    [
        ("*.key", ("a",), ["*.key"]),
        ("hr/", ("a",), ["hr/"]),
        ("/hr", ("a",), []),
        ("a/hr/**", ("a",), ["/hr/**"]),
        ("/a/hr/", ("a",), ["/hr/"]),
        ("a/b", ("a",), ["/b"]),
        ("/a", ("a",), ["*"]),
        ("a/**", ("a", "b"), ["*"]),
        ("a*/c", ("ab",), ["/c"]),
        ("**/x/y", ("a", "x"), ["/y", "/**/x/y"]),
        ("**/b", ("a", "b"), ["*", "/**/b"]),
        ("b", ("a", "b"), ["b", "*"]),
        ("x\\*y/z", ("x*y",), ["/z"]),
        ("x\\*y/z", ("xay",), []),
    ],
)
def test_a_pattern_of_a_folder_above(pattern, below, inside):
    assert rebased(pattern, below) == inside
