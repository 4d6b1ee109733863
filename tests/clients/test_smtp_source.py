"""Postfix's smtp-source, a load generator that checks every reply, against the sink."""

import re
import subprocess

import pytest

from samples import SAMPLES
from sink_process import PATIENCE


HEADER = re.compile(
    rb"From: <a@client\.example>\r\nTo: <bob@mx\.example>\r\nDate: [^\r\n]*\r\nMessage-Id: <[^\r\n]*@client\.example>"
)


def smtp_source(sink, *arguments):
    # Without -A it ends with an error after any unexpected reply.
    done = subprocess.run(
        ["/usr/sbin/smtp-source", "-4", "-M", "client.example", "-f", "a@client.example", "-t", "bob@mx.example",
         *arguments, f"127.0.0.1:{sink.port}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""


def payload(octets):
    """The content of smtp-source -l: X in lines of 80 octets with their CRLF; whole lines begin with a digit."""
    blocks = b"".join((b"%d" % (number % 10)).ljust(78, b"X") + b"\r\n" for number in range(1, octets // 80 + 1))
    return blocks + b"X" * (octets % 80) + b"\r\n"


@pytest.mark.parametrize("octets", [100, 4096, 65536])
@pytest.mark.parametrize("connection", [[], ["-d"]], ids=["reconnect", "keep"])
def test_generated_messages_arrive_whole(sink, octets, connection):
    smtp_source(sink, "-s", "10", "-m", "100", "-l", str(octets), *connection)
    messages = sink.messages()
    assert len(messages) == 100
    for message in messages:
        header, _, body = message.content.partition(b"\r\n\r\n")
        assert HEADER.fullmatch(header)
        assert body == payload(octets)
    # Each has an id of its own in its header: none was duplicated, none was lost.
    assert len({message.content for message in messages}) == 100


@pytest.mark.parametrize("name", ["short", "dots", "ends-with-dot-line", "borders-0", "borders-3", "300-kib"])
def test_a_file_is_stored_octet_for_octet(sink, tmp_path, name):
    # smtp-source reads lines with line feeds, sends CRLF, and adds an empty line at the end.
    path = tmp_path / "message"
    path.write_bytes(SAMPLES[name].replace(b"\r\n", b"\n"))
    smtp_source(sink, "-F", path, "-s", "3", "-m", "9")
    assert [message.content for message in sink.messages()] == [SAMPLES[name] + b"\r\n"] * 9


def test_many_recipients(sink):
    smtp_source(sink, "-r", "50", "-m", "4")
    expected = [f"{number}bob@mx.example" for number in range(50, 1, -1)] + ["bob@mx.example"]
    assert [message.recipients for message in sink.messages()] == [expected] * 4


def test_a_hundred_sessions_at_a_time(sink):
    smtp_source(sink, "-s", "100", "-m", "1000", "-l", "4096", "-d")
    assert len(sink.messages()) == 1000


def test_lmtp_with_many_recipients(lmtp_sink):
    smtp_source(lmtp_sink, "-L", "-r", "20", "-s", "5", "-m", "50", "-d")
    messages = lmtp_sink.messages()
    assert len(messages) == 50
    assert {message.envelope["protocol"] for message in messages} == {"LMTP"}
    assert {len(message.recipients) for message in messages} == {20}


def test_a_transaction_without_ehlo_is_refused(sink):
    # RFC 5321 4.1.4: MAIL needs EHLO or HELO before it; -o sends none.
    done = subprocess.run(
        ["/usr/sbin/smtp-source", "-4", "-o", "-f", "a@client.example", "-t", "bob@mx.example",
         f"127.0.0.1:{sink.port}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert done.returncode != 0
    assert re.search(rb"\b503\b", done.stderr)
    assert sink.stored_files() == []
