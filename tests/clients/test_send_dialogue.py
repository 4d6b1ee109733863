"""The commands of send, their order, and its output."""


import pytest

from samples import SAMPLES
from send_program import REFUSED, WAYS, starttls


def test_a_trace(sink, send):
    done = send(sink, SAMPLES["short"], "--trace")
    size = len(SAMPLES["short"])
    assert done.commands == [
        "EHLO client.example", f"MAIL FROM:<a@client.example> SIZE={size}", "RCPT TO:<bob@mx.example>", "DATA",
        f"<{size} octets of content>", ".", "QUIT",
    ]
    codes = [line[3:6] for line in done.dialogue if line.startswith("S: ") and line[6:7] == " "]
    assert codes == ["220", "250", "250", "250", "354", "250", "221"]


def test_a_trace_of_chunks(sink, send):
    done = send(sink, SAMPLES["short"], "--trace", "--chunking")
    size = len(SAMPLES["short"])
    assert done.commands[-3:] == [f"BDAT {size} LAST", f"<{size} octets of content>", "QUIT"]


@pytest.mark.parametrize("way", ["bdat", "bdat one at a time"])
def test_a_trace_of_chunks_under_tls(secure_sink, certificate, send, way):
    done = send(secure_sink, SAMPLES["300-kib"], "--trace", *WAYS[way], *starttls(certificate))
    chunks = [int(line.split()[1]) for line in done.commands if line.startswith("BDAT ")]
    announced = [int(line[1:].split()[0]) for line in done.commands if line.startswith("<")]
    assert len(chunks) > 1 and chunks == announced and sum(announced) == len(SAMPLES["300-kib"])


def test_with_several_connections_the_trace_has_their_numbers(sink, send):
    done = send(sink, SAMPLES["short"], "--trace", "--connections", "2")
    for number in (1, 2):
        assert f"[{number}] C: DATA" in done.trace.splitlines()


def test_pipelined_commands_are_in_one_segment(serve, send):
    def dialogue(peer):
        peer.greet(b"PIPELINING")
        peer.expect(b"MAIL", b"RCPT", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n")
        peer.content()
        # The next transaction does not wait for the reply to this one.
        peer.expect(b"RSET", b"MAIL", b"RCPT", b"RCPT", b"DATA")
        peer.say(b"250 first\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n")
        peer.content()
        peer.say(b"250 second\r\n")
        peer.quit()

    done = send(serve(dialogue), SAMPLES["short"], "--repeat", "2", to=["a@x.example", "b@x.example"])
    assert done.lines == ["ok 250 first"] * 2 + ["ok 250 second"] * 2


def test_replies_are_printed_as_one_line(serve, send):
    def dialogue(peer):
        peer.greet(b"PIPELINING", b"ENHANCEDSTATUSCODES")
        peer.expect(b"MAIL", b"RCPT", b"RCPT", b"RCPT", b"DATA")
        peer.say(b"250 2.1.0 ok\r\n")
        peer.say(b"550-5.1.1 first\r\n550-5.1.1\r\n550 5.1.1 third\r\n")
        peer.say(b"451 4.7.1 \x1b[31m \xff \xc3\xbc\r\n")
        peer.say(b"250 2.1.5 ok\r\n354 go\r\n")
        peer.content()
        peer.say(b"250\r\n")
        peer.quit()

    done = send(serve(dialogue), SAMPLES["short"], to=["a@x.example", "b@x.example", "c@x.example"], check=REFUSED)
    assert done.lines == ["failed 550 5.1.1 first /  / third", "failed 451 4.7.1 \\x1b[31m \\xff ü", "ok 250"]


def test_no_recipient_is_accepted(serve, send):
    def dialogue(peer):
        peer.greet(b"PIPELINING")
        peer.expect(b"MAIL", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n550 no\r\n354 go on\r\n")
        peer.expect(b".")
        peer.say(b"554 nobody\r\n")
        # It is unknown whether the server still has the envelope.
        peer.expect(b"RSET", b"MAIL", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n250 ok\r\n550 no\r\n354 go on\r\n")
        peer.expect(b".")
        peer.say(b"554 nobody\r\n")
        peer.quit()

    done = send(serve(dialogue), SAMPLES["short"], "--repeat", "2", check=REFUSED)
    assert done.lines == ["failed 550 no"] * 2


def test_a_refused_sender(serve, send):
    def dialogue(peer):
        peer.greet(b"ENHANCEDSTATUSCODES")
        peer.expect(b"MAIL")
        peer.say(b"550 5.1.8 who?\r\n")
        peer.quit()

    done = send(serve(dialogue), SAMPLES["short"], to=["a@x.example", "b@x.example"], check=REFUSED)
    assert done.lines == ["failed 550 5.1.8 who?"] * 2


def test_a_refused_data(serve, send):
    def dialogue(peer):
        peer.greet(b"PIPELINING")
        for _ in range(2):
            peer.expect(b"MAIL", b"RCPT", b"RCPT", b"DATA")
            peer.say(b"250 ok\r\n250 ok\r\n550 no\r\n451 4.3.0 not now\r\n")
            peer.expect(b"RSET")
            peer.say(b"250 ok\r\n")
        peer.quit()

    done = send(serve(dialogue), SAMPLES["short"], "--repeat", "2", to=["a@x.example", "b@x.example"], check=REFUSED)
    assert done.lines == ["failed 451 4.3.0 not now", "failed 550 no"] * 2


@pytest.mark.parametrize("keywords", [(b"CHUNKING", b"PIPELINING"), (b"CHUNKING",)])
def test_a_refused_chunk(serve, send, keywords):
    content = SAMPLES["300-kib"]

    def begin(peer):
        for start in (b"MAIL", b"RCPT"):
            peer.expect(start)
            peer.say(b"250 ok\r\n")

    def dialogue(peer):
        peer.greet(*keywords)
        begin(peer)
        received = [peer.chunk()]
        peer.say(b"552 5.3.4 too much\r\n")
        line = peer.line()
        if line.startswith(b"BDAT"):
            received.append(peer.chunk(line))
            peer.say(b"503 5.5.1 no transaction\r\n")
            line = peer.line()
        assert content.startswith(b"".join(received))
        while line == b"RSET":
            peer.say(b"250 ok\r\n")
            line = peer.line()
        assert line.startswith(b"MAIL")
        peer.say(b"250 ok\r\n")
        peer.expect(b"RCPT")
        peer.say(b"250 ok\r\n")
        received = [peer.chunk()]
        while sum(map(len, received)) < len(content):
            peer.say(b"250 more\r\n")
            received.append(peer.chunk())
        assert b"".join(received) == content
        peer.say(b"250 taken\r\n")
        peer.quit()

    done = send(serve(dialogue), content, "--chunking", "--repeat", "2", check=REFUSED)
    assert done.lines == ["failed 552 5.3.4 too much", "ok 250 taken"]


def test_helo(serve, send):
    def dialogue(peer):
        peer.say(b"220 old.example\r\n")
        peer.expect(b"EHLO")
        peer.say(b"500 what?\r\n")
        peer.expect(b"HELO client.example")
        peer.say(b"250 old.example\r\n")
        peer.expect(b"MAIL FROM:<a@client.example>")
        peer.say(b"550 no\r\n")
        peer.quit()

    assert send(serve(dialogue), SAMPLES["short"], check=REFUSED).lines == ["failed 550 no"]
