"""An SMTP client that sends exactly the given octets with the given cuts, and checks each reply."""

import base64
import dataclasses
import re
import socket
import ssl

from sink_process import PATIENCE

REPLY_LINE = re.compile(rb"([2-5][0-9][0-9])([ -])([^\r\n\0]*)\r\n")


@dataclasses.dataclass(frozen=True)
class Reply:
    code: int
    lines: tuple  # the text of each line, without code and CRLF

    @property
    def text(self):
        return b"\n".join(self.lines)

    @property
    def enhanced(self):
        """The enhanced status code that all lines share, or None."""
        codes = {line.split(b" ")[0] for line in self.lines}
        if len(codes) == 1 and re.fullmatch(rb"[245]\.\d{1,3}\.\d{1,3}", next(iter(codes))):
            return next(iter(codes)).decode()
        return None


class Wire:
    """A connection. Use as a context manager; the socket is closed without a QUIT at the end."""

    def __init__(self, port, greeted=True):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        # Each send must be a segment of its own, because the tests are about the cuts.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._input = b""
        if greeted:
            self.expect(220)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def send_pieces(self, pieces):
        for piece in pieces:
            if piece:
                self.socket.sendall(piece)

    def _line(self):
        while b"\n" not in self._input:
            more = self.socket.recv(65536)
            assert more, f"the connection was closed, with {self._input!r} as its last words"
            self._input += more
        line, _, self._input = self._input.partition(b"\n")
        return line + b"\n"

    def reply(self):
        """Reads one reply and checks its form (RFC 5321 4.2): one code on all lines, CRLF, at most 512 octets each."""
        texts = []
        code = None
        while True:
            line = self._line()
            form = REPLY_LINE.fullmatch(line)
            assert form, f"not a reply line: {line!r}"
            assert len(line) <= 512, f"a reply line of {len(line)} octets"
            assert code in (None, int(form[1])), f"code {code} goes on as {line!r}"
            code = int(form[1])
            texts.append(form[3])
            if form[2] == b" ":
                return Reply(code, tuple(texts))

    def expect(self, code, command=None):
        """Sends `command`, given without its CRLF, and requires a reply with `code`."""
        if command is not None:
            self.send((command.encode("utf-8") if isinstance(command, str) else command) + b"\r\n")
        reply = self.reply()
        assert reply.code == code, f"{reply} where {code} was expected, for {command!r}"
        return reply

    def expect_all(self, codes, octets):
        """Sends `octets` unchanged and requires replies with exactly these codes."""
        self.send(octets)
        for code in codes:
            self.expect(code)

    def ehlo(self, verb="EHLO"):
        """Sends EHLO and returns the keywords of the reply with their parameters."""
        reply = self.expect(250, f"{verb} client.example")
        return {line.split(b" ")[0].decode(): line.split(b" ")[1:] for line in reply.lines[1:]}

    def envelope(self, sender="a@client.example", recipients=("bob@mx.example",)):
        self.expect(250, f"MAIL FROM:<{sender}>")
        for recipient in recipients:
            self.expect(250, f"RCPT TO:<{recipient}>")

    def data(self, **envelope):
        self.envelope(**envelope)
        self.expect(354, "DATA")

    def in_sync(self):
        """Requires that no reply is missing or left over. HELP and NOOP have different codes, which shows a stray one."""
        assert self._input == b"", f"left over: {self._input!r}"
        self.expect(214, "HELP")
        self.expect(250, "NOOP")
        assert self._input == b"", f"left over: {self._input!r}"

    def deliver(self, content=b"Subject: control\r\n\r\nstill works\r\n", **envelope):
        """Sends one good message, which must work after every error before it."""
        self.data(**envelope)
        self.send(stuffed(content) + b".\r\n")
        self.expect(250)

    def handshake(self, certificate):
        """Starts TLS on the open connection. There must be no unread plaintext."""
        assert self._input == b"", f"left over before TLS: {self._input!r}"
        context = ssl.create_default_context(cafile=certificate.path)
        self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")

    def starttls(self, certificate):
        self.expect(220, "STARTTLS")
        self.handshake(certificate)

    def expect_closed(self):
        """Requires the end of the connection and nothing before it."""
        try:
            rest = self._input + self.socket.recv(65536)
        except ConnectionResetError:
            # If the sink closes with unread input, the kernel sends a reset instead of FIN.
            rest = self._input
        assert rest == b"", f"{rest!r} where the end was expected"


def stuffed(content):
    """`content` as it is sent, without the final dot (RFC 5321 4.5.2)."""
    lines = content.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)


def plain_message(user, password, authorization=""):
    """The message of SASL PLAIN in base64 (RFC 4616)."""
    return encoded(f"{authorization}\0{user}\0{password}")


def encoded(text):
    return base64.b64encode(text.encode("utf-8")).decode("ascii")
