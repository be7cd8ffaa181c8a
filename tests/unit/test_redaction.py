"""Secrets in text do not reach members that are not on this machine; what is no secret does."""

import sysconfig
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.redaction import redacted, redacted_around, redacted_behind
from tests.support.planted_secrets import planted_secrets

PLANTED = planted_secrets()


def test_planted_secrets_are_caught():
    """98 of 100 at least, and for any letters that they are made of."""
    for seed in (1, 2, 3):
        planted = planted_secrets(seed)
        assert len(planted) >= 170
        missed = [one.text for one in planted if one.secret in redacted(one.text)]
        assert len(missed) <= 0.02 * len(planted), missed


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_stay_and_twice_is_as_good_as_once(end):
    text = "".join(one.text for one in PLANTED).replace("\r\n", "\n").replace("\n", end)
    once = redacted(text)
    assert redacted(once) == once
    assert [once.count(sign) for sign in "\n\r"] == [text.count(sign) for sign in "\n\r"]


PIECES = [
    *"aZ7_-=:.,\"'`\n\r \\/@<>(){};#$\u0130",
    *("password", "api_key", "token", "sk-", "://", "hunter2", "<redacted>", "-u ", "login('"),
    *(
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY",
    ),
]
ANY = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@settings(max_examples=600, deadline=None)
@given(ANY, st.integers(0, 200))
def test_any_text_keeps_its_lines_and_is_done_at_once(text, cut):
    once = redacted(text)
    assert redacted(once) == once
    assert [once.count(sign) for sign in "\n\r"] == [text.count(sign) for sign in "\n\r"]
    prefix, suffix = redacted_around(text[:cut], text[cut:])
    assert [(prefix + suffix).count(sign) for sign in "\n\r"] == [
        text.count(sign) for sign in "\n\r"
    ]


def test_a_secret_that_the_cursor_stands_in_is_taken_from_both_sides():
    for one in PLANTED:
        middle = one.text.index(one.secret) + len(one.secret) // 2
        prefix, suffix = redacted_around(one.text[:middle], one.text[middle:])
        assert one.secret[: len(one.secret) // 2][-6:] not in prefix.split("\n")[-1][-8:], one.text
        assert not suffix.startswith(one.secret[len(one.secret) // 2 :][:6]), one.text


def test_what_is_being_typed_is_taken_too():
    assert redacted('password = "hunter2') == 'password = "<redacted>'
    key = "-----BEGIN RSA PRIVATE" + " KEY-----\n" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY" * 2
    assert redacted(key).endswith("KEY-----\n<redacted>")


@pytest.mark.parametrize("line", ["{}", '    "{}\\n"'])
def test_a_text_may_begin_at_any_line_of_a_key(line):
    """Of all key's lines the last one is short, and looks like a word."""
    key = [*("QUJDREVGR0hJSktMTU5PUFFSU1RVVldY" * 2 for _ in range(250)), "2hF2MODCuHvVtYQPWya7"]
    begin, end = (f"-----{word} PRIVATE" + " KEY-----" for word in ("BEGIN", "END"))
    lines = ["x = 1", line.format(begin), *map(line.format, key), line.format(end), "y = 2"]
    for first in (2, 3, 100, len(lines) - 4, len(lines) - 3):
        before, text = (
            "".join(f"{one}\n" for one in some) for some in (lines[:first], lines[first:])
        )
        shown, behind = redacted_behind(before, text, "z = 3")
        assert not [one for one in key if one in shown]
        assert (shown.count("\n"), shown.split("\n")[-2], behind) == (
            text.count("\n"),
            "y = 2",
            "z = 3",
        )


def test_what_stands_before_a_text_is_not_part_of_it():
    assert redacted_behind("", "value = ", "\n") == ("value = ", "\n")
    assert redacted_behind("a\nb\n", "value = ", "\n") == ("value = ", "\n")
    assert redacted_behind("a\r\nb\r\n", "c\r\nvalue = ", "") == ("c\r\nvalue = ", "")


def test_the_rest_of_the_line_is_kept():
    text = 'login(user="me", password="hunter2", host=HOST)  # postgres://me:geheim1@db/x'
    assert redacted(text) == text.replace("hunter2", "<redacted>").replace("geheim1", "<redacted>")


@pytest.mark.parametrize(
    "text",
    [
        "password = get_password()",
        "password = os.environ['DB_PASSWORD']",
        "password = self.password",
        "def login(user: str, password: str) -> Token:",
        "token = next(tokens)",
        'token = "identifier"',
        'TOKEN = "whitespace"',
        'kind = TokenKind("bracket_open2")',
        'fields = ("username", "password", "email")',
        'password = "${DB_PASSWORD}"',
        'password = f"{user}-{salt}"',
        'PASSWORD_FIELD = "password"',
        'header = "X-Auth-Token"',
        'label = t("Enter your password:")',
        "DB_PASSWORD=$SECRET",
        "DB_PASSWORD=",
        "password: string;",
        "token: u32,",
        'api_key = "your-api-key"',
        'api_key="..."',
        'secret = "****"',
        "for key, value in items:",
        'primary_key = "user_id"',
        "https://example.test/a:b@c",
        "git@github.test:me/repo.git",
        "http://user:$PASSWORD@host/",
        "sha = '0123456789abcdef0123456789abcdef01234567'",
        "class TaskRunner: task-management-system-overview",
        "passphrase = prompt('Passphrase')",
        "if password == other.password: pass",
        "this.token = token;",
        "Authorization: Basic authentication",
        '"keywords": "tokens, credentials"',
        "import secrets, tokenize, getpass",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redacted(text) == text


def test_the_standard_library_stays_as_it_is():
    """Measured: 1 of 734 files of Python 3.11 changes, and 12 of its 1,056 tests, by their passwords."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = [path for path in folder.glob("*.py") if path.is_file()]
    assert len(files) > 100
    texts = [path.read_text("utf-8", errors="replace") for path in files]
    changed = [path.name for path, text in zip(files, texts, strict=True) if redacted(text) != text]
    assert len(changed) <= 0.01 * len(files), changed


HOSTILE = [
    *(
        "token ",
        "eyJ",
        "eyJabcdefghij.",
        "sk-",
        'password = "',
        "-",
        "QUJD",
        "://a:",
        "password:",
        "password=",
    ),
    *(
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----\n",
        "a@://",
        "1234567890:AA",
        "pat",
        "-u a:",
    ),
    *(
        "password: a a",
        "password>",
        "token>aaa<",
        "0123456789abcdef",
        "M",
        "password='\\",
        "--",
        "xX",
        "keykey",
    ),
    "-----BEGIN PRIVATE KEY-----\nQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD\n",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_long(piece):
    """A fifth of a megabyte; what grows with the square of the text would take minutes."""
    text = piece * (200_000 // len(piece))
    start = time.process_time()
    redacted(text)
    assert time.process_time() - start < 3


def test_a_megabyte_takes_a_tenth_of_a_second():
    """Measured: 45 to 70 ms of processor time for a megabyte of the standard library."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    text = ""
    for path in sorted(folder.glob("*.py")):
        text += path.read_text("utf-8", errors="replace")
        if len(text) > 1_000_000:
            break
    took = []
    for _ in range(3):
        start = time.process_time()
        redacted(text[:1_000_000])
        took.append(time.process_time() - start)
    # Three times the measured time, for a machine that is busy.
    assert min(took) < 0.2
