"""The files of the sink: the message and its envelope, and no file while a message is incomplete."""

import json
import subprocess

import pytest

from sink_process import Sink, sink_binary
from wire import Wire


def test_the_envelope_holds_addresses_and_parameters_as_sent(sink):
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.expect(250, 'MAIL FROM:<"a \\"b\\"@c"@client.example> SIZE=7 BODY=8bitmime ENVID=x+2By')
        wire.expect(250, "rcpt to:<Postmaster>")
        wire.expect(250, "RCPT TO:<bob@[192.0.2.1]> NOTIFY=NEVER")
        wire.expect(250, "RCPT TO:<@relay.example:carol@[IPv6:2001:db8::1]>")
        wire.expect(354, "DATA")
        wire.expect_all([250], b"hello\r\n.\r\n")
    stored = sink.only_message()
    assert stored.envelope == {
        "protocol": "ESMTP",
        "helo": "client.example",
        "tls": False,
        "auth": None,
        "from": '"a \\"b\\"@c"@client.example',
        "mail_parameters": [["SIZE", "7"], ["BODY", "8bitmime"], ["ENVID", "x+2By"]],
        "to": ["Postmaster", "bob@[192.0.2.1]", "carol@[IPv6:2001:db8::1]"],
        "rcpt_parameters": [[], [["NOTIFY", "NEVER"]], []],
        "octets": 7,
    }
    assert stored.content == b"hello\r\n"


def test_an_empty_message_is_a_message(sink):
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.data()
        wire.expect_all([250], b".\r\n")
    assert sink.stored_files() == ["1.eml", "1.json"]
    assert sink.only_message().content == b""


def test_a_message_is_stored_before_its_reply(sink):
    with Wire(sink.port) as wire:
        wire.ehlo()
        for number in range(1, 51):
            wire.deliver(b"%d\r\n" % number)
            assert (sink.store / f"{number}.eml").read_bytes() == b"%d\r\n" % number
            assert json.loads((sink.store / f"{number}.json").read_text())["octets"] == len(str(number)) + 2


def test_numbers_continue_after_a_restart(tmp_path):
    first = Sink(tmp_path / "first")
    with Wire(first.port) as wire:
        wire.ehlo()
        wire.deliver(b"first\r\n")
    assert first.stop() == 0
    second = Sink(tmp_path / "second", ["--store", first.store])
    try:
        with Wire(second.port) as wire:
            wire.ehlo()
            wire.deliver(b"second\r\n")
    finally:
        assert second.stop() == 0
    assert [message.content for message in first.messages()] == [b"first\r\n", b"second\r\n"]


def test_a_quiet_sink_only_counts(start_sink):
    sink = start_sink(options=["--quiet"])
    with Wire(sink.port) as wire:
        wire.ehlo()
        for _ in range(3):
            wire.deliver()
        wire.data()
        wire.expect_all([550], b"bare\nlf\r\n.\r\n")
    assert sink.stop() == 0
    assert sink.stored_files() == []
    assert "3 messages" in sink.log()


@pytest.mark.parametrize(
    "arguments",
    [[], ["--listen", "127.0.0.1"], ["--listen", "127.0.0.1:99999"], ["--listen", "127.0.0.1:0", "--tls-cert", "x"],
     ["--listen", "127.0.0.1:0", "--max-size", "many"], ["--listen", "127.0.0.1:0", "--users", "/nonexistent"],
     ["--listen", "127.0.0.1:0", "--what"], ["--listen", "127.0.0.1:0", "extra"]],
)
def test_a_wrong_command_line_is_refused(arguments):
    done = subprocess.run([sink_binary(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 2
    assert done.stdout == b"" and done.stderr != b""
