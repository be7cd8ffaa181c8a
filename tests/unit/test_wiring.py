"""Which members are asked for a document, as its settings and its project's say, and when these change."""

import asyncio
import json
import os
from dataclasses import replace
from unittest.mock import ANY

import pytest

from fusionls.core.kept_in import Keep
from fusionls.core.text import DocumentSnapshot
from fusionls.core.weights import SHIPPED
from fusionls.core.wish import NO_WISH, Wish
from fusionls.settings.layers import SettingsSource
from fusionls.wiring import ConfiguredPools, known_names
from fusionls.wiring.pools import LOOK_AGAIN_S
from tests.support.virtual_time import run_virtual

USER = """
[members.near]
wire = "openai"
endpoint = "http://127.0.0.1:1"

[members.far]
wire = "openai"
endpoint = "https://models.example"

[pools.default]
members = ["near", "far"]

[pools.other]
members = ["far"]

[languages.markdown]
enabled = false
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("FUSIONLS_DATA", str(tmp_path / "nothing"))
    (tmp_path / "config.toml").write_text(USER)
    (tmp_path / "work").mkdir()
    return tmp_path


def with_pools(place, work):
    """Run ``work`` with the pools of the settings in ``place``."""

    async def run():
        pools = ConfiguredPools(SettingsSource(known_names(), place / "config.toml"))
        pools.folders_changed(((place / "work").as_uri(),))
        try:
            return await work(pools)
        finally:
            await pools.aclose()

    return run_virtual(run())


def names(pools, path, wish=NO_WISH, language=""):
    return [m.member.name for m in pools.pool_for(path.as_uri(), wish, language).members]


def saved(path, text):
    path.write_text(text)
    # Two saves within one tick of the file system's clock are told apart by their size.
    os.utime(path, ns=(1, path.stat().st_mtime_ns + len(text)))


def asked(place, path="work/app.py", wish=NO_WISH, language=""):
    async def work(pools):
        pool = pools.pool_for((place / path).as_uri(), wish, language)
        return [m.member.name for m in pool.members], pool.off

    return with_pools(place, work)


def pool_of(place, path="work/app.py"):
    async def work(pools):
        return pools.pool_for((place / path).as_uri(), NO_WISH), pools.news()

    return with_pools(place, work)


def test_well_known_models_are_known_without_a_word(place):
    models = ("gpt-4.1-nano", "Qwen/Qwen2.5-Coder-32B-Instruct", "own-model")
    blocks = "".join(
        f'[members.{name}]\nwire = "openai"\nendpoint = "http://127.0.0.1:1"\nmodel = "{model}"\n{more}\n'
        for name, model, more in zip(
            "abc", models, ("", 'prior = 0.1\nmaker = "me"', ""), strict=True
        )
    )
    saved(place / "config.toml", blocks + '[pools.default]\nmembers = ["a", "b", "c"]\n')
    found = [(one.member.prior, one.member.maker) for one in pool_of(place)[0].members]
    assert found == [(0.38, "openai"), (0.1, "me"), (0.3, "")]


def test_answers_weigh_what_the_users_file_says(place):
    weights = place / "w.json"
    saved(place / "config.toml", f'weights = "{weights}"\n' + USER)
    pool, news = pool_of(place)
    assert pool.weights == SHIPPED
    assert [str(weights) in sentence for sentence in news] == [True]
    learned = replace(SHIPPED, priors={"near": 0.7})
    weights.write_text(json.dumps(learned.to_json()))
    assert pool_of(place) == (replace(pool, weights=learned, members=ANY, generation=ANY), ())
    weights.write_text("[" * 100_000)
    pool, news = pool_of(place)
    assert pool.weights == SHIPPED
    assert "not JSON" in news[0] or "version" in news[0]
    weights.unlink()
    os.mkfifo(weights)
    assert "no plain file" in pool_of(place)[1][0]
    # A project has no say in it.
    saved(place / "config.toml", USER)
    saved(place / "work/.fusionls.toml", f'weights = "{weights}"\n')
    assert pool_of(place)[0].weights == SHIPPED


def test_a_document_gets_the_pool_of_its_project(place):
    assert asked(place) == (["near", "far"], "")
    saved(place / "work/.fusionls.toml", '[completion]\npool = "other"\n')
    assert asked(place) == (["far"], "")
    assert asked(place, "elsewhere.py") == (["near", "far"], "")


def test_what_stays_on_this_machine_is_asked_of_members_here(place):
    saved(place / "work/.fusionls.toml", '[privacy]\nlocal_paths = ["hr/**"]\n')
    assert asked(place, "work/hr/pay.py") == (["near"], "")
    assert asked(place, "work/app.py") == (["near", "far"], "")
    assert asked(place, wish=Wish(local_only=True)) == (["near"], "")
    saved(place / "work/.fusionls.toml", '[privacy]\nlocal_only = true\n[completion]\npool="other"')
    names_asked, off = asked(place)
    assert names_asked == []
    assert "no member of its pool runs here" in off


@pytest.mark.parametrize("name", [".env", "id_rsa", "work/.ENV.local", "work/deploy.pem"])
def test_a_file_that_looks_like_a_secret_is_shown_to_nobody(place, name):
    assert asked(place, name)[0] == []


def test_a_link_to_a_secret_is_one(place):
    (place / "work/.env").write_text("A=b")
    (place / "work/notes.py").symlink_to(place / "work/.env")
    assert asked(place, "work/notes.py")[0] == []


def test_what_is_excluded_is_shown_to_nobody(place):
    saved(place / "work/.fusionls.toml", '[privacy]\nexclude = ["generated/**"]\n')
    assert asked(place, "work/generated/a.py")[0] == []
    assert asked(place, wish=Wish(exclude=("app.py",)))[0] == []


def test_a_language_that_is_off(place):
    assert asked(place, language="markdown") == ([], "switched off for markdown")
    assert asked(place, wish=Wish(languages_off=frozenset({"go"})), language="go")[0] == []


def test_who_else_may_be_shown_an_open_document(place):
    saved(place / "work/.fusionls.toml", '[privacy]\nlocal_paths = ["hr/**"]\n')
    saved(place / "work/.gitignore", "build/\n")

    async def work(pools):
        files = ("app.py", "hr/pay.py", "build/out.py", ".env")
        return [pools.keep_of((place / "work" / f).as_uri(), NO_WISH) for f in files]

    assert with_pools(place, work) == [Keep.ALL, Keep.LOCAL, Keep.NOTHING, Keep.NOTHING]


def test_the_memory_leaves_out_what_the_project_or_the_editor_excludes(place):
    saved(place / "work/.fusionls.toml", '[privacy]\nexclude = ["one.py"]\n')
    for name in ("one.py", "two.py", "three.py"):
        (place / "work" / name).write_text(f"{name[:-3]}_is_here_alone = 1\n")

    async def work(pools):
        uri = (place / "work/app.py").as_uri()
        pools.pool_for(uri, Wish(exclude=("two.py",), members=("memory",)))
        pools.document_changed(DocumentSnapshot(uri, "python", 1, "x = 1\n"))
        async with asyncio.timeout(10):
            while True:
                await asyncio.sleep(0.05)
                store = pools.memory._store
                words = set(store._memory.vocabulary) if store else set()
                if "three_is_here_alone" in words and not pools.reading:
                    return words

    words = asyncio.run(_plain(place, work, folders=((place / "work").as_uri(),)))
    assert not words & {"one_is_here_alone", "two_is_here_alone"}


def test_a_saved_file_acts_at_the_next_request_and_a_broken_one_is_said_once(place, monkeypatch):
    path = place / "work/app.py"

    async def work(pools):
        async def later():
            pools._looked_at.clear()
            return names(pools, path)

        seen = [await later()]
        before = pools.pool_for(path.as_uri(), NO_WISH).members[0].client
        saved(place / "config.toml", USER.replace('["near", "far"]', '["far", "near"]'))
        seen.append(await later())
        # A member that stayed the same is the same: its connections are kept.
        assert pools.pool_for(path.as_uri(), NO_WISH).members[1].client is before
        assert pools.news() == ()
        saved(place / "config.toml", "[pools.default\n")
        seen += [await later(), await later()]
        said = pools.news()
        assert pools.news() == ()
        saved(place / "config.toml", USER.replace('["near", "far"]', '["near"]'))
        seen.append(await later())
        return seen, said

    seen, said = with_pools(place, work)
    assert seen == [["near", "far"], ["far", "near"], ["far", "near"], ["far", "near"], ["near"]]
    [sentence] = said
    assert str(place / "config.toml") in sentence
    assert "line 1" in sentence


def test_files_are_looked_at_again_after_a_moment(place):
    path = place / "work/app.py"

    async def work(pools):
        assert names(pools, path) == ["near", "far"]
        saved(place / "config.toml", USER.replace('["near", "far"]', '["near"]'))
        await asyncio.to_thread(__import__("time").sleep, LOOK_AGAIN_S * 1.5)
        return names(pools, path)

    assert asyncio.run(_plain(place, work)) == ["near"]


def test_weights_that_are_learned_anew_act_at_the_next_request(place):
    path, weights = place / "work/app.py", place / "w.json"
    saved(place / "config.toml", f'weights = "{weights}"\n' + USER)

    async def work(pools):
        assert len(pools.news()) == 1, "there is no file yet"
        seen, said = [], []
        for prior in (0.6, 0.7, None, 0.8):
            if prior is None:
                weights.unlink()
            else:
                learned = replace(SHIPPED, priors={"near": prior})
                weights.write_text(json.dumps(learned.to_json()))
            pools._looked_at.clear()
            pool = pools.pool_for(path.as_uri(), NO_WISH)
            seen.append(pool.weights.priors.get("near"))
            said.append(len(pools.news()))
            assert pool.members == pools.pool_for(path.as_uri(), NO_WISH).members
        return seen, said

    seen, said = with_pools(place, work)
    assert seen == [0.6, 0.7, SHIPPED.priors.get("near"), 0.8]
    assert said == [0, 0, 1, 0]


async def _plain(place, work, folders=()):
    pools = ConfiguredPools(SettingsSource(known_names(), place / "config.toml"))
    pools.folders_changed(folders)
    try:
        return await work(pools)
    finally:
        await pools.aclose()


def test_a_thousand_saves_half_of_them_broken(place):
    path = place / "work/app.py"
    good = [USER, USER.replace('["near", "far"]', '["far"]')]

    async def work(pools):
        said = 0
        for number in range(1000):
            text = "members = 3\n" + "#" * number if number % 2 else good[number // 2 % 2]
            saved(place / "config.toml", text)
            pools._looked_at.clear()
            wanted = [["near", "far"], ["far"]][number // 2 % 2]
            assert names(pools, path) == wanted
            said += len(pools.news())
        return said

    assert with_pools(place, work) == 500
