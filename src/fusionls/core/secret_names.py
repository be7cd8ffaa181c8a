"""The hard list: names and folders under which keys, passwords and private messages are kept.

It was put together from what secret scanners, key tools, mail programs and browsers call their files, and
no settings shorten it. All names are in lower case.
"""

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Whatever lies in them is private, code or not, wherever they stand in a path.
FOLDERS = _set(
    """
    .1password .acme.sh .aliyun .aws .azure .bitcoin .bluemix .boto .chef .cloudflared .databricks .docker
    .dotnet-user-secrets .electrum .ethereum .fetchmail .gcloud .getmail .gnupg .kaggle .kube .lastpass .mail
    .maildir .minikube .mozilla .mutt .oci .op .password-store .pki .putty .secret .secrets .snowflake
    .snowsql .solana .ssh .step .terraform.d .thunderbird .tsh .vault .vault-tokens .wallet
    """
)
# What lies in them is private if it is no source code.
FOLDERS_OF_SETTINGS = _set(
    """
    .credentials .env .envs .private api-keys api_keys apikeys credentials creds keychains keyrings kwalletd
    letsencrypt maildir passwords private-keys private_keys privatekeys secret secrets wireguard
    """
)
# The same for a folder in a certain other one.
FOLDER_PAIRS = frozenset(
    {
        *((".config", name) for name in ("chromium", "gcloud", "gh", "glab-cli", "google-chrome")),
        *(
            (".config", name)
            for name in ("hub", "microsoft-edge", "op", "rclone", "solana", "sops")
        ),
        *((".config", name) for name in ("stripe", "vivaldi")),
        *((name, "user data") for name in ("brave-browser", "chrome", "chromium", "edge")),
        *(("library", name) for name in ("cookies", "mail", "messages")),
        *(("microsoft", name) for name in ("credentials", "protect", "usersecrets")),
        *((name, "gcloud") for name in ("application data", "roaming")),
        ("firefox", "profiles"),
        ("sops", "age"),
    }
)
NAMES = _set(
    """
    .authinfo .boto .bash_history .credentials .dbshell .dockercfg .dockerconfigjson
    .envrc .esmtprc .fetchmailrc .ftpconfig .git-credentials .htdigest .htpasswd .iceauthority
    .irb_history .k5login .lesshst .mbsyncrc .mongorc.js .msmtprc .muttrc .my.cnf .mylogin.cnf
    .mysql_history .netrc .node_repl_history .npmrc .offlineimaprc .pgpass .php_history .psql_history
    .pypirc .python_history .rediscli_history .remote-sync.json .rhosts .s3cfg .sh_history .shosts
    .smbcredentials .sqlite_history .terraformrc .trc .tugboat .vault-token .vault_pass .vaultpass
    .viminfo .xauthority .yarnrc .yarnrc.yml .zsh_history .zhistory _netrc
    accesskeys.csv accesstokens.json admin.conf application_default_credentials.json auth.json authorized_keys
    authorized_keys2 azureprofile.json chap-secrets config.inc.php consolehost_history.txt cookies
    cookies.json cookies.txt cookies.sqlite cwallet.sso database.yml datasources.local.xml
    dbeaver-data-sources.xml filezilla.xml fish_history google-services.json googleservice-info.plist gshadow
    heroku.json ipsec.secrets jenkins.plugins.publish_over_ssh.bapsshpublisherplugin.xml
    kdc.conf key3.db key4.db keyfile keystore.properties known_hosts krb5.keytab kubeconfig
    kubelet.conf local_settings.py localsettings.php logins.csv logins.json login.keychain
    master.key master.passwd mnemonic.txt mongorc.js ntds.dit otr.private_key pap-secrets
    passwd passwd- proftpdpasswd pwd.db rclone.conf recentservers.xml robomongo.json rootkey.csv sasl_passwd
    secret_key_base secret_token.rb settings.local.php sftp-config.json sftp.json shadow shadow-
    signons.sqlite signons.txt sitemanager.xml smtpauth spwd.db sssd.conf terraform.rc unattend.xml
    autounattend.xml ventrilo_srv.ini vault.json vault.yaml vault.yml wallet.dat wallet.json winscp.ini
    wp-config.php wpa_supplicant.conf
    """
) | {"login data", "web data"}
# Names that are private though they end as code does.
CODE_NAMES = NAMES & {
    *(".mongorc.js", "mongorc.js", "config.inc.php", "local_settings.py", "localsettings.php"),
    *("secret_token.rb", "settings.local.php", "wp-config.php"),
}
ENDINGS = _set(
    """
    1pif 1pux agekey agilekeychain age asc authinfo bek bks cer credential credentials creds crt
    der dbx emlx eml enpassdb env envrc gpg jceks jks jwk jwks kdb kdbx kdbx4 keepass key keychain
    keychain-db keyring keystore keytab kubeconfig kwallet kwl mbox mbx mobileprovision nmconnection
    opvault ost ovpn p12 p7b p7c p7s p8 pem pfx pgp pgpass pk8 pkcs12 pkcs8 pkey ppk priv privkey
    privatekey psafe3 pst publishsettings pvk pwd pwdb pwsafe rdg remmina sec secret secrets skr snk sshkey
    storepass tblk tfplan tfstate tfvars tok token truststore vault vault_pass wallet
    """
)
_WORDS = (
    r"pass(?:word|wd|phrase)s?|credentials?|(?:api|access|private|secret|signing|encryption)[._ -]?keys?"
    r"|client[._ -]?secrets?|(?:auth|access|bearer|refresh)[._ -]?tokens?"
)
# The whole name without its ending: a script or a table of this name.
STEM = re.compile(rf"[._-]?(?:{_WORDS}|secrets?|creds?|passwds?|vault[._-]?pass)", re.DOTALL)
NAME = re.compile(
    rf"""
    \.env(?:rc)?(?:[^a-z].*)? | .*\.env(?:[._ -].*)?            # variables of an environment
    | env\.(?:local|dev|development|prod|production|staging|stage|test)(?:\..*)?
    | (?:.*[._-])?(?:id|host|deploy|ssh|git(?:hub|lab)?)[._-](?:rsa|dsa|ecdsa|ed25519|xmss)(?:[^a-z].*)?
    | .*[._-](?:rsa|dsa|ecdsa|ed25519)                          # private keys of SSH
    | (?:.*[._-])?(?:tfvars|tfstate|terraform\.tfstate)[._-].*  # Terraform's variables and state
    | .*(?:{_WORDS}).* | (?:.*[^a-z])?(?:secrets?|creds|passwds?)(?:[^a-z].*)?
    | (?:.*[._ -])?token(?:\.[a-z]+)?
    | (?:gcp|gcloud|gcr|gke|google|firebase|aws|azure|service|svc)
      [._-].*(?:key|auth|sa|account).*\.(?:json|csv|ini)       # keys of clouds
    | service[._-]?account.* | (?:.*[._-])?sa[._-]key.* | .*firebase-?admin-?sdk.*
    | kube[._-]?config(?:[^a-z].*)? | .*[._-]kubeconfig(?:[^a-z].*)?
    | (?:.*[._-])?vault[._-]?(?:pass|password|token|key).* | .*[._-]vault\.(?:ya?ml|json)
    | .*\.(?:dec|enc|sops|vault)\.(?:ya?ml|json|env|ini|toml|properties)
    | krb5cc_.* | utc--.* | (?:bitwarden|lastpass|1password|keepass|dashlane).*\.(?:json|csv|xml|txt)
    | appsettings\..+\.json | .*\.pubxml\.user | ssh[._-]host[._-].*
    | .*history\.(?:sqlite|db) | .*[._-]private[._-]?key.*
    """,
    re.VERBOSE | re.DOTALL,
)
# Source code and what is read by people: text about secrets is no secret.
CODE = _set(
    """
    adb ads adoc astro bzl c cabal cc cl clj cljs cmake coffee cpp cs css csproj cxx d dart
    ejs el elm erb erl ex exs f90 feature fs fsx gd glsl go graphql groovy h haml hbs hcl hh hpp hs htm html
    hxx ipynb java jinja jinja2 j2 jl js jsx kt kts less lhs liquid lisp lua m markdown md mdx mjs cjs ml mli
    mm mod mts cts mustache nim nix nunjucks pas php phtml pl pm po pot pp proto pug py pyi pyx qml r rb rbi
    rei rkt rs rst s sass scala scm scss slim sol sum svelte swift tex tf tla ts tsx twig v vala vb vhd
    vue wat xaml xhtml zig
    """
)
# Scripts, tables and layouts: they are private only if the whole name is such a word.
SCRIPTS = _set("bash bat cmd fish gradle nu ps1 sh sql svg xml xsd xsl zsh")
