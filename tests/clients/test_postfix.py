"""A real Postfix that relays to the sink. It adds a Received field at the top and changes nothing else."""

import re
import smtplib

import pytest

from conftest import USERS
from postfix_instance import Postfix, free_port
from relay_recorder import Recorder
from samples import SAMPLES, large
from sink_process import PATIENCE, wait_until

SENDER = "a@client.example"
RECEIVED = re.compile(rb"Received: from client\.example [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)+")
RECEIVED_LOCALLY = re.compile(rb"Received: by relay\.example \(Postfix, from userid \d+\)\r\n(?:[ \t][^\r\n]*\r\n)+")


class Relay:
    """A Postfix, and the sinks that it delivers to by the recipient's domain."""

    def __init__(self, start_sink, certificate):
        self.plain = start_sink()
        self.secure = start_sink(tls=True, users=True)
        self.lmtp = start_sink(lmtp=True)
        self.small = start_sink(options=["--max-size", "100000"])
        self.recorded_port = free_port()
        routes = {
            "secure.example": f"secure:[127.0.0.1]:{self.secure.port}",
            "lmtp.example": f"lmtp:inet:127.0.0.1:{self.lmtp.port}",
            "small.example": f"smtp:[127.0.0.1]:{self.small.port}",
            "recorded.example": f"smtp:[127.0.0.1]:{self.recorded_port}",
            # The notifications that Postfix sends if it cannot deliver.
            "client.example": f"smtp:[127.0.0.1]:{self.plain.port}",
        }
        table = ", ".join(f"{{ {domain} = {route} }}" for domain, route in routes.items())
        login = f"{{ [127.0.0.1]:{self.secure.port} = alice:{USERS['alice']} }}"
        self.postfix = Postfix([
            f"relayhost = [127.0.0.1]:{self.plain.port}",
            f"transport_maps = inline:{{ {table} }}",
            f"smtp_tls_CAfile = {certificate.path}",
            f"smtp_sasl_password_maps = inline:{{ {login} }}",
        ])

    def submit(self, content, recipients, sender=SENDER, options=("BODY=8BITMIME",)):
        with smtplib.SMTP("127.0.0.1", self.postfix.port, local_hostname="client.example", timeout=PATIENCE) as client:
            assert client.sendmail(sender, recipients, content, options) == {}

    def outcome(self, recipient):
        """Waits for the final log line of Postfix about this recipient."""
        words = (f"to=<{recipient}>", "status=")
        return wait_until(lambda: self.postfix.log_lines(*words), f"a delivery to {recipient}")[0]

    def relayed(self, sink, recipient):
        """The message of the sink for this recipient, after Postfix has logged its delivery."""
        outcome = self.outcome(recipient)
        assert "status=sent (250 2." in outcome
        return sink.message_to(recipient)


@pytest.fixture(scope="module")
def relay(module_sinks, certificate):
    made = Relay(module_sinks, certificate)
    yield made
    # Postfix logs unexpected replies, and defers a message where a test would only see a delay.
    signs = ("warning:", "fatal:", "panic:", "status=deferred")
    # Postfix also warns if the clock of the machine jumps.
    clock = re.compile("warning: (file system clock is|resetting file time stamps)")
    complaints = [line for sign in signs for line in made.postfix.log_lines(sign) if not clock.search(line)]
    made.postfix.stop()
    assert complaints == []


def without_received(content, pattern=RECEIVED):
    """The message without the Received field of Postfix, which must be its only addition."""
    match = pattern.match(content)
    assert match, content[:500]
    return content[match.end() :]


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_relayed_octet_for_octet(relay, name):
    recipient = f"{name}@mx.example"
    relay.submit(SAMPLES[name], [recipient])
    stored = relay.relayed(relay.plain, recipient)
    assert without_received(stored.content) == SAMPLES[name]
    assert (stored.sender, stored.recipients) == (SENDER, [recipient])
    assert (stored.envelope["protocol"], stored.envelope["helo"]) == ("ESMTP", "relay.example")
    assert stored.mail_parameters["SIZE"].isdigit()


@pytest.mark.parametrize("name", ["dots", "ends-with-dot-line", "borders-0", "borders-1", "borders-2", "borders-3"])
def test_each_sample_goes_through_tls_with_a_login(relay, name):
    recipient = f"{name}@secure.example"
    relay.submit(SAMPLES[name], [recipient])
    stored = relay.relayed(relay.secure, recipient)
    assert without_received(stored.content) == SAMPLES[name]
    assert (stored.envelope["tls"], stored.envelope["auth"]) == (True, "alice")
    assert stored.envelope["protocol"] == "ESMTPSA"


@pytest.mark.parametrize("name", ["dots", "ends-with-dot-line", "octets", "borders-0", "borders-2"])
def test_each_sample_goes_through_lmtp(relay, name):
    recipient = f"{name}@lmtp.example"
    relay.submit(SAMPLES[name], [recipient])
    stored = relay.relayed(relay.lmtp, recipient)
    assert without_received(stored.content) == SAMPLES[name]
    assert stored.envelope["protocol"] == "LMTP"


def test_a_message_from_the_sendmail_command(relay):
    # sendmail reads line feeds, and Postfix sends CRLF.
    content = SAMPLES["dots"]
    relay.postfix.sendmail(content.replace(b"\r\n", b"\n"), SENDER, ["local@mx.example"])
    assert without_received(relay.relayed(relay.plain, "local@mx.example").content, RECEIVED_LOCALLY) == content


def test_twenty_mebibytes(relay):
    content = large(20 << 20)
    relay.submit(content, ["large@mx.example"])
    stored = relay.relayed(relay.plain, "large@mx.example")
    assert without_received(stored.content) == content
    assert int(stored.mail_parameters["SIZE"]) >= len(content)


def test_twenty_mebibytes_over_tls(relay):
    content = large(20 << 20)
    relay.submit(content, ["large@secure.example"])
    assert without_received(relay.relayed(relay.secure, "large@secure.example").content) == content


def test_the_envelope_is_pipelined_and_kept_in_order(relay):
    recorder = Recorder(relay.plain.port, relay.recorded_port)
    # Postfix sorts recipients; the order in which it sent them counts.
    recipients = [f"r{number:02}@recorded.example" for number in range(40)]
    relay.submit(SAMPLES["dots"], recipients)
    stored = relay.relayed(relay.plain, recipients[0])
    passed = recorder.finish()
    sent = b"".join(octets for who, octets in passed if who == "client")
    assert [name.decode() for name in re.findall(rb"^RCPT TO:<([^>]*)>", sent, re.MULTILINE)] == stored.recipients
    assert sorted(stored.recipients) == recipients
    # MAIL, RCPT and DATA came in one piece, without a reply between them.
    group = next(octets for who, octets in passed if who == "client" and octets.startswith(b"MAIL FROM:"))
    assert group.count(b"\r\n") == len(recipients) + 2 and group.endswith(b"DATA\r\n")
    answers = b"".join(octets for who, octets in passed if who == "server")
    codes = [line[:3] for line in answers.split(b"\r\n") if line[3:4] == b" "]
    assert codes == [b"220", b"250", b"250"] + [b"250"] * len(recipients) + [b"354", b"250", b"221"]
    assert without_received(stored.content) == SAMPLES["dots"]


def test_lmtp_reports_each_recipient(relay):
    recipients = [f"r{number:02}@lmtp.example" for number in range(20)]
    relay.submit(SAMPLES["dots"], recipients)
    stored = relay.relayed(relay.lmtp, recipients[0])
    assert sorted(stored.recipients) == recipients
    assert without_received(stored.content) == SAMPLES["dots"]
    for recipient in recipients:
        assert "status=sent (250 2." in relay.outcome(recipient)


@pytest.mark.parametrize(
    "domain, sink", [("mx.example", "plain"), ("lmtp.example", "lmtp"), ("secure.example", "secure")]
)
def test_utf8_addresses(relay, domain, sink):
    content = (
        "From: jürgen@bücher.example\r\nTo: 用户@mx.example\r\nSubject: Grüße\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\n"
        "Message-Id: <1@client.example>\r\n\r\nΓειά\r\n"
    ).encode()
    recipient = f"用户@{domain}"
    relay.submit(content, [recipient], "jürgen@bücher.example", ["SMTPUTF8", "BODY=8BITMIME"])
    stored = relay.relayed(getattr(relay, sink), recipient)
    assert (stored.sender, stored.recipients) == ("jürgen@bücher.example", [recipient])
    assert stored.mail_parameters["SMTPUTF8"] is None
    assert without_received(stored.content) == content


def test_delivery_status_parameters_are_relayed(relay):
    with smtplib.SMTP("127.0.0.1", relay.postfix.port, local_hostname="client.example", timeout=PATIENCE) as client:
        client.sendmail(
            SENDER, ["dsn@mx.example"], SAMPLES["short"], ["RET=HDRS", "ENVID=x+2By"],
            ["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;Dsn@mx.example"],
        )
    stored = relay.relayed(relay.plain, "dsn@mx.example")
    assert (stored.mail_parameters["RET"], stored.mail_parameters["ENVID"]) == ("HDRS", "x+2By")
    assert stored.rcpt_parameters == [{"NOTIFY": "SUCCESS,FAILURE", "ORCPT": "rfc822;Dsn@mx.example"}]


def test_a_message_above_the_limit_of_the_next_hop_bounces(relay):
    relay.submit(SAMPLES["300-kib"], ["toolarge@small.example"], "bounces@client.example")
    assert "status=bounced" in relay.outcome("toolarge@small.example")
    notice = relay.relayed(relay.plain, "bounces@client.example")
    assert notice.sender == ""
    assert b"Status: 5.3.4\r\n" in notice.content
    assert relay.small.stored_files() == []


def test_a_hundred_messages_all_arrive_once(relay):
    for number in range(100):
        relay.submit(b"Subject: %d\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\nFrom: a@client.example\r\n"
                     b"Message-Id: <m%d@client.example>\r\n\r\n.\r\n" % (number, number), [f"n{number}@mx.example"])
    for number in range(100):
        content = without_received(relay.relayed(relay.plain, f"n{number}@mx.example").content)
        assert content.startswith(b"Subject: %d\r\n" % number) and content.endswith(b"\r\n\r\n.\r\n")
