#!/usr/bin/env python3
"""Sends mail to the program of the embedding guide over loopback and compares every octet."""
import contextlib
import pathlib
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time

CONTENT = b"Subject: x\r\n\r\n..two dots\r\n.\r\n...three\r\nend\r\n"
GREETING = b"220 mx.example ESMTP\r\n"
LIMIT = 60


class Connection:
    """A raw connection that reads whole replies."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=LIMIT)
        self.file = self.socket.makefile("rb")
        assert self.file.readline() == GREETING

    def say(self, octets, *replies):
        if octets:
            self.socket.sendall(octets)
        for reply in replies:
            line = self.file.readline()
            assert line == reply, (line, reply)

    def hello(self):
        self.socket.sendall(b"EHLO client.example\r\n")
        while self.file.readline()[3:4] == b"-":
            pass

    def close(self):
        self.file.close()
        self.socket.close()


def stored(spool):
    return sorted(path.read_bytes() for path in spool.glob("*.eml"))


def wait_until(condition):
    until = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def a_message_for_several_recipients(address, spool):
    with smtplib.SMTP(*address, timeout=LIMIT) as client:
        refused = client.sendmail("a@client.example", ["alice@mx.example", "carol@mx.example", '"bob"@mx.example',
                                                       "postmaster@mx.example"], CONTENT)
    assert refused == {"carol@mx.example": (550, b"5.1.1 No such user here")}, refused
    assert stored(spool) == [CONTENT], stored(spool)


def a_pipelined_group_has_its_replies_in_order(address, spool):
    peer = Connection(address)
    peer.hello()
    peer.say(b"MAIL FROM:<>\r\nRCPT TO:<bob@mx.example>\r\nRCPT TO:<carol@mx.example>\r\nRCPT TO:<alice@mx.example>\r\n"
             b"DATA\r\n",
             b"250 2.1.0 Sender ok\r\n", b"250 2.1.5 Recipient ok\r\n", b"550 5.1.1 No such user here\r\n",
             b"250 2.1.5 Recipient ok\r\n", b"354 Start mail input; end with <CRLF>.<CRLF>\r\n")
    peer.say(b"Subject: y\r\n\r\n.\r\nQUIT\r\n", b"250 2.0.0 Message accepted\r\n",
             b"221 2.0.0 mx.example Closing connection\r\n", b"")
    peer.close()
    assert stored(spool) == sorted([CONTENT, b"Subject: y\r\n\r\n"])


def an_octet_at_a_time_makes_no_difference(address, spool):
    peer = Connection(address)
    peer.hello()
    for octet in b"MAIL FROM:<a@b.example>\r\nRCPT TO:<alice@mx.example>\r\nBDAT 3\r\nabcBDAT 4 LAST\r\n.\r\n.":
        peer.socket.sendall(bytes([octet]))
        time.sleep(0.001)
    peer.say(b"", b"250 2.1.0 Sender ok\r\n", b"250 2.1.5 Recipient ok\r\n", b"250 2.0.0 Chunk ok\r\n",
             b"250 2.0.0 Message accepted\r\n")
    peer.close()
    assert b"abc.\r\n." in stored(spool)


def a_client_that_vanishes_leaves_nothing(address, spool):
    before = stored(spool)
    peer = Connection(address)
    peer.hello()
    peer.say(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<alice@mx.example>\r\nDATA\r\n", b"250 2.1.0 Sender ok\r\n",
             b"250 2.1.5 Recipient ok\r\n", b"354 Start mail input; end with <CRLF>.<CRLF>\r\n")
    peer.socket.sendall(b"half a message\r\n.")
    wait_until(lambda: len(list(spool.iterdir())) == len(before) + 1)
    peer.close()
    wait_until(lambda: len(list(spool.iterdir())) == len(before))
    assert stored(spool) == before


def a_client_that_reads_no_replies_is_not_read(address, _spool):
    pair = b"MAIL FROM:<>\r\nRSET\r\n"
    peer = Connection(address)
    peer.hello()
    peer.socket.settimeout(2)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < 100_000_000:
            sent += peer.socket.send((pair * 1000)[sent % len(pair):])
    assert 0 < sent < 100_000_000, sent
    peer.socket.settimeout(LIMIT)
    for _ in range(sent // len(pair)):
        peer.say(b"", b"250 2.1.0 Sender ok\r\n", b"250 2.0.0 Reset\r\n")
    peer.close()


def a_shutdown_is_said_and_leaves_what_was_accepted(address, spool, server):
    before = stored(spool)
    idle, busy = Connection(address), Connection(address)
    busy.hello()
    busy.say(b"MAIL FROM:<a@b.example>\r\n", b"250 2.1.0 Sender ok\r\n")
    server.send_signal(signal.SIGTERM)
    for peer in (idle, busy):
        peer.say(b"", b"421 4.3.2 mx.example Service shutting down, closing connection\r\n", b"")
        peer.close()
    assert server.wait(LIMIT) == 0
    assert stored(spool) == before


def a_message_that_cannot_be_stored_is_refused(address, spool):
    spool.rmdir()
    peer = Connection(address)
    peer.hello()
    envelope = b"MAIL FROM:<>\r\nRCPT TO:<bob@mx.example>\r\n"
    accepted = b"250 2.1.0 Sender ok\r\n", b"250 2.1.5 Recipient ok\r\n"
    refused = b"451 4.3.0 Cannot store the message\r\n"
    peer.say(envelope, *accepted)
    peer.say(b"BDAT 5 LAST\r\nabcde", refused)
    peer.say(envelope + b"DATA\r\n", *accepted, b"354 Start mail input; end with <CRLF>.<CRLF>\r\n")
    peer.say(b"x\r\n.\r\n", refused)
    peer.say(b"QUIT\r\n", b"221 2.0.0 mx.example Closing connection\r\n", b"")
    peer.close()


def connections_beyond_the_descriptors_wait(address):
    served, waiting = [], []
    for _ in range(20):
        peer = socket.create_connection(address, timeout=0.5)
        try:
            assert peer.recv(100) == GREETING
            served.append(peer)
        except TimeoutError:
            waiting.append(peer)
    assert len(served) > 1 and len(waiting) > 1, (len(served), len(waiting))
    waiting[0].settimeout(LIMIT)
    served[0].close()
    assert waiting[0].recv(100) == GREETING
    for peer in served + waiting:
        peer.close()


def a_shutdown_does_not_wait_for_whoever_does_not_read(address, server):
    peer = Connection(address)
    peer.hello()
    peer.socket.settimeout(1)
    with contextlib.suppress(TimeoutError):
        while True:
            peer.socket.sendall(b"MAIL FROM:<>\r\nRSET\r\n" * 10000)
    server.send_signal(signal.SIGTERM)
    assert server.wait(LIMIT) == 0
    peer.close()


def octets_that_lead_to_nothing_buy_no_time(address):
    peer = Connection(address)
    peer.socket.settimeout(0.2)
    until = time.monotonic() + LIMIT
    said = b""
    while b"\r\n" not in said:
        assert time.monotonic() < until
        with contextlib.suppress(TimeoutError):
            said += peer.socket.recv(200)
        peer.socket.sendall(b"x")
    assert said == b"421 4.4.2 mx.example Timeout exceeded, closing connection\r\n", said
    peer.close()


@contextlib.contextmanager
def serving(program, folder, descriptors=1024):
    command = ["prlimit", f"--nofile={descriptors}", program, "127.0.0.1", "0", folder, "alice", "bob"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            host, _, port = server.stdout.readline().removeprefix("listening on ").rpartition(":")
            yield server, (host, int(port))
        finally:
            server.kill()


def main():
    program, hasty_program = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, serving(program, folder) as (server, address):
        spool = pathlib.Path(folder)
        a_message_for_several_recipients(address, spool)
        a_pipelined_group_has_its_replies_in_order(address, spool)
        an_octet_at_a_time_makes_no_difference(address, spool)
        a_client_that_vanishes_leaves_nothing(address, spool)
        a_client_that_reads_no_replies_is_not_read(address, spool)
        a_shutdown_is_said_and_leaves_what_was_accepted(address, spool, server)
    with tempfile.TemporaryDirectory() as folder, serving(hasty_program, folder) as (_, address):
        octets_that_lead_to_nothing_buy_no_time(address)
    with tempfile.TemporaryDirectory() as folder, serving(program, folder) as (server, address):
        a_shutdown_does_not_wait_for_whoever_does_not_read(address, server)
    with tempfile.TemporaryDirectory() as parent:
        spool = pathlib.Path(parent) / "spool"
        spool.mkdir()
        with serving(program, spool) as (_, address):
            a_message_that_cannot_be_stored_is_refused(address, spool)
    with tempfile.TemporaryDirectory() as folder, serving(program, folder, descriptors=16) as (_, address):
        connections_beyond_the_descriptors_wait(address)


main()
