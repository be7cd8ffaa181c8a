"""``fusionls doctor`` as a person reads it."""

import json
import signal
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from fusionls.cli.commands.doctor import COMMAND
from fusionls.cli.examining import Check
from fusionls.cli.examining_pool import examine_members
from fusionls.core.member import Member, Privacy
from fusionls.core.reply import Failure, FailureKind
from fusionls.settings.loading import SettingsError
from fusionls.settings.member_block import MemberBlock
from tests.support.probed_members import probe_in, probed, right
from tests.support.virtual_time import run_virtual

ELSEWHERE = {"wire": "openai", "endpoint": "https://models.test", "model": "m"}
WITH_KEY = {**ELSEWHERE, "key": {"env": "SOME_KEY"}}
HEALTHY = [
    "ok   member m: first token after 50 ms (median of 3 warm runs; cold 400 ms, made ready in 200 ms), "
    "100 tokens/s (family qwen2.5-coder)",
    "ok   member m, family: qwen2.5-coder fits: 3 of 3 certain middles are right",
    "ok   member m, answers: 12 of 12 answers parse",
]


def checks(*members, blocks=None, **more):
    """Return the checks of ``members``, whose ``blocks`` are by their names."""
    said: list[Check] = []
    known = {name: MemberBlock.model_validate(b) for name, b in (blocks or {}).items()}
    run_virtual(examine_members(members, known, said.append, **more))
    return said


def lines(says, *, family="qwen2.5-coder", block=None, **more):
    """Return the lines about a member that ``says``."""
    found = checks(probed(Member("m", family), says, **more), blocks={"m": block or ELSEWHERE})
    return [check.line for check in found]


def fails(kind, message, **more):
    return lambda prompt: Failure(kind, message, **more)


def test_a_healthy_member():
    assert lines(right) == HEALTHY


def test_a_healthy_member_in_a_hurry():
    found = checks(probed(Member("m", "qwen2.5-coder"), right), quick=True)
    assert [check.line for check in found] == HEALTHY[:1]


def test_a_wrong_key():
    wrong = fails(FailureKind.AUTHENTICATION, "401 Unauthorized", status=401)
    assert lines(wrong, block=WITH_KEY) == [
        "FAIL member m: reached, but not authenticated: 401 Unauthorized. Way out: the key is wrong or has "
        "expired: put a valid one where key says."
    ]


def test_a_key_that_may_not_use_the_model():
    wrong = fails(FailureKind.AUTHENTICATION, "403 Forbidden", status=403)
    assert lines(wrong, block=WITH_KEY) == [
        "FAIL member m: reached, but not authenticated: 403 Forbidden. Way out: the key may not use this "
        "model: allow it there, or take another key."
    ]


def test_no_key_at_all():
    wrong = fails(FailureKind.AUTHENTICATION, "401 Unauthorized", status=401)
    assert lines(wrong) == [
        "FAIL member m: reached, but not authenticated: 401 Unauthorized. Way out: it has no key: add "
        'key = { env = "NAME" } (or keyring, command, file) to its block.'
    ]


def test_a_key_that_is_not_there():
    missing = Failure(FailureKind.AUTHENTICATION, "the environment variable is not set or empty")
    assert lines(right, dead=missing, block=WITH_KEY) == [
        "FAIL member m: not authenticated: the environment variable is not set or empty. Way out: set "
        "SOME_KEY where fusionls starts."
    ]


def test_a_certificate_that_is_not_accepted():
    refused = Failure(FailureKind.UNREACHABLE, "TLS: the certificate is not accepted (models.test)")
    assert lines(right, dead=refused)[0].endswith(
        "Way out: if your network has certificates of its own, name them in ca_file of [network]."
    )


def test_weights_say_themselves_what_to_do():
    broken = Failure(
        FailureKind.UNREACHABLE, "m.gguf: it is damaged; run: fusionls models install m"
    )
    embedded = {"wire": "embedded", "model": "m"}
    assert lines(right, dead=broken, block=embedded) == [
        "FAIL member m: unreachable: m.gguf: it is damaged; run: fusionls models install m"
    ]


def test_a_dead_server():
    dead = Failure(FailureKind.UNREACHABLE, "no connection (127.0.0.1)")
    assert lines(right, dead=dead) == [
        "FAIL member m: unreachable: no connection (127.0.0.1). Way out: start its server, or mend endpoint."
    ]


def test_a_stalled_server():
    assert lines(lambda prompt: None) == [
        "FAIL member m: reached, but overloaded: no answer within 30 s. Way out: it may still be loading its "
        "model, or be too busy for it: try again, or take a smaller model."
    ]


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_has_its_way_out(kind):
    if kind not in (FailureKind.SUPERSEDED, FailureKind.NOT_INSTALLED):
        # The first is no failure of the member, the second says itself what to install.
        [line] = lines(fails(kind, "said"))
        assert "Way out: " in line


def test_a_wrong_family():
    def says(prompt):
        if "<fim_prefix>" in prompt.text:
            return right(prompt)
        probe = probe_in(prompt)
        return f"<fim_middle>{probe.suffix}" if probe else "x y z w v"

    block = {**ELSEWHERE, "model": "starcoder2-3b"}
    assert lines(says, family="codellama", block=block)[1] == (
        "FAIL member m, family: codellama looks wrong: 0 of 3 certain middles are right; its answers hold "
        "special tokens (<fim_middle>), type again what stands behind the hole. Asked as starcoder2 it does "
        'better: set family = "starcoder2"'
    )


def test_one_that_rambles():
    found = lines(lambda prompt: "and so on " * 30)
    assert found[1].startswith("FAIL member m, family: qwen2.5-coder looks wrong: 0 of 3 ")
    assert "do not end" in found[1]
    assert "have prose around the code" in found[1]
    assert found[1].endswith("Set family to the format that its model was trained on")


def test_a_talker_that_answers_with_code_only():
    assert lines(right, family="chat")[1] == (
        "ok   member m, family: chat fits: 3 of 3 certain middles are right, code only"
    )


def test_a_talker_that_explains():
    found = lines(
        lambda prompt: f"Here is the missing code:\n```\n{right(prompt)}\n```", family="chat"
    )
    assert found[1] == (
        "     member m, family: chat is asked: 3 of 3 certain middles are right; its answers have prose "
        "around the code, have Markdown fences, which are taken off"
    )


def test_a_model_that_thinks_is_told_to_stop():
    found = lines(lambda prompt: "<think> " + "hm " * 99, family="chat")
    assert "Switch its thinking off" in found[1]


def test_answers_that_do_not_parse_are_named():
    def says(prompt):
        probe = probe_in(prompt)
        bad = probe and probe.language in ("rust", "java", "go", "c")
        return ")) (" if bad else right(prompt)

    [_, _, answers] = lines(says)
    assert answers.startswith("ok   member m, answers: 8 of 12 answers parse; not: ")
    assert answers.endswith(" and 1 more")


def test_a_member_with_few_good_answers_fails():
    assert lines(lambda prompt: ")")[2].startswith("FAIL member m, answers: 2 of 12")


def test_two_that_say_the_same_are_about_one_vote():
    members = [probed(Member(name, "plain"), right) for name in ("a", "b")]
    # All that these two have in common where a matter of taste is asked.
    assert checks(*members)[-1].line == (
        "     members a and b: about one vote: they say the same in 7 of 7 answers that tell"
    )


def test_two_of_one_maker_are_about_one_vote_without_being_asked():
    members = [probed(Member(name, "plain", maker="acme"), right) for name in ("a", "b")]
    assert checks(*members, quick=True)[-1].said == "about one vote: both are made by acme"


def test_two_that_have_their_own_mind_are_not_mentioned():
    members = [
        probed(Member("a", "plain"), right),
        probed(Member("b", "plain"), lambda prompt: f"{right(prompt)} + b"),
    ]
    assert not [check for check in checks(*members) if "vote" in check.said]


@pytest.fixture
def doctor(monkeypatch, tmp_path):
    """Run the command with a pool of members."""
    # On some machines it asks a program.
    monkeypatch.setattr("platform.platform", lambda: "a machine")
    monkeypatch.setenv("FUSIONLS_DATA", str(tmp_path))
    monkeypatch.setenv("FUSIONLS_CONFIG", str(tmp_path / "config.toml"))

    async def aclose():
        pass

    def run(*arguments, members=(), broken=None):
        def load_settings():
            if broken is not None:
                raise broken
            return SimpleNamespace(members={}, files=())

        pools = SimpleNamespace(models=tuple(members), aclose=aclose)
        monkeypatch.setattr("fusionls.wiring.load_settings", load_settings)
        monkeypatch.setattr("fusionls.wiring.open_pools", lambda settings: pools)
        return CliRunner().invoke(COMMAND, arguments)

    return run


def at_once(name, says=right, **more):
    # These tests are in real time.
    member = Member(name, "plain", privacy=Privacy.CLOUD, **more)
    return probed(member, says, ready_ms=0, cold_ms=0, warm_ms=0, token_ms=0)


def test_all_is_well(doctor):
    done = doctor(members=[at_once("a")])
    assert done.exit_code == 0
    assert "ok   languages: " in done.stdout
    assert "ok   member a, answers: 12 of 12 answers parse" in done.stdout
    assert done.stderr == ""


def test_one_document_and_nothing_else(doctor):
    done = doctor("--json", members=[at_once("a")])
    document = json.loads(done.stdout)
    checks = {check["name"]: check for check in document["checks"]}
    assert (done.exit_code, document["v"], done.stderr) == (0, 1, "")
    assert checks["python"]["ok"] is None
    assert checks["member a"]["figures"]["authenticated"] is True
    assert checks["member a"]["figures"]["warm_runs"] == 3
    assert checks["member a, family"]["figures"]["fit"] == "fits"
    assert checks["member a, answers"]["figures"] == {
        "well_formed": 12,
        "asked": 12,
        "probes": 12,
        "right": 5,
        "certain": 5,
    }
    assert {check["member"] for check in document["checks"]} == {"", "a"}


def test_one_member_of_several(doctor):
    done = doctor("--member", "b", members=[at_once("a"), at_once("b")])
    assert "member b: " in done.stdout
    assert "member a" not in done.stdout


def test_a_member_that_nobody_has(doctor):
    done = doctor("--member", "c", members=[at_once("a"), at_once("b")])
    assert done.exit_code == 2
    assert "FAIL members: 'c' is not in the usual pool: use one of a, b" in done.stdout


def test_settings_that_cannot_be_used(doctor, tmp_path):
    done = doctor(broken=SettingsError(tmp_path / "config.toml", ["line 2: no"]))
    assert done.exit_code == 2
    assert f"FAIL settings: {tmp_path / 'config.toml'}: line 2: no" in done.stdout


def test_nobody_to_ask(doctor):
    done = doctor()
    assert done.exit_code == 2
    assert "FAIL members: fusionls has no model to ask." in done.stdout


def test_a_member_that_fails_is_more_urgent_than_a_finding(doctor):
    dead = at_once("dead", fails(FailureKind.SERVER_ERROR, "500"))
    odd = at_once("odd", lambda prompt: ")")
    assert doctor(members=[odd]).exit_code == 1
    assert doctor(members=[dead, odd]).exit_code == 3


def test_ctrl_c_ends_it_in_a_sentence(doctor):
    def interrupts(prompt):
        signal.raise_signal(signal.SIGINT)

    # Who runs the tests in the background may have it ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        done = doctor("--json", members=[at_once("a", interrupts)])
    finally:
        signal.signal(signal.SIGINT, before)
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr == "interrupted: the rest was not checked\n"


def test_what_a_model_writes_is_not_printed(doctor):
    done = doctor("--json", members=[at_once("a", lambda prompt: "PRIVATE ) \x1b[31m")])
    assert "PRIVATE" not in done.stdout
    assert "\x1b" not in done.stdout
