"""msmtp against the sink. It reads a message with line feeds and sends CRLF; it adds no header fields here."""

import subprocess

import pytest

from conftest import USERS
from samples import SAMPLES
from sink_process import PATIENCE

# sysexits(3), which msmtp follows.
EX_NOPERM = 77
EX_UNAVAILABLE = 69


@pytest.fixture
def msmtp(tmp_path):
    """Sends `content`, which has CRLF line ends, by msmtp, whose input has line feeds."""

    def send(sink, content, *arguments, recipients=("bob@mx.example",), auth="off", check=0):
        done = subprocess.run(
            ["msmtp", "--host=127.0.0.1", f"--port={sink.port}", "--domain=client.example", "--from=a@client.example",
             f"--auth={auth}", "--set-from-header=off", "--set-date-header=off", "--set-msgid-header=off", *arguments,
             "--", *recipients],
            input=content.replace(b"\r\n", b"\n"),
            capture_output=True,
            timeout=PATIENCE,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        assert done.returncode == check, done.stderr.decode(errors="replace")

    return send


def starttls(certificate):
    return ["--tls=on", "--tls-starttls=on", f"--tls-trust-file={certificate.path}"]


@pytest.mark.parametrize("name", SAMPLES)
def test_stores_each_sample_octet_for_octet(sink, msmtp, name):
    msmtp(sink, SAMPLES[name])
    stored = sink.only_message()
    assert stored.content == SAMPLES[name]
    assert (stored.sender, stored.recipients) == ("a@client.example", ["bob@mx.example"])
    assert stored.envelope["helo"] == "client.example"


def test_several_recipients(sink, msmtp):
    recipients = ["zoe@mx.example", "adam@mx.example", "mid@mx.example"]
    msmtp(sink, SAMPLES["short"], recipients=recipients)
    assert sink.only_message().recipients == recipients


def test_dsn_parameters(sink, msmtp):
    msmtp(sink, SAMPLES["short"], "--dsn-return=full", "--dsn-notify=failure,delay")
    stored = sink.only_message()
    assert stored.mail_parameters["RET"] == "FULL"
    assert stored.rcpt_parameters == [{"NOTIFY": "FAILURE,DELAY"}]


def test_starttls(secure_sink, certificate, msmtp):
    msmtp(secure_sink, SAMPLES["borders-3"], *starttls(certificate))
    stored = secure_sink.only_message()
    assert stored.content == SAMPLES["borders-3"]
    assert stored.envelope["tls"] is True


@pytest.mark.parametrize("mechanism", ["plain", "login"])
@pytest.mark.parametrize("user", USERS)
def test_login(secure_sink, certificate, msmtp, tmp_path, mechanism, user):
    password = tmp_path / "password"
    password.write_text(USERS[user] + "\n", encoding="utf-8")
    msmtp(
        secure_sink, SAMPLES["short"], *starttls(certificate), f"--user={user}", f"--passwordeval=cat {password}",
        auth=mechanism,
    )
    assert secure_sink.only_message().envelope["auth"] == user


def test_a_wrong_password_is_refused(secure_sink, certificate, msmtp):
    msmtp(
        secure_sink, SAMPLES["short"], *starttls(certificate), "--user=alice", "--passwordeval=echo looking-glass",
        auth="plain", check=EX_NOPERM,
    )
    assert secure_sink.stored_files() == []


def test_lmtp_with_several_recipients(lmtp_sink, msmtp):
    recipients = ["zoe@mx.example", "adam@mx.example", "mid@mx.example"]
    msmtp(lmtp_sink, SAMPLES["dots"], "--protocol=lmtp", recipients=recipients)
    stored = lmtp_sink.only_message()
    assert (stored.content, stored.recipients) == (SAMPLES["dots"], recipients)
    assert stored.envelope["protocol"] == "LMTP"


def test_a_message_above_the_limit_is_refused(start_sink, msmtp):
    sink = start_sink(options=["--max-size", "100000"])
    msmtp(sink, SAMPLES["300-kib"], check=EX_UNAVAILABLE)
    assert sink.stored_files() == []
