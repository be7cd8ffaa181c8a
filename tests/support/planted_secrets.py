"""Texts with a secret in each, made as they are needed: no token of ours looks real to a scanner."""

import base64
import random
import string
from dataclasses import dataclass

HEX = "0123456789abcdef"
ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
URL_SAFE = ALNUM + "_-"


@dataclass(frozen=True, slots=True)
class Planted:
    """A text, and what in it must not be told."""

    text: str
    secret: str


# How a vendor's token is made: beginning, letters, length.
TOKENS = [
    *[(p, UPPER, 16) for p in ("AKIA", "ASIA", "AROA")],
    *[(p, ALNUM, 36) for p in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_")],
    ("github_" + "pat_", ALNUM + "_", 82),
    *[(p, URL_SAFE, 20) for p in ("glpat-", "glrt-", "gldt-", "glptt-")],
    *[(p + "1234567890-1234567890-", ALNUM, 24) for p in ("xoxb-", "xoxp-", "xoxa-", "xoxs-")],
    ("xapp-1-A0123-1234-", HEX, 64),
    *[(p, ALNUM, 24) for p in ("sk_" + "live_", "sk_" + "test_", "rk_" + "live_", "whsec_")],
    ("AIza", URL_SAFE, 35),
    ("ya29.", URL_SAFE, 60),
    ("GOCSPX-", URL_SAFE, 28),
    *[(p, URL_SAFE, 48) for p in ("sk-", "sk-proj-", "sk-ant-api03-", "sk-or-v1-")],
    ("hf_", string.ascii_letters, 34),
    ("gsk_", ALNUM, 52),
    ("r8_", ALNUM, 37),
    ("pplx-", ALNUM, 48),
    ("xai-", ALNUM, 80),
    ("pypi-" + "AgEIcHlwaS5v", URL_SAFE, 80),
    ("rubygems_", HEX, 48),
    ("dckr_" + "pat_", URL_SAFE, 27),
    *[(p, HEX, 64) for p in ("dop_v1_", "doo_v1_")],
    ("dapi", HEX, 32),
    ("hvs.", URL_SAFE, 90),
    ("lin_api_", ALNUM, 40),
    ("ATATT3", URL_SAFE, 180),
    *[(p, HEX, 32) for p in ("shpat_", "shpss_")],
    ("sq0atp-", URL_SAFE, 22),
    ("glsa_", ALNUM, 40),
    ("tskey-auth-", ALNUM, 30),
    ("figd_", URL_SAFE, 40),
    ("xkeysib-", HEX, 64),
    ("PMAK-", HEX, 58),
    ("NRAK-", UPPER, 27),
    ("AGE-SECRET-" + "KEY-1", UPPER, 58),
    ("SK", HEX, 32),
    ("key-", HEX, 32),
    ("LTAI", ALNUM, 20),
    ("nvapi-", URL_SAFE, 64),
]
# Where a token stands: none of these says that it is one.
AROUND_TOKENS = [
    "x = '{}'\n",
    "curl https://api.test/v1?x={} -o y\n",
    "- {}\n",
    "# was {}, replaced\n",
]
# What has no beginning of its own is told by its name. RANDOM is a random word, WORD what a person chose.
NAMED = """
password = "CHOSEN"
PASSWORD: 'CHOSEN'
db_password = 'CHOSEN'
self.password = "CHOSEN"
"password": "CHOSEN",
'passwd' => 'CHOSEN',
DB_PASSWORD=CHOSEN
export DB_PASS="CHOSEN"
  password: CHOSEN
spring.datasource.password=CHOSEN
const dbPassword = "CHOSEN";
let pwd: string = 'CHOSEN'
String password = "CHOSEN";
passphrase := "CHOSEN"
os.environ["DB_PASSWORD"] = "CHOSEN"
settings.put("password", "RANDOM")
conn = connect(user="me", password="CHOSEN")
<password>CHOSEN</password>
<add key="password" value="CHOSEN" />
user.setPassword("CHOSEN");
if password == "CHOSEN":
dsn = "host=db user=me password=CHOSEN sslmode=require"
cs = "Server=db;Database=x;User Id=me;Password=CHOSEN;Encrypt=true"
cs = "Server=db;Uid=me;Pwd=CHOSEN;"
postgres://me:CHOSEN@db.test:5432/x
mysql+pymysql://me:CHOSEN@db/x
redis://:CHOSEN@cache:6379/0
mongodb+srv://me:CHOSEN@cluster0.mongodb.test/x
amqp://me:CHOSEN@mq:5672/%2f
git clone https://me:RANDOM@git.test/a/b.git
git clone https://RANDOM@git.test/a/b.git
https://RANDOM@o1.ingest.test/42
ftp://me:CHOSEN@files.test/x
curl -u me:CHOSEN https://api.test
curl -H "Authorization: Bearer RANDOM" https://api.test
headers = {"Authorization": "Basic BASE64"}
headers["X-Api-Key"] = "RANDOM"
api_key = "RANDOM"
apiKey: "RANDOM",
API_KEY=RANDOM
api-key: RANDOM
"apiKey": "RANDOM"
aws_secret_access_key = BASE64
AWS_SECRET_ACCESS_KEY="BASE64"
secret_key = 'RANDOM'
SECRET_KEY = "RANDOM"
client_secret: RANDOM
"client_secret": "RANDOM"
clientSecret = 'RANDOM';
access_token = "RANDOM"
refreshToken: 'RANDOM',
auth_token=RANDOM
//registry.test/:_authToken=RANDOM
https://api.test/v1?api_key=RANDOM&x=1
https://x.blob.test/c?sv=2020&sig=RANDOM&se=1
AccountName=x;AccountKey=BASE64;EndpointSuffix=y
Endpoint=sb://x/;SharedAccessKeyName=r;SharedAccessKey=BASE64
private_key = "RANDOM"
encryption_key: "RANDOM"
signing_key = b"RANDOM"
jwt_secret: 'RANDOM'
session_secret = "CHOSEN"
webhook_secret="RANDOM"
credentials = "RANDOM"
MYSQL_ROOT_PASSWORD: CHOSEN
- POSTGRES_PASSWORD=CHOSEN
ENV REDIS_PASSWORD=CHOSEN
  token: RANDOM
password='CHOSEN'  # of the old server
$password = "CHOSEN";
@password = "CHOSEN"
:password => "CHOSEN"
password <- "CHOSEN"
val password = "CHOSEN"
static final String PASSWORD = "CHOSEN";
#define WIFI_PASSWORD "CHOSEN"
--password=CHOSEN
smtp_pass = "CHOSEN"
""".strip().split("\n")
BLOCKS = [
    ("-----BEGIN {}PRIVATE" + " KEY{}-----", "-----END {}PRIVATE" + " KEY{}-----", kind, end)
    for kind, end in (
        ("", ""),
        ("RSA ", ""),
        ("EC ", ""),
        ("OPENSSH ", ""),
        ("PGP ", " BLOCK"),
        ("ENCRYPTED ", ""),
    )
]


def planted_secrets(seed: int = 7) -> list[Planted]:
    """Return a text for each kind of secret, the same for the same ``seed``."""
    chance = random.Random(seed)
    found = [
        _in(AROUND_TOKENS[n % len(AROUND_TOKENS)], beginning + _letters(chance, letters, length))
        for n, (beginning, letters, length) in enumerate(TOKENS)
    ]
    found += [_in(AROUND_TOKENS[0], token) for token in _of_other_shapes(chance)]
    for line in NAMED:
        for mark in ("CHOSEN", "RANDOM", "BASE64"):
            if mark in line:
                secret = _secret(chance, mark)
                found.append(Planted(line.replace(mark, secret) + "\n", secret))
    for first, last, kind, end in BLOCKS:
        body = [_letters(chance, ALNUM + "+/", 64) for _ in range(8)] + [
            _letters(chance, ALNUM, 20)
        ]
        lines = [first.format(kind, end), *body, last.format(kind, end)]
        found += [
            Planted("\n".join(lines) + "\n", body[5]),
            Planted(
                f'key = "{chr(92)}n'.replace("n", "").join(["", ""]) + _on_one_line(lines), body[3]
            ),
            Planted("\r\n".join(lines[:5]), body[2]),
            Planted("\n".join(lines[4:]) + "\nx = 1\n", body[4]),
            Planted(
                "key = (\n" + "".join(f'    "{line}\\n"\n' for line in lines) + ")\n", body[-1]
            ),
        ]
    return found


def _in(around: str, secret: str) -> Planted:
    return Planted(around.format(secret), secret)


def _letters(chance: random.Random, letters: str, length: int) -> str:
    # With a digit and a letter at least, as all of these have.
    return (
        "".join(chance.choices(letters, k=length - 2)) + ("a7" if "a" in letters else "A7")[:length]
        if (letters != string.ascii_letters)
        else "".join(chance.choices(letters, k=length))
    )


def _secret(chance: random.Random, mark: str) -> str:
    if mark == "RANDOM":
        return _letters(chance, ALNUM, 32)
    if mark == "BASE64":
        return base64.b64encode(chance.randbytes(30)).decode()
    return chance.choice(["hunter", "Tr0ub4dor", "correcthorse", "s3cr3t!", "P@ss"]) + str(
        chance.randint(10, 99)
    )


def _of_other_shapes(chance: random.Random) -> list[str]:
    def jwt_part(size: int) -> str:
        return "eyJ" + _letters(chance, URL_SAFE, size)

    return [
        f"{jwt_part(30)}.{jwt_part(80)}.{_letters(chance, URL_SAFE, 43)}",
        f"SG.{_letters(chance, URL_SAFE, 22)}.{_letters(chance, URL_SAFE, 43)}",
        f"{chance.randint(10**8, 10**9)}:AA{_letters(chance, URL_SAFE, 33)}",
        f"{_letters(chance, HEX, 32)}-us12",
        f"M{_letters(chance, ALNUM, 25)}.{_letters(chance, ALNUM, 6)}.{_letters(chance, URL_SAFE, 30)}",
        f"abc8Q~{_letters(chance, ALNUM, 34)}",
        f"pat{_letters(chance, ALNUM, 14)}.{_letters(chance, HEX, 64)}",
        "https://hooks.slack" + f".com/services/T0123/B0123/{_letters(chance, ALNUM, 24)}",
        f"{_letters(chance, ALNUM, 14)}.atlasv1.{_letters(chance, ALNUM, 60)}",
    ]


def _on_one_line(lines: list[str]) -> str:
    return '{"private_key": "' + "\\n".join(lines) + '\\n"}\n'
