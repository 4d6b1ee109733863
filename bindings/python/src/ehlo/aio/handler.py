"""What a program says to the commands of its clients.

Every method of a handler may be plain or `async`, and is given the `Session` first. What is not overridden is not
asked: it gets its default answer inside the library. A method that answers may return

    None            the positive default
    a str           the positive default with this text
    a Reply         any reply

or raise `Refuse`. Any other exception is logged and answered with 451; the connection goes on.

A coroutine is cancelled when its connection ends, but for `receive`, `aborted`, `closed`, `rejected` and `violation`,
which end with the server: see `Server.close`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Union

from .. import events
from ..constants import ErrorCode, Verb
from .content import Content
from .transaction import Transaction

if TYPE_CHECKING:
    from .sasl import Exchange
    from .session import Session


class Reply(NamedTuple):
    """A reply: `code` of class 2 accepts, 4 and 5 refuse. `enhanced`: such as "5.1.1"; None: a default of the class."""

    code: int
    text: str = ""
    enhanced: str | None = None


class Refuse(Exception):
    """A refusal: `Refuse(550, "no such user", enhanced="5.1.1")`."""

    def __init__(self, code: int, text: str = "", enhanced: str | None = None) -> None:
        super().__init__(code, text, enhanced)
        self.reply = Reply(code, text, enhanced)


Answer = Union[None, str, Reply]
Answers = Union[Answer, Sequence[Answer]]
MaybeAwaitable = Union[Answer, Awaitable[Answer]]


class Handler:
    """The default of everything. Give the server an instance, for all its sessions, or a class or other callable, which
    is called for each."""

    def connected(self, session: Session) -> MaybeAwaitable:
        """A new connection, before its greeting."""
        return None

    def hello(self, session: Session, verb: Verb, host: str) -> MaybeAwaitable:
        """EHLO, HELO or LHLO."""
        return None

    def mail(self, session: Session, mail: events.Mail) -> MaybeAwaitable:
        """MAIL: `mail.address`, `mail.params`, `mail.param("SIZE")`."""
        return None

    def rcpt(self, session: Session, rcpt: events.Rcpt) -> MaybeAwaitable:
        """RCPT. Several may be undecided at a time (`recipient_window`): their coroutines run side by side."""
        return None

    def recipients(self, session: Session, rcpts: list[events.Rcpt]) -> Answers | Awaitable[Answers]:
        """All RCPT that have arrived together: one answer for all, or a sequence of one for each. Overrides `rcpt`."""
        return None

    def data(self, session: Session) -> MaybeAwaitable:
        """DATA. BDAT is not asked."""
        return None

    def receive(self, session: Session, content: Content) -> Answers | Awaitable[Answers]:
        """The content of a message as it arrives: `async for chunk in content`. The answer, given once the content has
        ended, is that of `message`, which is not called; a refusal given before that drops the rest. `Content` raises
        `Aborted` where the message does not come to its end. Behind the content it goes on when the connection ends."""
        return None

    def chunk(self, session: Session, octets: bytes) -> Awaitable[None] | None:
        """A piece of content, in order; while it is awaited no more is read. `message` follows, or `aborted`. Raising
        `Refuse` refuses the message, and the rest is dropped."""
        return None

    def message(self, session: Session, transaction: Transaction) -> Answers | Awaitable[Answers]:
        """The message is complete. Unless `chunk` is overridden its content is in `transaction.content`. In LMTP: one
        answer for all recipients, or a sequence of one for each of `transaction.recipients`.

        It is cancelled when the connection ends, also when the message has been stored and only the reply is missing.
        What has to come to its end belongs into a task of its own, with `asyncio.shield`, or into `receive`."""
        return None

    def aborted(self, session: Session, transaction: Transaction, error: ErrorCode | int) -> Awaitable[None] | None:
        """The open transaction is gone: RSET, EHLO, the end of the connection, or a refusal by the library."""
        return None

    def closed(self, session: Session, error: ErrorCode | int) -> Awaitable[None] | None:
        """The session has ended. `error`: OK after QUIT."""
        return None

    def authenticate(
        self, session: Session, mechanism: str, user: str, password: str, authzid: str
    ) -> bool | Answer | Awaitable[bool | Answer]:
        """PLAIN or LOGIN: True or an answer accepts, False refuses with 535. `session.user` becomes the user."""
        return False

    def auth(self, session: Session, exchange: Exchange) -> MaybeAwaitable | bool | Awaitable[bool]:
        """A SASL exchange: `exchange.mechanism`, `exchange.initial`, `await exchange.challenge(octets)`. Overrides
        `authenticate`. Return True or an answer to accept; set `session.user`."""
        return False

    def starttls(self, session: Session) -> MaybeAwaitable:
        return None

    def vrfy(self, session: Session, argument: str) -> MaybeAwaitable:
        return None

    def expn(self, session: Session, argument: str) -> MaybeAwaitable:
        return None

    def help(self, session: Session, argument: str) -> MaybeAwaitable:
        return None

    def noop(self, session: Session, argument: str) -> MaybeAwaitable:
        return None

    def rset(self, session: Session) -> MaybeAwaitable:
        return None

    def quit(self, session: Session) -> MaybeAwaitable:
        return None

    def command(self, session: Session, keyword: str, argument: str) -> MaybeAwaitable:
        """A verb that a rule of the configuration lets through."""
        return Reply(502, "Command not implemented", "5.5.1")

    def rejected(self, session: Session, event: events.Rejected) -> Awaitable[None] | None:
        """The library has refused a line by itself."""
        return None

    def violation(self, session: Session, event: events.Violation) -> Awaitable[None] | None:
        """A bare CR or LF, or what is wrong with content."""
        return None
