"""What is likely to be a secret is known by its name, however the name is spelled."""

import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.secrets import LONGEST_NAME, LONGEST_PATH, looks_secret
from tests.support.planted_files import NAMES


@pytest.mark.parametrize("name", NAMES)
def test_secrets_are_known_wherever_they_lie_and_however_they_are_written(name):
    for path in (
        name,
        f"/w/{name}",
        f"/w/{name.upper()}",
        f"C:\\w\\{name}".replace("/", "\\"),
        f"\\\\server\\share\\{name}",
        f"/w/{name}.",
        f"/w/{name} ",
        f"/w/{name}::$DATA",
        f"/w/{name}.bak",
        f"/w/{name} (1)",
        f"/w/{name}~",
        f"file:///w/{name}",
        f"file:///w/{name}".replace(".", "%2E").replace("e", "%65"),
        f"file:///w/{name}".replace(".", "%252e"),
        f"vscode-vfs://github/a/b/{quote(name)}?ref=a/b#l",
        f"zip:/w/a.zip!/{name}",
        f"/w/{name}".replace(".", "\uff0e"),
        f"/w/{name}".replace("e", "\u0435").replace("s", "\uff53"),
        f"/w/{name}".replace("e", "e\u200b").replace("a", "a\u0301"),
    ):
        assert looks_secret(path), path


@pytest.mark.parametrize(
    "path",
    [
        *(
            "untitled:.env",
            "/w/.env.swp",
            "/w/.#.env",
            "#.env#",
            "._.env",
            "Copy of .env",
            ".id_rsa.swp",
        ),
        *(
            "secrets.yml.gz",
            "id_rsa.old",
            "/w/.env/prod",
            "/w/.envs/.local/.django",
            "/me/.SSH/config.py",
        ),
        *("/me/Library/Mail/V9/1.txt", "Login Data", "Cookies", "key4.db", "outlook.pst", "a.eml"),
        *(
            "C:\\me\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\x.ldb",
            "UTC--2020-01-01T0--ab",
        ),
        *("prod.tfvars", "krb5cc_1000", "ipsec.secrets", "unattend.xml", "bitwarden_export.json"),
    ],
)
def test_other_places_and_copies(path):
    assert looks_secret(path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/",
            "main.py",
            "/w/environment.py",
            "secrets.py",
            "/w/core/secrets.py",
            "secrets/vault.py",
        ),
        *(
            "credentials.go",
            "password.tsx",
            "keyboard.c",
            "env.py",
            ".gitignore",
            "docs/secrets.md",
        ),
        *("id_generator.py", "/w/keys/readme.txt", "package.json", "settings.toml", "tokens.json"),
        *(
            "tokenizer.json",
            "special_tokens_map.json",
            "reset-password.sh",
            "add_password_to_users.sql",
        ),
        *(
            "activity_change_password.xml",
            "secretary.txt",
            "env.d.ts",
            "Makefile",
            "Dockerfile",
            "go.mod",
        ),
        *(
            "config.yaml",
            "docker-compose.yml",
            "monkey.json",
            "hotkeys.json",
            "passport.json",
            "compass.yaml",
        ),
        *(
            "environment.yml",
            "token.svg",
            "chromium/base/x.gn",
            ".github/workflows/ci.yml",
            "README",
        ),
        *(
            "file:///c%3A/code/main.rs",
            "letsencrypt/boulder/main.go",
            "a b (1).txt",
            "caf\u00e9/\u0442\u0435\u0441\u0442.txt",
        ),
    ],
)
def test_code_and_settings_are_not(path):
    assert not looks_secret(path)


def test_what_is_no_path_is_not_let_through():
    assert looks_secret("a" * (LONGEST_PATH + 1))
    assert looks_secret("/w/" + "a" * (LONGEST_NAME + 1))


@pytest.mark.parametrize(
    "path",
    [
        "~" * 500,
        ".bak" * 120,
        "a/" * 16_000,
        "%25" * 10_000,
        "aws-" * 120,
        "id_" * 160,
        "\u0430" * 500,
    ],
)
def test_no_name_takes_long(path):
    start = time.process_time()
    looks_secret(path)
    assert time.process_time() - start < 0.5


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gets_an_answer(path):
    assert looks_secret(path) in (True, False)
    assert looks_secret(f"{path}/.ssh/x.py")
