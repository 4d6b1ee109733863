"""STARTTLS over a raw socket: plaintext before the handshake has no effect after it (RFC 3207)."""

import errno
import socket
import ssl

import pytest

from conftest import USERS
from wire import Wire, plain_message

INJECTED = {
    "a command": b"MAIL FROM:<evil@evil.example>\r\n",
    "a command without its end": b"RSET",
    "a hello and a login": f"EHLO evil.example\r\nAUTH PLAIN {plain_message('alice', USERS['alice'])}\r\n".encode(),
    "a transaction": b"EHLO evil.example\r\nMAIL FROM:<evil@evil.example>\r\nRCPT TO:<victim@mx.example>\r\nDATA\r\n"
    b"evil\r\n.\r\n",
    "a chunk": b"BDAT 4 LAST\r\nevil",
    "another STARTTLS": b"STARTTLS\r\n",
    "much": b"NOOP\r\n" * 2000,
}


@pytest.mark.parametrize("plaintext", INJECTED.values(), ids=INJECTED)
def test_plaintext_after_starttls_is_dropped(secure_sink, certificate, plaintext):
    with Wire(secure_sink.port) as wire:
        wire.ehlo()
        wire.envelope()
        wire.expect(250, "RSET")
        # 220 is the only reply to all this: nothing in clear text may follow it before the handshake.
        wire.expect_all([220], b"STARTTLS\r\n" + plaintext)
        wire.handshake(certificate)
        wire.in_sync()
        wire.expect(503, "MAIL FROM:<a@client.example>")
        assert "STARTTLS" not in wire.ehlo()
        wire.expect(503, "RCPT TO:<bob@mx.example>")
        wire.deliver()
    stored = secure_sink.only_message()
    assert (stored.sender, stored.recipients) == ("a@client.example", ["bob@mx.example"])
    assert stored.envelope["helo"] == "client.example"
    assert (stored.envelope["tls"], stored.envelope["auth"]) == (True, None)


def test_commands_before_starttls_in_the_same_segment_are_answered(secure_sink, certificate):
    with Wire(secure_sink.port) as wire:
        wire.expect_all([250, 250, 214, 220], b"EHLO client.example\r\nNOOP\r\nHELP\r\nSTARTTLS\r\n")
        wire.handshake(certificate)
        wire.ehlo()
        wire.deliver()
    assert secure_sink.only_message().envelope["protocol"] == "ESMTPS"


def test_the_session_before_starttls_is_forgotten(secure_sink, certificate):
    with Wire(secure_sink.port) as wire:
        before = wire.ehlo()
        assert "STARTTLS" in before
        # AUTH in clear text is refused, since TLS is offered.
        assert "AUTH" not in before
        wire.starttls(certificate)
        wire.expect(503, "MAIL FROM:<a@client.example>")
        after = wire.ehlo()
        assert "STARTTLS" not in after
        assert after["AUTH"] == [b"PLAIN", b"LOGIN"]
        wire.expect(503, "STARTTLS")
        wire.deliver()


def test_starttls_in_a_transaction_does_not_carry_it_over(secure_sink):
    with Wire(secure_sink.port) as wire:
        wire.ehlo()
        wire.envelope()
        wire.expect(503, "STARTTLS")
        wire.expect(354, "DATA")
        wire.expect_all([250], b"x\r\n.\r\n")
    assert len(secure_sink.messages()) == 1


def test_starttls_with_an_argument_is_refused(secure_sink, certificate):
    with Wire(secure_sink.port) as wire:
        wire.ehlo()
        wire.expect(501, "STARTTLS now")
        wire.starttls(certificate)
        wire.ehlo()
        wire.deliver()


def test_starttls_that_is_not_offered_is_refused(sink):
    with Wire(sink.port) as wire:
        assert "STARTTLS" not in wire.ehlo()
        wire.expect(502, "STARTTLS")
        wire.deliver()
    assert sink.only_message().envelope["tls"] is False


@pytest.mark.parametrize(
    "noise",
    [b"EHLO client.example\r\n", b"\x16\x03\x01\x00\x05hello", b"\0" * 400, b"\xff" * 70000],
    ids=["plaintext", "a bad record", "zeros", "much"],
)
def test_a_failed_handshake_ends_the_connection_and_nothing_else(secure_sink, certificate, noise):
    with Wire(secure_sink.port) as wire:
        wire.ehlo()
        wire.expect(220, "STARTTLS")
        try:
            wire.send(noise)
            wire.socket.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: wire.socket.recv(65536), b""))
        except OSError as gone:
            # The sink may have closed before it read all of the noise, and even before shutdown.
            assert gone.errno in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN)
            answer = b""
        # A TLS alert is allowed, but no reply: after the 220 nothing more is sent in clear text (RFC 3207 4).
        assert b"250" not in answer and b"421" not in answer and b"500" not in answer
    with Wire(secure_sink.port) as wire:
        wire.ehlo()
        wire.starttls(certificate)
        wire.ehlo()
        wire.deliver()
    assert len(secure_sink.messages()) == 1


def test_tls_that_ends_inside_a_message_stores_nothing(secure_sink, certificate):
    with Wire(secure_sink.port) as wire:
        wire.ehlo()
        wire.starttls(certificate)
        wire.ehlo()
        wire.envelope()
        wire.send(b"BDAT 10 LAST\r\nhalf")
        # close_notify, then the missing octets in clear text (the kind of fault of CVE-2026-45185).
        plain = socket.socket(fileno=socket.dup(wire.socket.fileno()))
        try:
            wire.socket.unwrap()
        except (ssl.SSLError, OSError):
            pass
        try:
            plain.sendall(b"whole!\r\nQUIT\r\n")
            answer = plain.recv(65536)
        except OSError:
            answer = b""
        plain.close()
        assert b"250" not in answer
    with Wire(secure_sink.port) as wire:
        wire.ehlo()
        wire.deliver()
    assert [message.content for message in secure_sink.messages()] == [b"Subject: control\r\n\r\nstill works\r\n"]


def test_octets_one_at_a_time_through_tls(secure_sink, certificate):
    with Wire(secure_sink.port) as wire:
        wire.ehlo()
        wire.starttls(certificate)
        wire.ehlo()
        session = b"MAIL FROM:<a@client.example>\r\nRCPT TO:<bob@mx.example>\r\nDATA\r\n"
        wire.send_pieces(session[at : at + 1] for at in range(len(session)))
        for code in (250, 250, 354):
            wire.expect(code)
        content = b"Subject: slow\r\n\r\n..\r\n..x\r\nend\r\n.\r\n"
        wire.send_pieces(content[at : at + 1] for at in range(len(content)))
        wire.expect(250)
        wire.in_sync()
    assert secure_sink.only_message().content == b"Subject: slow\r\n\r\n.\r\n.x\r\nend\r\n"
