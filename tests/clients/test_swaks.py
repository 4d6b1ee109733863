"""swaks against the sink. Its own changes to a message lose dots at the end, so the samples are sent without them."""

import subprocess

import pytest

from conftest import USERS
from samples import SAMPLES
from sink_process import PATIENCE
from wire import stuffed

# swaks(1), EXIT CODES: authentication failed.
NO_AUTHENTICATION = 28


@pytest.fixture
def swaks(tmp_path):
    def run(sink, *arguments, recipients="bob@mx.example", check=0):
        done = subprocess.run(
            ["swaks", "--server", "127.0.0.1", "--port", str(sink.port), "--helo", "client.example", "--from",
             "a@client.example", "--to", recipients, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        assert done.returncode == check, done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
        return done.stdout

    return run


@pytest.fixture
def raw_data(tmp_path):
    """Arguments that make swaks send `content` unchanged: it only adds the CRLF after the final dot."""

    def arguments(content):
        path = tmp_path / "data"
        path.write_bytes(stuffed(content) + b".")
        return ["--data", f"@{path}", "--no-data-fixup"]

    return arguments


@pytest.mark.parametrize("name", SAMPLES)
def test_stores_each_sample_octet_for_octet(sink, swaks, raw_data, name):
    swaks(sink, *raw_data(SAMPLES[name]))
    stored = sink.only_message()
    assert stored.content == SAMPLES[name]
    assert (stored.sender, stored.recipients) == ("a@client.example", ["bob@mx.example"])
    assert stored.envelope["helo"] == "client.example"


def test_a_message_with_the_changes_of_swaks(sink, swaks):
    # It changes "\n" to CRLF, doubles dots and adds a CRLF at the end.
    swaks(sink, "--data", r"From: a@client.example\nSubject: repaired\n\n.\n..x\nend")
    assert sink.only_message().content == b"From: a@client.example\r\nSubject: repaired\r\n\r\n.\r\n..x\r\nend\r\n"


def test_several_recipients_pipelined(sink, swaks, raw_data):
    transcript = swaks(sink, "--pipeline", *raw_data(SAMPLES["dots"]), recipients="zoe@mx.example,adam@mx.example")
    stored = sink.only_message()
    assert (stored.content, stored.recipients) == (SAMPLES["dots"], ["zoe@mx.example", "adam@mx.example"])
    sent = [line for line in transcript.splitlines() if line.startswith((b" -> ", b">> "))]
    assert any(b"DATA" in line for line in sent)


def test_starttls(secure_sink, swaks, raw_data):
    swaks(secure_sink, "--tls", *raw_data(SAMPLES["borders-0"]))
    stored = secure_sink.only_message()
    assert stored.content == SAMPLES["borders-0"]
    assert (stored.envelope["tls"], stored.envelope["protocol"]) == (True, "ESMTPS")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("user", USERS)
def test_login(secure_sink, swaks, raw_data, mechanism, user):
    swaks(
        secure_sink, "--tls", "--auth", mechanism, "--auth-user", user, "--auth-password", USERS[user],
        *raw_data(SAMPLES["short"]),
    )
    assert secure_sink.only_message().envelope["auth"] == user


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_wrong_password_is_refused(secure_sink, swaks, mechanism):
    swaks(
        secure_sink, "--tls", "--auth", mechanism, "--auth-user", "alice", "--auth-password", "looking-glass",
        check=NO_AUTHENTICATION,
    )
    assert secure_sink.stored_files() == []


def test_lmtp_with_several_recipients(lmtp_sink, swaks, raw_data):
    swaks(lmtp_sink, "--protocol", "LMTP", *raw_data(SAMPLES["dots"]), recipients="zoe@mx.example,adam@mx.example")
    stored = lmtp_sink.only_message()
    assert (stored.content, stored.recipients) == (SAMPLES["dots"], ["zoe@mx.example", "adam@mx.example"])
    assert stored.envelope["protocol"] == "LMTP"


def test_helo_session(sink, swaks, raw_data):
    swaks(sink, "--protocol", "SMTP", *raw_data(SAMPLES["dots"]))
    stored = sink.only_message()
    assert (stored.content, stored.envelope["protocol"]) == (SAMPLES["dots"], "SMTP")


def test_the_transcript_of_a_session(sink, swaks, raw_data):
    transcript = swaks(sink, *raw_data(SAMPLES["short"])).decode()
    codes = [line[4:7] for line in transcript.splitlines() if line.startswith("<-  ") and line[7] == " "]
    assert codes == ["220", "250", "250", "250", "354", "250", "221"]
