"""The user's file: text in, blocks or sentences out."""

import os
from pathlib import Path

import pytest

from fusionls.core.member import Privacy
from fusionls.settings.loading import KnownNames, SettingsError, load
from fusionls.settings.places import lines_of_keys

KNOWN = KnownNames(
    wires=frozenset({"llamacpp", "openai", "embedded"}),
    families=frozenset({"plain", "qwen2.5-coder"}),
    models=frozenset({"smollm2-135m"}),
)
MEMBER = "[members.a]\nwire = 'openai'\nendpoint = 'https://x.example'\n"


def loaded(tmp_path, text):
    file = tmp_path / "config.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file, KNOWN).user


def problems(tmp_path, text):
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, text)
    return list(caught.value.problems)


def test_no_file_means_the_built_in_settings(tmp_path):
    settings = load(tmp_path / "none.toml", KNOWN)
    assert settings.file is None
    assert settings.user.completion.budget_ms == 350


def test_everything_that_a_user_can_say(tmp_path):
    user = loaded(
        tmp_path,
        """
        currency = "EUR"
        [members.qwen]
        wire = "llamacpp"
        endpoint = "http://127.0.0.1:8012"
        model = "qwen2.5-coder-1.5b"
        privacy = "local"
        maker = "qwen"
        prior = 0.48
        shares = "gpu0"
        price = { input = 0, output = 0.6 }
        roles = ["completion", "refactor", "judge"]
        key = { env = "QWEN_KEY" }
        headers = { "X-Title" = "fusionls" }
        body = { top_k = 20, chat = { template = "x" } }
        query = { api-version = "2024-10-21" }
        network = { ca_file = "~/lab.pem" }
        [network]
        proxy = "http://proxy.example:3128"
        client_certificate = "~/me.pem"
        [pools.default]
        members = ["smollm2-135m", "qwen"]
        [completion]
        budget_ms = 200
        threshold = 1
        [refactor]
        judge = "qwen"
        [privacy]
        exclude = ["secrets/**", "!secrets/public/**"]
        [languages.markdown]
        enabled = false
        [projects."~/code/acme"]
        privacy = { local_only = true }
        members.own = { wire = "embedded", model = "smollm2-135m" }
        pools.night = { members = ["own", "qwen"] }
        completion.pool = "night"
        """,
    )
    assert user.members["qwen"].privacy is Privacy.LOCAL
    assert user.pools["default"].members == ["smollm2-135m", "qwen"]
    assert (user.completion.budget_ms, user.completion.manual_budget_ms) == (200, 1500)
    assert user.projects["~/code/acme"].privacy.local_only


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[members.a]\nwire = 'openia'\nendpoint = 'https://x.example'", 'did you mean "openai"?'),
        ("[members.a]\nwire = 'carrier-pigeon'\nendpoint = 'http://127.0.0.1:1'", "use one of"),
        ("[members.a]\nwire = 'openai'\nendpoint = 'ftp://x'", "must be a URL"),
        ("[members.a]\nwire = 'openai'\nendpoint = 'http://models.example'", "use https"),
        ("[members.a]\nwire = 'openai'\nendpoint = 'https://u:p@models.example'", "use key"),
        ("[members.a]\nwire = 'openai'\nendpoint = 'https://x.example:99999'", "out of range"),
        (
            "[members.a]\nwire = 'openai'\nendpoint = 'https://x.example?key=1'",
            "parameters are query",
        ),
        (
            '[members.a]\nwire = "openai"\nendpoint = "http://127.0.0.1\\n.evil.test"',
            "endpoint must",
        ),
        ("[members.a]\nwire = 'openai'\nendpoint = 'https://[::1'", "IPv6"),
        (
            "[members.a]\nendpoint = 'https://x.example'",
            'members.a.wire is missing: add wire = "openai"',
        ),
        (MEMBER + "prior = 7", "less than or equal to 1"),
        (MEMBER + "prior = nan", "a number with an end"),
        (MEMBER + "prior = '0.5'", "must be a number, like 0.48, not text"),
        (MEMBER + "familly = 'plain'", 'check its spelling, did you mean "family"?'),
        (MEMBER + "family = 'qwen9'", "qwen2.5-coder"),
        (MEMBER + "privacy = 'clout'", 'one of local, private, cloud, did you mean "cloud"?'),
        (MEMBER + "privacy = 'local'", "is for this machine"),
        (MEMBER + "key = 'sk-very-secret'", "must be a table, like { env ="),
        (MEMBER + "key = { env = 'A', file = 'b' }", "exactly one way"),
        (MEMBER + "key = {}", "exactly one way"),
        (MEMBER + "key = { env = 'not a name' }", 'must look like "OPENAI_API_KEY"'),
        (MEMBER + "key = { command = 'pass show x' }", 'must be a list, like ["pass"'),
        (MEMBER + "headers = { Authorization = 'Bearer x' }", "use key"),
        (MEMBER + 'headers = { "X-A" = "b\\r\\nEvil: 1" }', "line break"),
        (MEMBER + "headers = { 'a b' = 'c' }", "no name of a header"),
        (MEMBER + "body = { stream = false }", "written by the wire"),
        (MEMBER + "body = { when = 2024-01-01 }", "members.a.body"),
        (MEMBER + "roles = []", "at least 1 item"),
        (MEMBER + "roles = ['writer']", "one of completion, refactor, judge"),
        (MEMBER + "network = { client_key = 'x' }", "needs client_certificate"),
        (MEMBER + "network = { proxy = 'socks5://x' }", "proxy must be a URL"),
        ("[members.'a b']\nwire = 'embedded'", "a name begins with a letter"),
        ("[members.a]\nwire = 'embedded'\nendpoint = 'https://x.example'", "runs here"),
        ("[pools.default]\nmembers = ['nobody']", "names 'nobody'"),
        ("[pools.default]\nmembers = ['smollm2-135']", 'did you mean "smollm2-135m"?'),
        ("[pools.default]\nmembers = []", "at least 1 item"),
        ("[completion]\nbudget_ms = 99999999", "10000"),
        ("[completion]\nbudget_ms = true", "must be a whole number, like 350, not true or false"),
        ("[completion]\nbudget_ms = 3.5", "not a number with a fraction"),
        ("[completion]\nbudget_ms = 2024-01-01", "not a date or a time"),
        ("[completion]\npool = 'night'", "add [pools.night]"),
        ("[refactor]\njudge = 'nobody'", "use one of smollm2-135m"),
        ("[projects.acme]\nprivacy = { local_only = true }", "the whole path of the folder"),
        ("[projects.'~/a'.pools.x]\nmembers = ['nobody']", "projects.'~/a'.pools.x names"),
        ("[projects.'~/a'.projects.'~/b']", "this key is not known"),
        ("[privacy]\nexclude = 'hr/**'", 'must be a list, like ["secrets/**"], not text'),
        ("[privacy]\nexclude = ['a*a*a*a*a*']", "too many stars"),
        ("[privacy]\nexclude = ['']", "a pattern is empty"),
        ("[allowed_hosts]", "this key is not known"),
        ("[completion", "not valid TOML"),
        ("[completion]\n[completion]", "stands in the file twice"),
        ("currency = 'EUR'\ncurrency = 'USD'", "stands in the file twice"),
        ("currency = 'Euro'", 'must look like "USD"'),
        ("a = " + "9" * 5000, "too many digits"),
        ("a = " + "[" * 5000, "nested too deeply"),
        ("a = 'x'\rb = 1", "not valid TOML"),
        ("currency = 'EUR'\n\0", "line 2: it has a null byte"),
        (b"\xff\xfe", "not UTF-8"),
        (b"# ok\ncurrency = '\xe4'", "line 2: it is not UTF-8"),
        ("#" * 5_000_000, "it has 5.0 MB, and the most is 1 MB"),
    ],
)
def test_a_mistake_is_said_in_one_clear_sentence(tmp_path, text, said):
    found = problems(tmp_path, text)
    assert any(said in problem for problem in found), found
    assert "very-secret" not in "".join(found)


def test_every_mistake_is_said_at_once_and_with_its_line(tmp_path):
    text = "[completion]\nbudget_ms = 0\n\n[members.a]\nwire = 'openai'\nendpoint = 'x'\n"
    found = problems(tmp_path, text)
    assert len(found) == 2
    assert found[0].startswith(
        "line 2: completion.budget_ms: it must be greater than or equal to 1"
    )
    assert found[1].startswith("line 4: members.a: endpoint must be a URL")


def test_ten_thousand_members_are_one_sentence(tmp_path):
    text = "".join(f"[members.m{number}]\nwire = 'embedded'\n" for number in range(10_000))
    found = problems(tmp_path, text)
    assert len(found) == 1
    assert "members has 10000 entries, and the most is 200" in found[0]


def test_of_very_many_mistakes_the_first_are_said(tmp_path):
    found = problems(tmp_path, "".join(f"k{number} = 1\n" for number in range(1000)))
    assert len(found) == 21
    assert found[0].startswith("line 1: k0")
    assert found[-1] == "and 980 more"


def test_what_the_file_says_cannot_act_on_a_terminal(tmp_path):
    text = '["\\u001b[2Jx\\u202E"]\n[members."\\u001b]0;evil\\u0007"]\nwire = "embedded"\n'
    found = problems(tmp_path, text)
    assert len(found) == 2
    assert all(problem.isprintable() for problem in found)


@pytest.mark.parametrize("text", ["\ufeffcurrency = 'EUR'\n", "# a\r\ncurrency = 'EUR'\r\n"])
def test_files_of_windows_are_read(tmp_path, text):
    assert loaded(tmp_path, text).currency == "EUR"


def test_a_folder_in_the_place_of_the_file(tmp_path):
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read: it is a folder"):
        load(tmp_path / "config.toml", KNOWN)


def test_a_link_that_leads_to_itself(tmp_path):
    (tmp_path / "config.toml").symlink_to(tmp_path / "config.toml")
    with pytest.raises(SettingsError, match="a link that leads back to itself"):
        load(tmp_path / "config.toml", KNOWN)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "config.toml")
    with pytest.raises(SettingsError, match="no ordinary file"):
        load(tmp_path / "config.toml", KNOWN)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text("")

    def refused(*_arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("fusionls.settings.reading.os.open", refused)
    with pytest.raises(SettingsError, match="you may not read it"):
        load(tmp_path / "config.toml", KNOWN)


def test_names_that_no_file_can_have():
    assert load(Path("a\0b"), KNOWN).file is None
    assert load(Path("\ud800"), KNOWN).file is None


def test_lines_of_keys():
    text = """a.b = 1
[members."k é"]
wire = "x"
list = [
  1,
  # 2,
  { q = 3 },
]
[[many]]
x = 1
[[many]]
x = 2
[broken
"""
    lines = lines_of_keys(text)
    assert lines[("a", "b")] == 1
    assert lines[("members", "k é")] == 2
    assert lines[("members", "k é", "list", 1, "q")] == 7
    assert (lines[("many", 0, "x")], lines[("many", 1, "x")]) == (10, 12)
