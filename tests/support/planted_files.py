"""A hundred files that hold secrets, under names and behind tricks, planted in a folder."""

from pathlib import Path

# What stands in each: a text that a memory would gladly take.
CONTENT = "planted = value_of_the_secret\n"
NAMES = (
    """
.env|.env.local|.env.production|.ENV|.Env.Staging|prod.env|prod.env.local|.envrc|.env.bak|.env~|.env.swp|.#.env|env.local
.netrc|_netrc|.npmrc|.pypirc|.pgpass|.my.cnf|.git-credentials|.htpasswd|.s3cfg|.boto|.dockercfg|.bash_history|.yarnrc.yml
id_rsa|ID_RSA|id_rsa.bak|id_ed25519|id_ecdsa.pub|id_ed25519_sk|deploy_rsa|ssh_host_rsa_key|authorized_keys|known_hosts
server.pem|Server.KEY|a.p12|a.pfx|a.jks|release.keystore|passwords.kdbx|Passwords.KDBX|vpn.ovpn|key.ppk|x.p8|mail.mbox
config/master.key|config/credentials.yml.enc|config/database.yml|group_vars/all/vault.yml|.vault_pass.txt|host.vault.yml
terraform.tfstate|terraform.tfstate.backup|prod.tfvars|prod.auto.tfvars.json|.terraformrc
kubeconfig|dev.kubeconfig|.kube/config|admin.conf|k8s-secret-prod.yaml|sealed.secrets.yaml
.aws/credentials|.AWS/config|aws_accessKeys.csv|rootkey.csv|.azure/accessTokens.json|.config/gcloud/credentials.db.json
application_default_credentials.json|service-account.json|gcp-key.json|x-firebase-adminsdk-1.json|google-services.json
client_secret_1.json|token.json|github_token|access-token.txt|apiKeys.json|db_password.txt|passwords.csv|creds.txt
secrets.yml|secrets.toml|app.secrets.json|secrets/token.txt|.secrets/any.txt|secret/values.yaml|credentials|credentials.xml
.docker/config.json|.gnupg/secring.txt|.ssh/config|.mozilla/firefox/logins.json|wallet.dat|wp-config.php|local_settings.py
appsettings.Production.json|sftp-config.json|.password-store/bank.txt|.config/gh/hosts.yml|private_key.txt|secrets.sh
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
# Links with harmless names, to a file or a folder of the above.
LINKS = {
    "notes.txt": ".env",
    "main_copy.py": "server.pem",
    "readme_keys.md": "id_rsa",
    "docs_link": ".ssh",
    "src/settings_link.py": "terraform.tfstate",
}


def plant(root: Path) -> dict[str, tuple[str, ...]]:
    """Write the files into ``root``; return the paths that are known of each: as written, and the real one.

    A file system that does not tell cases apart keeps the first of two names.
    """
    planted: dict[str, tuple[str, ...]] = {}
    for name in NAMES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CONTENT, encoding="utf-8")
        planted[name] = (str(path), str(path.resolve()))
    for name, target in LINKS.items():
        link = root / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(root / target)
        seen = link / "config" if (root / target).is_dir() else link
        planted[str(seen.relative_to(root))] = (str(seen), str(seen.resolve()))
    return planted
