"""The messages that are sent, and the comparison with the stored ones."""

from collections.abc import Iterable

from program import SENDER
from server import MX, Mail, Server
from shared import HEADER, SAMPLES, large

PLAIN = HEADER + b"hello\r\n..\r\nbye\r\n"
EIGHT_BIT = HEADER + bytes(range(0x80, 0x100)) + b"\r\n" + "Grüße, 世界\r\n".encode()
INTERNATIONAL = HEADER.replace(b"Subject: sample", "Subject: Grüße, κόσμε 世界".encode()) + "Γειά\r\n.\r\n".encode()

# Besides those of tests/clients: messages that do not end with CRLF. DATA must add it, BDAT must not.
ENDS = {
    "open-end": HEADER + b"no end",
    "open-end-dot": HEADER + b"text\r\n.",
    "open-end-dots": HEADER + b".\r\n..\r\n..",
    "open-end-long": HEADER + b".\r\n" * 30000 + b"x" * 500,
    "open-end-header": HEADER[:-4],
}

BODIES = {
    **SAMPLES,
    "empty-body": HEADER,
    "dot-begins-the-body": HEADER + b".\r\n",
    "dots-by-the-thousand": HEADER + b"".join(b"." * count + b"\r\n" for count in range(900)),
    "eight-bit": EIGHT_BIT,
    **ENDS,
}

# Numbered lines and lines with dots, up to the limit of the servers in these tests.
HUGE = large(20 << 20)


def users(count: int, first: int = 0) -> list[str]:
    return [f"r{number}@{MX}" for number in range(first, first + count)]


def assert_stored(
    server: Server, content: bytes, recipients: Iterable[str], sender: str = SENDER, protocol: str | None = None
) -> None:
    """Whether this is stored, octet for octet, for exactly these recipients; twice for one that is named twice."""
    expected = sorted(recipients)
    mails = server.take()
    found = [mail.recipient for mail in mails]
    assert found == expected, f"stored for {len(found)}: {found[:20]}; expected {len(expected)}: {expected[:20]}"
    for mail in mails:
        assert mail.sender == sender
        assert_same(mail, content)
        assert protocol is None or mail.protocol == protocol


def assert_same(mail: Mail, content: bytes) -> None:
    # Not with ==: pytest would search for differences in megabytes.
    same = mail.content == content
    if not same:
        pairs = enumerate(zip(mail.content, content, strict=False))
        at = next((at for at, (one, other) in pairs if one != other), min(len(mail.content), len(content)))
        begin = max(at - 40, 0)
        raise AssertionError(
            f"stored {len(mail.content)} octets, expected {len(content)}; from {begin}:\n"
            f"stored   {mail.content[begin : begin + 80]!r}\nexpected {content[begin : begin + 80]!r}"
        )


def assert_nothing_stored(server: Server) -> None:
    assert [(mail.sender, mail.recipient) for mail in server.take()] == []
