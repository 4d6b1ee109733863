"""Servers that send what a test scripts, also what no real server sends."""

import socket
import ssl
import threading

from samples import SAMPLES
from sink_process import PATIENCE


class Peer:
    """The server's end of a connection, for a dialogue that a test scripts."""

    def __init__(self, connection):
        self.connection = connection
        self.connection.settimeout(PATIENCE)
        self._input = b""

    def say(self, octets):
        self.connection.sendall(octets)

    def line(self):
        while b"\r\n" not in self._input:
            more = self.connection.recv(65536)
            assert more, f"the client has gone, with {self._input!r} as its last words"
            self._input += more
        line, _, self._input = self._input.partition(b"\r\n")
        return line

    def expect(self, *starts):
        """Reads a line for each of `starts`. The line must begin with it."""
        for start in starts:
            line = self.line()
            assert line.startswith(start), f"{line!r} where {start!r} was expected"

    def greet(self, *keywords, verb=b"EHLO"):
        self.say(b"220 mx.example ready\r\n")
        self.answer_hello(*keywords, verb=verb)

    def answer_hello(self, *keywords, verb=b"EHLO"):
        self.expect(verb + b" client.example")
        lines = [b"mx.example", *keywords]
        self.say(b"".join(b"250-%b\r\n" % line for line in lines[:-1]) + b"250 %b\r\n" % lines[-1])

    def content(self):
        """Reads up to the end of data and returns the content."""
        while b"\r\n.\r\n" not in b"\r\n" + self._input:
            more = self.connection.recv(65536)
            assert more, "the client has gone inside its content"
            self._input += more
        content, _, self._input = (b"\r\n" + self._input).partition(b"\r\n.\r\n")
        return content[2:] + b"\r\n"

    def chunk(self, line=None):
        """Reads a BDAT command, unless one is given, and returns the octets of its chunk."""
        verb, octets, *_ = (line or self.line()).split()
        assert verb == b"BDAT"
        while len(self._input) < int(octets):
            more = self.connection.recv(65536)
            assert more, "the client has gone inside a chunk"
            self._input += more
        chunk, self._input = self._input[: int(octets)], self._input[int(octets) :]
        return chunk

    def quit(self):
        self.expect(b"QUIT")
        self.say(b"221 bye\r\n")
        self.expect_end()

    def expect_end(self):
        rest = self._input
        try:
            rest += self.connection.recv(65536)
        except ConnectionResetError:
            pass
        assert rest == b"", f"{rest!r} where the end was expected"

    def close_gently(self):
        """Closes after the client has closed: a reset could destroy the last reply before the client reads it."""
        self.connection.shutdown(socket.SHUT_WR)
        try:
            while self.connection.recv(65536):
                pass
        except ConnectionResetError:
            pass

    def handshake(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.path, certificate.key)
        self.connection = context.wrap_socket(self.connection, server_side=True)


class Server:
    """Has the dialogue with each of `clients` connections, one after the other."""

    def __init__(self, dialogue, clients=1):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.port = self._listener.getsockname()[1]
        self._dialogue = dialogue
        self._clients = clients
        self._failure = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            for _ in range(self._clients):
                connection, _ = self._listener.accept()
                peer = Peer(connection)
                try:
                    self._dialogue(peer)
                finally:
                    peer.connection.close()
        except BaseException as failure:  # pylint: disable=broad-except
            self._failure = failure

    def finish(self):
        self._thread.join(PATIENCE)
        self._listener.close()
        assert not self._thread.is_alive(), "the dialogue did not end"
        if self._failure is not None:
            raise self._failure


def simple_dialogue(peer, verb=b"EHLO"):
    peer.greet(b"8BITMIME", verb=verb)
    peer.expect(b"MAIL FROM:<a@client.example>")
    peer.say(b"250 ok\r\n")
    peer.expect(b"RCPT TO:<bob@mx.example>")
    peer.say(b"250 ok\r\n")
    peer.expect(b"DATA")
    peer.say(b"354 go\r\n")
    assert peer.content() == SAMPLES["short"]
    peer.say(b"250 taken\r\n")
    peer.quit()
