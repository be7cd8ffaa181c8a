"""Files in, the settings of a document out: layers, broken files, and where values come from."""

import os
import time
from pathlib import Path

import pytest

from fusionls.settings.layers import SettingsSource
from fusionls.settings.names import KnownNames
from fusionls.settings.watching import FRESH_NS

KNOWN = KnownNames(
    wires=frozenset({"openai", "embedded", "memory"}),
    families=frozenset({"plain"}),
    models=frozenset({"memory", "smollm2-135m"}),
)
USER = """
[members.near]
wire = "openai"
endpoint = "http://127.0.0.1:8012"
[members.far]
wire = "openai"
endpoint = "https://models.example"
key = { env = "FAR_KEY" }
[pools.default]
members = ["near", "far"]
[pools.home]
members = ["near"]
[completion]
budget_ms = 300
"""
# Kept, whatever was the time of the last save: tests write faster than clocks of file systems tick.
OLD_NS = 10 * FRESH_NS


class Home:
    """A folder with the user's file, a policy and projects."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user, self.policy = folder / "config.toml", folder / "policy.toml"
        self.source = self.opened()

    def opened(self) -> SettingsSource:
        return SettingsSource(KNOWN, self.user, self.policy)

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def settings(self, document: str = "p/a.py", workspace: str | None = None):
        folder = None if workspace is None else self.folder / workspace
        return self.source.settings_for(self.folder / document, folder)


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    home.write("config.toml", USER)
    home.source = home.opened()
    return home


def test_without_any_file_the_built_in_settings_count(tmp_path):
    settings = Home(tmp_path).settings()
    assert (settings.members, settings.root, settings.files) == ({}, None, ())
    assert (settings.completion.budget_ms, settings.completion.threshold) == (350, 0.25)


def test_a_project_chooses_and_lowers(home):
    home.write(
        "p/.fusionls.toml",
        """
        [completion]
        pool = "team"
        budget_ms = 100
        [pools.team]
        members = ["near", "memory"]
        [privacy]
        exclude = ["hr/**"]
        [languages.markdown]
        enabled = false
        """,
    )
    settings = home.settings("p/src/deep/a.py")
    assert settings.root == home.folder / "p"
    assert settings.completion.pool == "team"
    assert settings.completion.budget_ms == 100
    assert settings.pools["team"].members == ["near", "memory"]
    assert settings.privacy.exclude == ["hr/**"]
    assert not settings.languages["markdown"].enabled
    assert settings.files == (home.user, home.folder / "p/.fusionls.toml")
    assert home.source.news() == ()


def test_what_a_project_may_not_say_is_told_and_the_rest_counts(home):
    file = home.write(
        "p/.fusionls.toml",
        """[members.near]
endpoint = "https://evil.example"
[completion]
budget_ms = 900
manual_budget_ms = 700
[pools.default]
members = ["near", "nobody"]
[refactor]
pool = "nowhere"
judge = "nobody"
""",
    )
    settings = home.settings()
    assert settings.members["near"].endpoint == "http://127.0.0.1:8012"
    assert (settings.completion.budget_ms, settings.completion.manual_budget_ms) == (300, 700)
    assert settings.pools["default"].members == ["near"]
    assert (settings.refactor.pool, settings.refactor.judge) == ("default", "")
    first, second = home.source.news()
    assert first.startswith(f"{file}: line 1: members: only your own settings file may say this")
    assert "[proposed.members]" in first
    assert "line 4: completion.budget_ms is 900, above your settings' 300, which counts" in second
    assert "line 7: pools.default.members.1 names 'nobody', which is no member of yours" in second
    assert "line 9: refactor.pool is 'nowhere'" in second
    assert "line 10: refactor.judge is 'nobody'" in second


def test_a_pool_that_you_have_nobody_of_stays_yours(home):
    home.write(
        "p/.fusionls.toml", '[pools.home]\nmembers = ["x", "y"]\n[completion]\npool = "home"'
    )
    settings = home.settings()
    assert settings.pools["home"].members == ["near"]


def test_pyproject_counts_where_there_is_no_file_of_its_own(home):
    home.write(
        "p/pyproject.toml", "[project]\nname = 'x'\n[tool.fusionls.completion]\nbudget_ms = 90\n"
    )
    assert home.settings().completion.budget_ms == 90
    home.write("p/.fusionls.toml", "")
    assert home.settings().completion.budget_ms == 300


def test_a_pyproject_of_others_is_none_of_our_business(home):
    home.write("p/pyproject.toml", "[tool.fusionlsx]\n[[[ broken fusionls")
    settings = home.settings(workspace="p")
    assert settings.root == home.folder / "p"
    assert home.user in settings.files
    assert home.source.news() == ()


def test_the_nearest_folder_with_settings_is_the_project(home):
    home.write("p/.fusionls.toml", "[completion]\nbudget_ms = 100")
    home.write("p/sub/.fusionls.toml", "[completion]\nmanual_budget_ms = 100")
    settings = home.settings("p/sub/a.py")
    assert settings.root == home.folder / "p/sub"
    assert (settings.completion.budget_ms, settings.completion.manual_budget_ms) == (300, 100)


def test_a_file_further_in_cannot_let_out_what_one_above_keeps_in(home):
    home.write(
        "p/.fusionls.toml",
        '[privacy]\nlocal_only = true\nexclude = ["/sub/hr/**", "other/*", "*.key", "**/s/t.py", "sub/"]\n',
    )
    home.write("p/sub/.fusionls.toml", "[privacy]\nlocal_only = false\n")
    privacy = home.settings("p/sub/a.py").privacy
    assert privacy.local_only
    around = f"{home.folder}/p"
    assert privacy.exclude == [
        *("/hr/**", "*.key", "/**/s/t.py", "sub/", "*"),
        # A link may lead out of the folder further in.
        *(f"{around}/sub/hr/**", f"{around}/other/*", f"{around}/**/*.key"),
        *(f"{around}/**/s/t.py", f"{around}/**/sub/"),
    ]


def test_users_blocks_count_for_all_that_lies_in_their_folders(home):
    home.write(
        "config.toml",
        USER
        + f"""
        [projects."{home.folder}/p"]
        privacy = {{ local_only = true, exclude = ["sub/x", "y"] }}
        completion.budget_ms = 900
        members.own = {{ wire = "embedded", model = "smollm2-135m" }}
        [projects."{home.folder}/p/sub"]
        completion.manual_budget_ms = 40
        """,
    )
    home.write("p/sub/in/.fusionls.toml", "[completion]\nbudget_ms = 5000\npool='home'")
    settings = home.settings("p/sub/in/a.py")
    assert settings.privacy.local_only
    assert settings.privacy.exclude == ["y", *(f"{home.folder}/p/{x}" for x in ("sub/x", "**/y"))]
    assert (settings.completion.budget_ms, settings.completion.manual_budget_ms) == (900, 40)
    assert set(settings.members) == {"near", "far", "own"}
    assert set(home.settings("q/a.py").members) == {"near", "far"}
    assert home.settings("pp/a.py").completion.budget_ms == 300


def test_a_link_does_not_lead_out_of_a_block(home):
    home.write("config.toml", USER + f"[projects.'{home.folder}/hr']\nprivacy.local_only = true\n")
    secret = home.write("hr/a.py", "")
    (home.folder / "p").mkdir()
    (home.folder / "p/link.py").symlink_to(secret)
    (home.folder / "linked").symlink_to(home.folder / "hr")
    assert home.settings("p/link.py").privacy.local_only
    assert home.settings("linked/a.py").privacy.local_only
    assert not home.settings("p/other.py").privacy.local_only


def test_the_policy_binds_everybody(home):
    home.write(
        "policy.toml",
        """
        allowed_hosts = ["ok.example", "*.corp.example"]
        privacy = { exclude = ["keys/**", "!x"] }
        completion = { budget_ms = 200 }
        refactor = { budget_ms = 1000 }
        """,
    )
    home.write("config.toml", USER + f"[projects.'{home.folder}/p']\ncompletion.budget_ms = 9000\n")
    home.source = home.opened()
    settings = home.settings()
    assert settings.completion.budget_ms == 200
    assert settings.refactor.budget_ms == 1000
    assert settings.privacy.exclude == ["keys/**"]
    assert settings.files == (home.policy, home.user)
    for url, allowed in {
        "https://ok.example": True,
        "https://OK.example.:8": True,
        "http://127.0.0.1:1": True,
        "": True,
        "https://a.corp.example/v1": True,
        "https://corp.example": False,
        "https://acorp.example": False,
        "https://ok.example.evil.test": False,
    }.items():
        assert settings.allows(url) is allowed, url


def test_where_a_value_comes_from(home):
    policy = home.write("policy.toml", "[refactor]\nbudget_ms = 1000\n")
    project = home.write(
        "p/.fusionls.toml", "\n[privacy]\nexclude = ['a']\n[completion]\nbudget_ms = 800"
    )
    home.source = home.opened()
    settings = home.settings()
    said = {
        "completion.budget_ms": f"{home.user}:14",
        "completion.manual_budget_ms": "built in",
        "members.far.key.env": f"{home.user}:8",
        "privacy.exclude": f"{project}:3",
        "refactor.budget_ms": f"{policy}:2",
    }
    assert {key: home.source.origin(settings, key) for key in said} == said


def test_a_saved_file_acts_at_the_next_question(home):
    before, generation = home.settings(), home.source.generation
    assert home.settings() is before
    for budget in range(100, 150):
        home.write("config.toml", USER.replace("300", str(budget)))
        assert home.settings().completion.budget_ms == budget
    assert home.source.generation == generation + 50
    home.write("p/.fusionls.toml", "[completion]\nbudget_ms = 5")
    assert home.settings().completion.budget_ms == 5
    (home.folder / "p/.fusionls.toml").unlink()
    assert home.settings().completion.budget_ms == 149
    home.user.unlink()
    assert home.settings().completion.budget_ms == 350


def test_a_broken_file_keeps_the_last_good_one_and_says_so_once(home):
    before = home.settings()
    home.write("config.toml", USER + "\n[completion]\n")
    assert home.settings() is before
    (said,) = home.source.news()
    assert said == (
        f"{home.user}: line 16: it is not valid TOML: this stands in the file twice: leave one of the"
        " two. What it said before stays in force until this is mended."
    )
    assert home.settings() is before
    assert home.source.news() == ()
    home.user.touch()
    assert home.settings() is before
    assert home.source.news() == ()
    home.write("config.toml", USER.replace("300", "200"))
    assert home.settings().completion.budget_ms == 200
    assert home.source.news() == ()


def test_a_file_that_is_just_being_written_is_not_an_empty_one(home):
    before = home.settings()
    home.write("config.toml", "")
    assert home.settings() is before
    past = time.time_ns() - OLD_NS
    os.utime(home.user, ns=(past, past))
    assert home.settings().members == {}


def test_the_users_file_that_was_never_right_leaves_the_built_in_settings(home):
    home.write("config.toml", "[[")
    home.source = home.opened()
    assert home.settings().members == {}
    (said,) = home.source.news()
    assert said.endswith("Until this is mended, the built-in settings serve.")


@pytest.mark.parametrize(
    "text",
    [
        "[privacy]\nlocal_only = 'yes'\n",
        "[privacy]\nlocalonly = true\n",
        "privacy = 5\n",
        "[privacy]\nexclude = ['ok', 5]\n",
        "[[[",
        "a = " + "[" * 5000,
        "\0",
    ],
)
def test_whose_privacy_cannot_be_read_is_sent_nowhere(home, text):
    home.write("p/.fusionls.toml", text)
    settings = home.settings()
    assert settings.privacy.local_only
    assert "ok" not in text or settings.privacy.exclude == ["ok"]
    (said,) = home.source.news()
    assert said.endswith("only members on this machine are asked in this project.")
    assert not home.settings("q/a.py").privacy.local_only


def test_a_mistake_elsewhere_leaves_the_rest_of_a_project(home):
    home.write(
        "p/.fusionls.toml",
        "[completion]\nbudget_ms = 'x'\npool = 'home'\n[privacy]\nexclude = ['a']\n"
        "[languages.go]\nenabled = 5\n[pools.x]\n[proposed]\nmembers = 5\n[unknown]\n",
    )
    settings = home.settings()
    assert settings.completion.pool == "home"
    assert settings.completion.budget_ms == 300
    assert settings.privacy.exclude == ["a"]
    assert not settings.privacy.local_only
    (said,) = home.source.news()
    assert "line 2: completion.budget_ms must be a whole number, like 350, not text" in said
    assert "line 8: pools.x.members is missing" in said
    assert said.endswith("The rest of it is used.")


def test_a_wrong_proposal_does_not_stop_a_good_file_from_changing(home):
    home.write("p/.fusionls.toml", "[completion]\nbudget_ms = 100\n")
    home.settings()
    home.write("p/.fusionls.toml", "[completion]\nbudget_ms = 90\n[proposed.members.x]\n")
    assert home.settings().completion.budget_ms == 90


def test_a_policy_that_cannot_be_read_lets_nothing_out(home):
    home.write("policy.toml", "allowed_hosts = 'x'")
    home.source = home.opened()
    settings = home.settings()
    assert settings.allowed_hosts == ()
    assert settings.allows("http://127.0.0.1:1") and not settings.allows("https://ok.example")


@pytest.mark.parametrize(
    "name", ["p/.fusionls.toml", "p/pyproject.toml", "config.toml", "policy.toml"]
)
@pytest.mark.parametrize("kind", ["folder", "loop", "big", "dangling", "latin"])
def test_whatever_lies_in_the_place_of_a_file(home, name, kind):
    file = home.write(name, "x")
    file.unlink()
    if kind == "folder":
        file.mkdir()
    elif kind == "loop":
        file.symlink_to(file)
    elif kind == "dangling":
        file.symlink_to(home.folder / "nothing")
    else:
        text = "[tool.fusionls]\n" + ("#" * 5_000_000 if kind == "big" else "x = '\xe4'")
        file.write_bytes(text.encode("latin-1"))
    home.source = home.opened()
    home.settings()
    said = home.source.news()
    assert len(said) == (0 if kind == "dangling" else 1)
    assert all(str(file) in sentence for sentence in said)


@pytest.mark.parametrize(
    "document", ["a\0b/c.py", "\ud800/a.py", "x" * 5000 + "/a.py", "", "a/../../b"]
)
def test_odd_documents_have_settings_too(home, document):
    assert set(home.settings(document).members) == {"near", "far"}
    assert home.source.settings_for(Path(document)).completion.budget_ms == 300
    assert home.source.settings_for(None).root is None


def test_a_thousand_saves_half_of_them_broken(home):
    """The last good one counts at every moment, and each broken one is said once."""
    broken = [
        "[completion",
        "completion = 5",
        "[completion]\nbudget_ms = -1",
        "[members.x]\nwire = 'none'",
        "\xff",
        "[pools.default]\nmembers = ['nobody']",
        "a = " + "[" * 2000,
        "\0",
        "unknown = 1",
        "[completion]\n[completion]",
    ]
    said = 0
    for number in range(500):
        budget = 100 + number
        home.write("config.toml", USER.replace("300", str(budget)))
        assert home.settings().completion.budget_ms == budget
        home.write("config.toml", f"{broken[number % len(broken)]}\n# {number}")
        settings = home.settings()
        assert settings.completion.budget_ms == budget
        assert set(settings.members) == {"near", "far"}
        said += len(home.source.news())
    assert said == 500


def test_asking_again_reads_nothing(home, monkeypatch):
    home.write("p/.fusionls.toml", "[completion]\nbudget_ms = 100")
    past = time.time_ns() - OLD_NS
    for file in (home.user, home.folder / "p/.fusionls.toml", home.folder / "p", home.folder):
        os.utime(file, ns=(past, past))
    settings = home.settings()

    def forbidden(*_arguments):
        raise AssertionError("a file was read")

    monkeypatch.setattr("fusionls.settings.watching.text_of", forbidden)
    for _ in range(100):
        assert home.settings() is settings


def test_reports_name_every_file_that_has_a_say(home):
    file = home.write("p/.fusionls.toml", "[completion]\nbudget_ms = 900")
    broken = home.write("p/sub/pyproject.toml", "[tool.fusionls]\nx = 1")
    reports = home.source.reports(home.folder / "p")
    assert [(r.file, r.is_good, len(r.problems)) for r in reports] == [
        (home.user, True, 0),
        (file, True, 1),
    ]
    assert [r.is_good for r in home.source.reports(broken.parent)] == [True, True, False]
