"""What is likely to be a secret is known by its name."""

import pytest

from fusionls.core.secrets import looks_secret


@pytest.mark.parametrize(
    "path",
    [
        *(".env", "/w/.env.local", "/w/.ENV", "/w/prod.env", "C:\\w\\.env", ".envrc"),
        *("/w/server.pem", "/w/Server.KEY", "a.p12", "a.pfx", "a.kdbx", "keys.jks"),
        *(
            "id_rsa",
            "/me/.ssh/config",
            "id_ed25519.pub",
            "/me/.aws/config",
            "ssh_host_rsa_key",
        ),
        *(
            "credentials",
            "credentials.json",
            "db-credentials.yaml",
            "secrets.yml",
            "app.secrets.toml",
        ),
        *(
            ".netrc",
            "_netrc",
            ".npmrc",
            ".pypirc",
            ".git-credentials",
            ".htpasswd",
            "secrets/token.txt",
        ),
        *(
            "prod.tfvars",
            "terraform.tfstate",
            ".bash_history",
            "client_secret_1.json",
            "/me/.gnupg/x",
        ),
    ],
)
def test_secrets_are_known(path):
    assert looks_secret(path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
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
        *("id_generator.py", "/w/keys/readme.txt", "package.json", "settings.toml"),
    ],
)
def test_code_and_settings_are_not(path):
    assert not looks_secret(path)
