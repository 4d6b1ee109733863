"""Many clients, slow clients, clients that vanish, and the end of the sink with clients connected."""

import resource
import socket
import struct
import threading
import time

import pytest

from conftest import USERS
from samples import large
from sink_process import PATIENCE
from wire import Wire, plain_message

CONTROL = b"Subject: control\r\n\r\nstill works\r\n"


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_connections_at_once(many_descriptors, start_sink):
    sink = start_sink()
    wires = [Wire(sink.port, greeted=False) for _ in range(1000)]
    try:
        for wire in wires:
            wire.expect(220)
        for wire in wires:
            wire.send(b"EHLO client.example\r\n")
        for wire in wires:
            wire.expect(250)
        for number, wire in enumerate(wires):
            wire.send(b"MAIL FROM:<s%d@client.example>\r\nRCPT TO:<r%d@mx.example>\r\nDATA\r\n" % (number, number))
        for wire in wires:
            for code in (250, 250, 354):
                wire.expect(code)
        # Each message in two halves, so that all of them are open at the same time.
        for number, wire in enumerate(wires):
            wire.send(b"Subject: %d\r\n\r\n..\r\nhalf" % number)
        for number, wire in enumerate(wires):
            wire.send(b" and half of %d\r\n.\r\n" % number)
        for wire in wires:
            wire.expect(250)
        for wire in wires:
            wire.expect(221, "QUIT")
    finally:
        for wire in wires:
            wire.socket.close()
    stored = {message.sender: (message.recipients, message.content) for message in sink.messages()}
    assert stored == {
        f"s{number}@client.example": (
            [f"r{number}@mx.example"],
            b"Subject: %d\r\n\r\n.\r\nhalf and half of %d\r\n" % (number, number),
        )
        for number in range(1000)
    }
    assert len(sink.messages()) == 1000


def test_a_slow_client_does_not_delay_others(sink):
    session = b"EHLO slow.example\r\nMAIL FROM:<slow@client.example>\r\nRCPT TO:<bob@mx.example>\r\nDATA\r\n"
    content = b"Subject: slow\r\n\r\n..\r\n\r\n..x\r\nend\r\n.\r\n"
    with Wire(sink.port) as slow:
        for number, octet in enumerate(session + content):
            slow.send(bytes([octet]))
            time.sleep(0.001)
            if number % 16 == 0:
                with Wire(sink.port) as quick:
                    quick.ehlo()
                    quick.deliver(CONTROL)
            if number == len(session) - 1:
                for code in (250, 250, 250, 354):
                    slow.expect(code)
        slow.expect(250)
        slow.in_sync()
    messages = sink.messages()
    assert messages[-1].content == b"Subject: slow\r\n\r\n.\r\n\r\n.x\r\nend\r\n"
    assert {message.content for message in messages[:-1]} == {CONTROL}
    assert len(messages) == 1 + (len(session + content) + 15) // 16


def test_a_client_that_does_not_read_its_replies_loses_none(start_sink):
    sink = start_sink(options=["--quiet"])
    transactions = 4000
    chunk = b"MAIL FROM:<a@client.example>\r\nRCPT TO:<bob@mx.example>\r\nBDAT 5 LAST\r\nhello"
    with Wire(sink.port) as wire:
        wire.ehlo()
        # Far more than the buffers of both kernels can hold, so the sink must stop reading until we read.
        sender = threading.Thread(target=wire.send, args=(chunk * transactions,))
        sender.start()
        time.sleep(0.3)
        for _ in range(3 * transactions):
            wire.expect(250)
        sender.join(PATIENCE)
        assert not sender.is_alive()
        wire.in_sync()
    assert sink.stop() == 0
    assert f"{transactions} messages" in sink.log()


def half_message(wire):
    wire.data()
    wire.send(b"Subject: half\r\n\r\nhalf a mess")


def message_without_the_last_octet(wire):
    wire.data()
    wire.send(b"Subject: nearly\r\n\r\ncomplete\r\n.\r")


def large_half_message(wire):
    wire.data()
    wire.send(large(2_000_000))


def half_chunk(wire):
    wire.envelope()
    wire.send(b"BDAT 1000 LAST\r\nhalf")


def chunks_without_a_last(wire):
    wire.envelope()
    wire.expect_all([250], b"BDAT 300000\r\n" + b"x" * 300000)


def half_command(wire):
    wire.envelope()
    wire.send(b"DAT")


def envelope(wire):
    wire.envelope()


UNFINISHED = [half_message, message_without_the_last_octet, large_half_message, half_chunk, chunks_without_a_last,
              half_command, envelope]


@pytest.mark.parametrize("unfinished", UNFINISHED)
@pytest.mark.parametrize("end", ["close", "reset", "half-close"])
def test_a_client_that_vanishes_leaves_nothing(sink, unfinished, end):
    with Wire(sink.port) as wire:
        wire.ehlo()
        unfinished(wire)
        if end == "reset":
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif end == "half-close":
            wire.socket.shutdown(socket.SHUT_WR)
            wire.expect_closed()
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.deliver()
    assert sink.stop() == 0
    assert sink.stored_files() == ["1.eml", "1.json"]
    assert sink.only_message().content == CONTROL


def test_clients_that_connect_and_vanish_do_not_disturb_others(sink):
    for _ in range(300):
        Wire(sink.port, greeted=False).socket.close()
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.deliver()
    assert len(sink.messages()) == 1


def nothing(wire):
    wire.expect(250, "NOOP")


def login(wire):
    wire.expect(334, "AUTH LOGIN")


def refused_chunk(wire):
    wire.send(b"BDAT 1000 LAST\r\nhalf")


def test_sigterm_gives_every_client_421_and_exit_code_0(start_sink):
    sink = start_sink(users=True)
    wires = []
    for unfinished in [*UNFINISHED, nothing, login, refused_chunk]:
        wires.append(Wire(sink.port))
        wires[-1].ehlo()
        unfinished(wires[-1])
    wires.append(Wire(sink.port))
    # When a later client is served, everything sent before has been read.
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.deliver()
    sink.terminate()
    for wire in wires:
        assert wire.expect(421).text.startswith(b"4.3.2 ")
        wire.expect_closed()
        wire.socket.close()
    assert sink.stop() == 0
    assert sink.stored_files() == ["1.eml", "1.json"]


def test_sigterm_under_tls(start_sink, certificate):
    sink = start_sink(tls=True, users=True)
    with Wire(sink.port) as wire, Wire(sink.port) as between:
        wire.ehlo()
        wire.starttls(certificate)
        wire.ehlo()
        wire.expect(235, f"AUTH PLAIN {plain_message('alice', USERS['alice'])}")
        half_message(wire)
        between.ehlo()
        between.expect(220, "STARTTLS")
        sink.terminate()
        wire.expect(421)
        wire.expect_closed()
        between.expect_closed()
    assert sink.stop() == 0
    assert sink.stored_files() == []


def test_sigterm_without_clients_gives_exit_code_0_and_frees_the_port(start_sink):
    sink = start_sink()
    assert sink.stop() == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", sink.port), PATIENCE)
