"""curl against the sink. It uploads a file unchanged, apart from doubled dots, and announces its size."""

import subprocess

import pytest

from conftest import USERS
from samples import SAMPLES, large
from sink_process import PATIENCE

# Exit code of curl for a refused login (curl(1), EXIT CODES).
LOGIN_DENIED = 67
# ... and for an unexpected reply, such as a refused recipient or sender.
WEIRD_REPLY = 8
SEND_ERROR = 55


def curl(sink, *arguments, check=0):
    done = subprocess.run(
        ["curl", "--disable", "--no-progress-meter", "--noproxy", "*", "--url",
         f"smtp://127.0.0.1:{sink.port}/client.example", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert done.returncode == check, done.stderr.decode(errors="replace")
    return done


@pytest.fixture
def upload(tmp_path):
    """Uploads `content` to a sink."""

    def send(sink, content, *arguments, recipients=("bob@mx.example",), sender="a@client.example", **options):
        path = tmp_path / "upload.eml"
        path.write_bytes(content)
        envelope = ["--mail-from", sender]
        for recipient in recipients:
            envelope += ["--mail-rcpt", recipient]
        return curl(sink, *envelope, "--upload-file", path, *arguments, **options)

    return send


@pytest.mark.parametrize("name", SAMPLES)
def test_stores_each_sample_octet_for_octet(sink, upload, name):
    upload(sink, SAMPLES[name])
    stored = sink.only_message()
    assert stored.content == SAMPLES[name]
    assert (stored.sender, stored.recipients) == ("a@client.example", ["bob@mx.example"])
    assert stored.envelope["helo"] == "client.example"


def test_a_message_that_begins_with_a_dot(sink, upload):
    upload(sink, b".\r\n.x\r\n")
    assert sink.only_message().content == b".\r\n.x\r\n"


def test_line_feeds_become_crlf_with_the_option_of_curl(sink, upload):
    upload(sink, SAMPLES["dots"].replace(b"\r\n", b"\n"), "--crlf")
    assert sink.only_message().content == SAMPLES["dots"]


def test_bare_line_feeds_are_refused(sink, upload):
    upload(sink, b"Subject: x\r\n\r\nbare\nline feed\r\n", check=WEIRD_REPLY)
    assert sink.stored_files() == []


def test_the_size_is_announced_and_stored(sink, upload):
    upload(sink, SAMPLES["300-kib"])
    assert sink.only_message().mail_parameters["SIZE"] == str(len(SAMPLES["300-kib"]))


def test_several_recipients(sink, upload):
    recipients = ["zoe@mx.example", "adam@mx.example", "zoe@mx.example"]
    upload(sink, SAMPLES["short"], recipients=recipients)
    assert sink.only_message().recipients == recipients


def test_utf8_addresses(sink, upload):
    upload(sink, SAMPLES["utf-8"], sender="jürgen@client.example", recipients=["用户@mx.example"])
    stored = sink.only_message()
    assert (stored.sender, stored.recipients) == ("jürgen@client.example", ["用户@mx.example"])
    assert stored.mail_parameters["SMTPUTF8"] is None


def test_starttls(secure_sink, certificate, upload):
    upload(secure_sink, SAMPLES["borders-2"], "--ssl-reqd", "--cacert", certificate.path)
    stored = secure_sink.only_message()
    assert stored.content == SAMPLES["borders-2"]
    assert (stored.envelope["tls"], stored.envelope["protocol"]) == (True, "ESMTPS")


def test_eight_mebibytes_over_tls(secure_sink, certificate, upload):
    content = large(8 << 20)
    upload(secure_sink, content, "--ssl-reqd", "--cacert", certificate.path)
    assert secure_sink.only_message().content == content


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("initial_response", [(), ("--sasl-ir",)])
def test_login(secure_sink, certificate, upload, mechanism, user, initial_response):
    upload(
        secure_sink, SAMPLES["short"], "--ssl-reqd", "--cacert", certificate.path, "--user", f"{user}:{USERS[user]}",
        "--login-options", f"AUTH={mechanism}", *initial_response,
    )
    envelope = secure_sink.only_message().envelope
    assert (envelope["auth"], envelope["protocol"]) == (user, "ESMTPSA")


def test_a_wrong_password_is_refused(secure_sink, certificate, upload):
    upload(
        secure_sink, SAMPLES["short"], "--ssl-reqd", "--cacert", certificate.path, "--user", "alice:looking-glass",
        check=LOGIN_DENIED,
    )
    assert secure_sink.stored_files() == []


def test_a_message_above_the_announced_size_is_refused(start_sink, upload):
    sink = start_sink(options=["--max-size", "100000"])
    upload(sink, SAMPLES["300-kib"], check=SEND_ERROR)
    assert sink.stored_files() == []


def test_verify_and_help(sink):
    assert curl(sink, "--request", "HELP").stdout.startswith(b"214")
    # curl accepts only 250, 251 and 252 as replies to VRFY.
    assert curl(sink, "--mail-rcpt", "bob").stdout.startswith(b"252")
