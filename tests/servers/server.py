"""What the tests need from every mail server: where it listens, what it offers, what it has stored."""

import abc
import dataclasses
import pathlib
from collections.abc import Iterable

HOST = "127.0.0.1"
HOSTNAME = "mx.example"

# Every server has the same configuration, so that all have the same tests. Recipients at MX are accepted from all
# clients, except recipients that begin with "refused" (550 at RCPT). Recipients at RELAY need a login.
# A message from REFUSED_SENDER is refused at MAIL, one from REFUSED_AT_THE_END after its content.
MX = "mx.example"
RELAY = "relay.example"
REFUSED_SENDER = "refused@client.example"
REFUSED_AT_THE_END = "policy@client.example"
USER = "alice"
# With octets that SASL allows and careless programs handle wrong; no colon, because of the files of the servers.
PASSWORD = "wönder land-7431 =+/"
# Above the largest message that must be accepted.
SIZE_LIMIT = 24 << 20
# The users of Dovecot have names: r0 to r999, and one whose quota is used up.
USERS = 1000
FULL = f"full@{MX}"


@dataclasses.dataclass(frozen=True)
class Tls:
    """The certificate of the servers, for localhost and 127.0.0.1 only, and its authority."""

    ca: pathlib.Path
    certificate: pathlib.Path
    key: pathlib.Path


@dataclasses.dataclass(frozen=True)
class Mail:
    """A message as it was stored for one recipient, without the fields that the server added at the top.

    `protocol` is that of the server's Received field: ESMTP, with an S for TLS and an A for a login."""

    sender: str
    recipient: str
    content: bytes
    protocol: str = dataclasses.field(compare=False, default="")


class Server(abc.ABC):
    """A started server. Subclasses set its extensions and its ports."""

    name: str
    # The keywords of its EHLO reply, before and in TLS; test_offers.py compares them with the real reply.
    offers: frozenset[str]
    offers_in_tls: frozenset[str]
    lmtp = False
    port: int
    # TLS from the first octet.
    tls_port: int
    # Whether it adds an empty line after a header that has none.
    ends_the_header = False
    # Whether a last line without CRLF, which BDAT allows, is stored without it.
    keeps_an_open_end = True

    @abc.abstractmethod
    def settle(self) -> None:
        """Waits until all accepted messages have been delivered: one that is not stored then is lost."""

    @abc.abstractmethod
    def stored(self) -> list[Mail]:
        """All that has been delivered since the last clear()."""

    @abc.abstractmethod
    def clear(self) -> None:
        """Empties the store."""

    @abc.abstractmethod
    def log(self) -> str:
        """The log, for the report of a failed test."""

    @abc.abstractmethod
    def stop(self) -> None:
        """Ends the server and all its child processes, and removes its files."""

    def take(self) -> list[Mail]:
        """Returns the delivered messages, sorted, and empties the store."""
        self.settle()
        mails = sorted(self.stored(), key=lambda mail: (mail.recipient, mail.sender, mail.content))
        self.clear()
        return mails

    def as_stored(self, content: bytes, chunked: bool = False) -> bytes:
        """What this server stores for a content: all of it, with the two additions above and no others."""
        if not content.endswith(b"\r\n") and not (chunked and self.keeps_an_open_end):
            content += b"\r\n"
        if self.ends_the_header and b"\r\n\r\n" not in content:
            content += b"\r\n"
        return content


def for_each(sender: str, recipients: Iterable[str], content: bytes, protocol: str) -> list[Mail]:
    """A message that was stored once for several recipients."""
    return [Mail(sender, recipient, content, protocol) for recipient in recipients]
