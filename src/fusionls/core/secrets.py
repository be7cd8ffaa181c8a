"""Which files are likely to hold secrets. Nothing of theirs is remembered or shown to a model.

A name is all that is looked at, so the list is broad: a file that is left out in vain costs little.
"""

import re

# Folders that hold keys and passwords, wherever they stand in a path.
_FOLDERS = frozenset(
    {".aws", ".azure", ".docker", ".gnupg", ".kube", ".password-store", ".ssh", "secrets"}
)
_NAMES = re.compile(
    r"""
    \.env(rc)?([._-].*)? | .*\.env(\.local)?    # variables of an environment
    | .*\.(pem|key|p8|p12|pfx|jks|keystore|kdbx?|asc|gpg|pgp|ppk|ovpn|age|keytab)
    | .*\.(tfvars|tfstate)(\.json|\.backup)?
    | (id|ssh_host)_(rsa|dsa|ecdsa|ed25519)(_.*|-.*|\..*)? | authorized_keys | known_hosts
    | [._]?(credentials?|secrets?|passwords?|passwd|shadow|htpasswd)([._-].*)?
    | .*[._-](credentials?|secrets?)\.(json|ya?ml|toml|ini|cfg|conf|txt|xml|properties)
    | service[._-]?account.*\.json | client_secret.*\.json
    | [._](netrc|npmrc|yarnrc|pypirc|pgpass|my\.cnf|git-credentials|dockercfg|s3cfg|boto)
    | \.(bash|zsh|python|psql|mysql|node_repl)_history | \.vault[._-].* | \.vault_pass
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Source code about secrets is no secret.
_CODE = re.compile(
    r".*\.(py|pyi|js|jsx|mjs|ts|tsx|go|rs|java|kt|c|h|cc|cpp|hpp|cs|rb|php|lua|swift|scala|md|rst|html)",
    re.IGNORECASE,
)


def looks_secret(path: str) -> bool:
    """Tell whether the file at ``path`` is likely to hold keys or passwords, by its name and folders.

    Case does not matter, and both kinds of slashes part folders. Give it the real path: a harmless name
    may be a link to a key.
    """
    *folders, name = path.replace("\\", "/").rstrip("/").split("/")
    if any(folder.lower() in _FOLDERS and folder.lower() != "secrets" for folder in folders):
        return True
    if _CODE.fullmatch(name):
        return False
    if any(folder.lower() == "secrets" for folder in folders):
        return True
    return bool(_NAMES.fullmatch(name))
