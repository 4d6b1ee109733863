"""send and connections that fail."""

import re
import socket
import threading

import pytest

from samples import SAMPLES, large
from send_program import FAILED, REFUSED, starttls
from sink_process import PATIENCE


def test_a_port_without_a_listener(send):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    class Nobody:
        pass

    Nobody.port = port
    done = send(Nobody, SAMPLES["short"], "--repeat", "2", "--connections", "2", check=FAILED)
    assert done.lines == ["failed 000 cannot-connect connection refused"] * 4


def test_a_host_that_does_not_exist(send, sink):
    done = send(sink, SAMPLES["short"], host="no-such-host.invalid", check=FAILED)
    assert len(done.lines) == 1 and done.lines[0].startswith("failed 000 cannot-connect ")


def test_every_address_is_tried(sink, send):
    # On most machines localhost is also ::1, where nothing listens.
    send(sink, SAMPLES["short"], host="localhost")
    assert sink.only_message().content == SAMPLES["short"]


@pytest.mark.parametrize("greeting", [b"554 5.7.1 not you\r\n", b"421 4.3.2 too busy\r\n"])
def test_a_greeting_that_refuses(serve, send, greeting):
    def dialogue(peer):
        peer.say(greeting)
        if greeting.startswith(b"5"):
            peer.quit()

    done = send(serve(dialogue), SAMPLES["short"], to=["a@x.example", "b@x.example"], check=FAILED)
    assert done.lines == ["failed " + greeting.decode().rstrip()] * 2


@pytest.mark.parametrize(
    "words",
    [b"SSH-2.0-x\r\n", b"<html>", b"220-a\r\n550 blocked\r\n", b"220 a\n", b"HTTP/1.1 400 Bad Request\r\n"],
)
def test_a_server_of_another_protocol(serve, send, words):
    done = send(serve(lambda peer: (peer.say(words), peer.expect_end())), SAMPLES["short"], check=FAILED)
    assert re.fullmatch(r"failed 000 (malformed-reply|code-mismatch|bare-lf)", done.lines[0])
    said = words.decode().rstrip().replace("\r", "\\x0d").replace("\n", "\\x0a")
    assert f"the server said: {said}\n" in done.trace


def test_a_reply_with_a_code_that_the_command_does_not_allow(serve, send):
    def dialogue(peer):
        peer.greet()
        peer.expect(b"MAIL")
        peer.say(b"354 2.0.0 go\r\n")
        peer.expect_end()

    done = send(serve(dialogue), SAMPLES["short"], check=FAILED)
    assert done.lines == ["failed 000 unexpected-code"]
    assert "the server said: 354 2.0.0 go" in done.trace


def test_a_message_that_is_accepted_although_a_chunk_was_refused(serve, send):

    def dialogue(peer):
        peer.greet(b"CHUNKING", b"PIPELINING")
        peer.expect(b"MAIL", b"RCPT")
        peer.say(b"250 ok\r\n250 ok\r\n")
        lines = [peer.line()]
        peer.chunk(lines[0])
        while not lines[-1].endswith(b"LAST"):
            lines.append(peer.line())
            peer.chunk(lines[-1])
        assert len(lines) > 1
        peer.say(b"452 4.3.1 full\r\n" + b"250 ok\r\n" * (len(lines) - 1))
        peer.expect(b"RSET")
        peer.say(b"250 ok\r\n")
        peer.quit()

    done = send(serve(dialogue), SAMPLES["300-kib"], "--chunking", check=REFUSED)
    assert done.lines == ["failed 000 unknown: contradiction the message may have arrived"]


def test_a_connection_that_is_lost_before_the_content(serve, send):
    def dialogue(peer):
        peer.greet(b"PIPELINING")
        peer.expect(b"MAIL", b"RCPT", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n550 no\r\n")

    done = send(serve(dialogue), SAMPLES["short"], "--repeat", "2", to=["a@x.example", "b@x.example"], check=FAILED)
    assert done.lines == ["failed 550 no"] + ["failed 000 connection-lost"] * 3


def test_a_connection_that_is_lost_after_the_content(serve, send):
    def dialogue(peer):
        peer.greet(b"PIPELINING")
        peer.expect(b"MAIL", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
        peer.content()

    done = send(serve(dialogue), SAMPLES["short"], check=FAILED)
    assert done.lines == ["failed 000 unknown: connection-lost the message may have arrived"]


def test_a_server_that_closes_without_a_reply_to_quit(serve, send):
    def dialogue(peer):
        peer.greet(b"PIPELINING")
        peer.expect(b"MAIL", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
        peer.content()
        peer.say(b"250 taken\r\n")
        peer.expect(b"QUIT")

    assert send(serve(dialogue), SAMPLES["short"]).lines == ["ok 250 taken"]


def test_421_between_two_messages(serve, send):
    def dialogue(peer):
        peer.greet(b"PIPELINING")
        peer.expect(b"MAIL", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
        peer.content()
        peer.say(b"250 taken\r\n421 4.3.2 enough\r\n")

    done = send(serve(dialogue), SAMPLES["short"], "--repeat", "3", check=FAILED)
    assert done.lines == ["ok 250 taken"] + ["failed 421 4.3.2 enough"] * 2


def test_a_server_that_refuses_within_the_content_and_closes(serve, send):
    def dialogue(peer):
        peer.greet(b"PIPELINING")
        peer.expect(b"MAIL", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
        peer.connection.recv(65536)
        peer.say(b"421 4.3.0 the disk is full\r\n")
        peer.close_gently()

    done = send(serve(dialogue), large(4 << 20), check=FAILED)
    assert done.lines == ["failed 421 4.3.0 the disk is full"]


def test_content_that_was_cut_short_is_traced(serve, send):
    def dialogue(peer):
        peer.greet(b"PIPELINING")
        peer.expect(b"MAIL", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
        peer.connection.recv(65536)
        peer.say(b"451 4.3.0 broken\r\n")
        peer.close_gently()

    done = send(serve(dialogue), large(40 << 20), "--trace", check=FAILED)
    assert re.fullmatch(r"<\d+ octets of content>", done.commands[-1])
    assert done.lines == ["failed 451 4.3.0 broken"]


@pytest.mark.parametrize("where", ["greeting", "hello", "end", "tls"])
def test_a_server_that_stops_replying(serve, send, certificate, where):
    def dialogue(peer):
        if where == "greeting":
            peer.expect_end()
            return
        peer.greet(b"PIPELINING", b"STARTTLS") if where != "hello" else peer.say(b"220 mx.example\r\n")
        if where == "hello":
            peer.expect(b"EHLO")
        elif where == "tls":
            peer.expect(b"STARTTLS")
            peer.say(b"220 go\r\n")
            peer.connection.recv(65536)
        else:
            peer.expect(b"MAIL", b"RCPT", b"DATA")
            peer.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
            peer.content()
        peer.expect_end()

    options = starttls(certificate) if where == "tls" else []
    done = send(serve(dialogue), SAMPLES["short"], "--timeout", "1", *options, check=FAILED)
    expected = {"tls": "failed 000 timeout in the TLS handshake",
                "end": "failed 000 unknown: timeout the message may have arrived"}
    assert done.lines == [expected.get(where, "failed 000 timeout")]


def test_a_server_that_does_not_read(serve, send):
    released = threading.Event()

    def dialogue(peer):
        peer.greet(b"PIPELINING")
        peer.expect(b"MAIL", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
        assert released.wait(PATIENCE)

    server = serve(dialogue)
    done = send(server, large(30 << 20), "--timeout", "1", check=FAILED)
    released.set()
    assert done.lines == ["failed 000 timeout"]
