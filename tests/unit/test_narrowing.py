"""What an editor may choose: block in, wish and problems out."""

import pytest

from fusionls.core.folders import nearest_folder
from fusionls.core.wish import NO_WISH, Wish
from fusionls.settings.narrowing import read_wish
from fusionls.settings.schema import UserFile

USER = UserFile.model_validate(
    {"pools": {"night": {"members": ["a"]}}, "completion": {"budget_ms": 200}}
)


def read(**completion):
    return read_wish(USER, {"a", "b"}, {"completion": completion})


def test_names_and_lower_budgets():
    said = read(pool="night", members=["b", "a", "b"], budget_ms=100, manual_budget_ms=900)
    assert said.wish == Wish(True, "night", ("b", "a"), 100, 900)
    assert said.problems == ()


@pytest.mark.parametrize(
    "block", [{}, [], None, {"completion": None}, {"trace": {"server": "off"}}]
)
def test_nothing_said_is_no_wish_and_no_problem(block):
    said = read_wish(USER, {"a"}, block)
    assert (said.wish, said.problems) == (NO_WISH, ())


@pytest.mark.parametrize("block", [5, "x", [1], True, {"completion": 5}, {"completion": [1]}])
def test_what_is_no_object_is_not_used(block):
    said = read_wish(USER, {"a"}, block)
    assert said.wish is None
    assert len(said.problems) == 1


@pytest.mark.parametrize(
    ("completion", "problem"),
    [
        ({"enabled": "yes"}, "completion.enabled"),
        ({"budget_ms": "soon"}, "completion.budget_ms"),
        ({"budget_ms": 0}, "greater than or equal to 1"),
        ({"budget_ms": True}, "completion.budget_ms"),
        ({"members": []}, "completion.members"),
        ({"members": ["c"]}, "'c' is no member of yours"),
        ({"pool": "day"}, "'day' is no pool of yours"),
        ({"endpoint": "http://evil.test"}, "completion.endpoint has no effect"),
    ],
)
def test_a_mistake_makes_the_block_unusable_and_is_said(completion, problem):
    said = read(**completion)
    assert said.wish is None
    assert problem in said.problems[0]


@pytest.mark.parametrize("key", ["members", "network", "pools", "projects", "evil\x1b[31m"])
def test_what_only_the_user_may_say_has_no_effect(key):
    said = read_wish(USER, {"a"}, {key: {"x": 1}, "completion": {"budget_ms": 50}})
    assert said.wish == Wish(automatic_ms=50)
    assert said.problems == (
        f"In the editor's settings of fusionls: {ascii(key)[1:-1]} has no effect,"
        " an editor may only choose and lower.",
    )


def test_an_editor_may_keep_more_in():
    said = read_wish(
        USER,
        {"a"},
        {
            "privacy": {"local_only": True, "exclude": ["hr/**", "!x"], "local_paths": None},
            "languages": {"markdown": {"enabled": False}, "go": {"enabled": True}, "c": []},
        },
    )
    assert said.wish == Wish(
        languages_off=frozenset({"markdown"}), local_only=True, exclude=("hr/**",)
    )
    assert said.problems == (
        "In the editor's settings of fusionls: privacy.exclude: a pattern with ! has no effect,"
        " an editor may only add.",
    )


@pytest.mark.parametrize(
    "block",
    [
        {"privacy": {"local_only": "yes"}},
        {"privacy": {"exclude": "hr"}},
        {"privacy": {"exclude": ["a*a*a*a*a*"]}},
        {"languages": {"markdown": {"enabled": 0}}},
        {"languages": {"a b": {"enabled": False}}},
        {"languages": 5},
    ],
)
def test_a_mistake_about_what_is_kept_in_is_said(block):
    said = read_wish(USER, {"a"}, block)
    assert said.wish is None
    assert len(said.problems) == 1


def test_a_budget_above_the_users_is_said():
    said = read(budget_ms=10**9)
    assert said.wish is not None
    assert "200, which counts" in said.problems[0]


@pytest.mark.parametrize(
    ("folders", "uri", "nearest"),
    [
        (["file:///w", "file:///w/sub"], "file:///w/sub/a.py", "file:///w/sub"),
        (["file:///w/sub", "file:///w"], "file:///w/sub/a.py", "file:///w/sub"),
        (["file:///w", "file:///w/sub"], "file:///w/submarine.py", "file:///w"),
        (["file:///w"], "file:///win/a.py", ""),
        (["file:///w/"], "file:///w/a.py", "file:///w/"),
        (["file:///c%3A/w"], "file:///C:/w/a.py", "file:///c%3A/w"),
        (["file:///a%20b"], "file:///a b/c.py", "file:///a%20b"),
        (["file:///w"], "untitled:Untitled-1", ""),
        ([], "file:///w/a.py", ""),
    ],
)
def test_the_nearest_folder(folders, uri, nearest):
    assert nearest_folder(folders, uri) == nearest


def read_refactor(**refactor):
    return read_wish(USER, {"a", "b"}, {"refactor": refactor})


def test_edits_are_narrowed_as_completions_are():
    said = read_refactor(enabled=False, pool="night", budget_ms=5000)
    assert said.wish == Wish(edits=False, edit_pool="night", edit_ms=5000)
    assert said.problems == ()
    assert read(enabled=False).wish == Wish(enabled=False), "edits are another thing"


@pytest.mark.parametrize(
    ("refactor", "problem"),
    [
        ({"enabled": "yes"}, "refactor.enabled"),
        ({"budget_ms": 0}, "greater than or equal to 1"),
        ({"pool": "day"}, "refactor.pool: 'day' is no pool of yours"),
        ({"judge": "evil"}, "refactor.judge has no effect"),
        ({"samples": 5}, "refactor.samples has no effect"),
    ],
)
def test_a_mistake_about_edits_is_said(refactor, problem):
    said = read_refactor(**refactor)
    assert said.wish is None
    assert problem in said.problems[0]


def test_a_budget_for_edits_above_the_users_is_said():
    said = read_refactor(budget_ms=90_000)
    assert said.wish is not None
    assert "refactor.budget_ms: 90000 is above your settings file's 20000" in said.problems[0]
