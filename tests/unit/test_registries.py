"""The members of every registry, so that none appears or vanishes unnoticed."""

from tests.update_docs import TARGET, rendered


def test_the_registries_have_exactly_the_members_on_their_page():
    assert TARGET.read_text("utf-8") == rendered(), "make update rewrites it"
