"""What the tests ask of a mail server, whichever it is: where it listens, what it offers, what it has stored."""

import abc
import dataclasses
import pathlib
from collections.abc import Iterable

HOST = "127.0.0.1"
HOSTNAME = "mx.example"

# Every server is told the same, so that one set of tests fits all. Recipients at MX are taken from anyone, except
# those that begin with "refused" (550 at RCPT); recipients at RELAY only from who has logged in. A message from
# REFUSED_SENDER is refused at MAIL, one from REFUSED_AT_THE_END when it has arrived whole.
MX = "mx.example"
RELAY = "relay.example"
REFUSED_SENDER = "refused@client.example"
REFUSED_AT_THE_END = "policy@client.example"
USER = "alice"
# With what SASL allows and a careless program gets wrong; no colon, which the servers' files cannot hold.
PASSWORD = "wönder land-7431 =+/"
# Above the largest message that is to be taken.
SIZE_LIMIT = 24 << 20
# Dovecot knows its users by name: r0 to r999, and one who has no room left.
USERS = 1000
FULL = f"full@{MX}"


@dataclasses.dataclass(frozen=True)
class Tls:
    """The certificate of the servers, for localhost and 127.0.0.1 only, and who signed it."""

    ca: pathlib.Path
    certificate: pathlib.Path
    key: pathlib.Path


@dataclasses.dataclass(frozen=True)
class Mail:
    """A message as it was stored for one recipient, without what the server put on top of it.

    `protocol` is how the server says it was received: ESMTP, with an S behind it for TLS and an A for a login."""

    sender: str
    recipient: str
    content: bytes
    protocol: str = dataclasses.field(compare=False, default="")


class Server(abc.ABC):
    """A started server. Subclasses say what it can do and set the ports."""

    name: str
    # What its reply to EHLO has, before and in TLS; test_offers.py holds it against the real one.
    offers: frozenset[str]
    offers_in_tls: frozenset[str]
    lmtp = False
    port: int
    # TLS from the first octet.
    tls_port: int
    # Whether it puts an empty line behind a header that has none.
    ends_the_header = False
    # Whether a last line that came without CRLF, as BDAT can bring it, is stored so.
    keeps_an_open_end = True

    @abc.abstractmethod
    def settle(self) -> None:
        """Waits until all that was accepted has been delivered: what is not stored then is lost."""

    @abc.abstractmethod
    def stored(self) -> list[Mail]:
        """All that has been delivered since the last clear()."""

    @abc.abstractmethod
    def clear(self) -> None:
        """Empties the store."""

    @abc.abstractmethod
    def log(self) -> str:
        """For the report of a failed test."""

    @abc.abstractmethod
    def stop(self) -> None:
        """Ends the server with all that it has started, and removes its files."""

    def take(self) -> list[Mail]:
        """Gives what was delivered, sorted, and empties the store."""
        self.settle()
        mails = sorted(self.stored(), key=lambda mail: (mail.recipient, mail.sender, mail.content))
        self.clear()
        return mails

    def as_stored(self, content: bytes, chunked: bool = False) -> bytes:
        """What this server stores of a content: all of it, with the two additions named above and no other."""
        if not content.endswith(b"\r\n") and not (chunked and self.keeps_an_open_end):
            content += b"\r\n"
        if self.ends_the_header and b"\r\n\r\n" not in content:
            content += b"\r\n"
        return content


def for_each(sender: str, recipients: Iterable[str], content: bytes, protocol: str) -> list[Mail]:
    """A message that was stored once for several recipients."""
    return [Mail(sender, recipient, content, protocol) for recipient in recipients]
