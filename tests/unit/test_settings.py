import pytest

from fusionls.core.member import Privacy
from fusionls.settings.loading import KnownNames, SettingsError, load

KNOWN = KnownNames(
    wires=frozenset({"llamacpp", "openai", "embedded"}),
    families=frozenset({"plain", "qwen2.5-coder"}),
    models=frozenset({"smollm2-135m"}),
)


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


def test_members_pools_and_budgets(tmp_path):
    user = loaded(
        tmp_path,
        """
        [members.qwen]
        wire = "llamacpp"
        endpoint = "http://127.0.0.1:8012"
        model = "qwen2.5-coder-1.5b"
        privacy = "local"
        maker = "qwen"
        prior = 0.48
        key = { env = "QWEN_KEY" }
        [pools.default]
        members = ["smollm2-135m", "qwen"]
        [completion]
        budget_ms = 200
        """,
    )
    assert user.members["qwen"].privacy is Privacy.LOCAL
    assert user.pools["default"].members == ["smollm2-135m", "qwen"]
    assert user.completion.budget_ms == 200
    assert user.completion.manual_budget_ms == 1500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[members.a]\nwire = 'carrier-pigeon'\nendpoint = 'http://127.0.0.1:1'", "use one of"),
        ("[members.a]\nwire = 'openai'\nendpoint = 'ftp://x'", "must be a URL"),
        ("[members.a]\nwire = 'openai'\nendpoint = 'http://models.example'", "use https"),
        ("[members.a]\nwire = 'openai'\nendpoint = 'https://u:p@models.example'", "use key"),
        (
            "[members.a]\nwire = 'openai'\nendpoint = 'https://x.example'\nprior = 7",
            "less than or equal to 1",
        ),
        (
            "[members.a]\nwire = 'openai'\nendpoint = 'https://x.example'\nfamilly = 'plain'",
            "check its spelling",
        ),
        (
            "[members.a]\nwire = 'openai'\nendpoint = 'https://x.example'\nfamily = 'qwen9'",
            "qwen2.5-coder",
        ),
        ("[members.a]\nwire = 'embedded'\nendpoint = 'https://x.example'", "runs here"),
        ("[pools.default]\nmembers = ['nobody']", "names 'nobody'"),
        ("[pools.default]\nmembers = []", "at least 1 item"),
        ("[completion]\nbudget_ms = 99999999", "10000"),
        ("[completion]\npool = 'night'", "add [pools.night]"),
        ("[completion", "not valid TOML"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_mistake_is_said_in_one_clear_sentence(tmp_path, text, said):
    assert any(said in problem for problem in problems(tmp_path, text))


def test_every_mistake_is_said_at_once_and_with_its_line(tmp_path):
    text = "[completion]\nbudget_ms = 0\n\n[members.a]\nwire = 'openai'\nendpoint = 'x'\n"
    found = problems(tmp_path, text)
    assert len(found) == 2
    assert any(problem.startswith("line 1: completion.budget_ms") for problem in found)
    assert any(problem.startswith("line 4: members.a") for problem in found)


def test_a_folder_in_the_place_of_the_file(tmp_path):
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "config.toml", KNOWN)
