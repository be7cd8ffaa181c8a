"""A hundred files that nobody may be shown: names of keys and passwords, spelled and hidden in every way."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

# Paths below a folder of the file's own. What stands behind "<-" is a harmless name that is a link to it.
PATHS = """
.env
.env.local
.env.production
prod.env
env.staging
.envrc
.ENV
.Env.Local
.eNv
id_rsa
id_ed25519
ID_RSA
deploy_rsa
id_rsa.pub.bak
server.pem
Server.PEM
client.key
tls.crt
store.jks
app.keystore
cert.p12
cert.pfx
root.kdbx
ledger.gpg
notes.asc
.netrc
_netrc
.npmrc
.pypirc
.pgpass
.my.cnf
.htpasswd
.git-credentials
.dockercfg
.s3cfg
.boto
.vault-token
.bash_history
.zsh_history
.python_history
.psql_history
credentials.json
Credentials
client_secret.json
client-secrets.yaml
service-account.json
application_default_credentials.json
firebase-adminsdk-x.json
secrets.yaml
secrets.toml
SECRETS.YML
my_passwords.txt
passwords.csv
api_keys.txt
api-key
access_tokens.ini
auth.json
token
token.json
terraform.tfstate
terraform.tfstate.backup
prod.tfvars
vault.yml
kubeconfig
admin.conf
wallet.dat
login.keychain
logins.json
cookies.sqlite
wp-config.php
local_settings.py
secret_token.rb
master.key
database.yml
appsettings.Production.json
values.enc.yaml
.ssh/config
.ssh/notes.py
.aws/config
.aws/tool.py
.gnupg/trustdb
.kube/config
.docker/config.json
.azure/profile
.password-store/mail
.config/gh/hosts.yml
.config/rclone/any.ini
secrets/prod.yaml
credentials/mail.ini
Maildir/new/1
.env~
#.env#
.env.swp
.id_rsa.swp
.env (1)
copy of id_rsa
id_rsa.txt
id_rsa_2024
.env.bak.old
backup.env.gz
server.pem.orig
.env.
.env\x20
.\u0435nv
.\uff45nv
.e\u200bnv
id_rs\u0430
notes.py <- .env
README.md <- id_rsa
src/app.py <- secrets.yaml
main.py <- .ssh/id_ed25519
lib/util.py <- .aws/credentials
lib/known.py <- .ssh/
lib/known.py <- .aws/
"""
# Ways to spell where a file is. Editors of virtual files and of notebooks have schemes of their own.
URIS = """
untitled:{folder}/.env
git:{path}?%7B%22ref%22%3A%22HEAD%22%7D
git:{path}
vscode-notebook-cell:{path}#W0sZmlsZQ
vscode-remote://ssh-remote%2Bhost{path}
output:{folder}/id_rsa
FILE://{path}
file://localhost{path}
file:{path}
file://{folder}/x/..//.env
file://{folder}/%2eenv
file://{folder}/%2Eenv
file://{folder}/%252Eenv
file://{folder}\\.env
file:{link}
FILE://{link}
File://{link}
file://localhost{link}
file://LocalHost{link}
"""


@dataclass(frozen=True)
class SecretFile:
    """A file that is open as ``uri`` and holds ``marker``; ``names`` must not be seen either."""

    uri: str
    marker: str
    names: tuple[str, ...]


def planted_files(root: Path) -> list[SecretFile]:
    """Make the files in folders of their own below ``root``."""
    found = []
    for number, line in enumerate(PATHS.strip("\n").split("\n")):
        folder, marker = root / f"zq{number}", f"content_{number}_zq"
        shown, _, hidden = line.partition(" <- ")
        if hidden.endswith("/"):
            # Not the file is a link, but the folder that it is opened in.
            linked, name = shown.split("/")
            _made(folder, hidden + name, marker)
            (folder / linked).symlink_to(folder / hidden)
        elif hidden:
            (folder / shown).parent.mkdir(parents=True)
            (folder / shown).symlink_to(_made(folder, hidden, marker))
        else:
            _made(folder, shown, marker)
        path = folder / shown
        found.append(SecretFile(path.as_uri(), marker, (folder.name, "/".join(path.parts[-2:]))))
    for number, line in enumerate(URIS.strip("\n").split("\n"), len(found)):
        folder, marker = root / f"zq{number}", f"content_{number}_zq"
        path = _made(folder, ".env", marker)
        link = folder / "notes.py"
        link.symlink_to(path)
        parts = {"path": path, "folder": folder, "link": link}
        uri = line.format(**{name: quote(str(one)) for name, one in parts.items()})
        found.append(SecretFile(uri, marker, (folder.name,)))
    return found


def _made(folder: Path, name: str, marker: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(marker)
    return path
