"""The handler: how a program answers the commands of its clients.

Every method of a handler may be plain or `async`, and is given the `Session` first. A method that is not overridden
is not called: the library gives the default answer. What a method returns means

    None, True      the positive default; for `authenticate`, `auth` and `command` True alone
    False           a refusal that suits the method (`ehlo.aio.meaning.REFUSALS`), 550 for `rcpt`; for `authenticate`
                    and `auth` 535 5.7.8, for `command` 502 5.5.1, as None is
    a Reply         that reply: class 2 accepts (354 for `data`), 4 and 5 refuse. `chunk` cannot accept
    a Refuse        that refusal, returned or raised
    a str           with a reply code, "550 5.1.1 no such user": that reply, its status code being of the same class;
                    for `authenticate` and `auth` a refusal alone. Without a code: for `help`, `noop`, `vrfy`, `expn`,
                    `rset` and `quit`, which decide nothing about mail, the text of the positive default. What only
                    begins like a code, "550: no", "5.1.1 no" or "550 2.1.1 no", is neither
    a sequence      for `recipients`, and for `message` and `receive` in LMTP: an answer of these forms for each
                    recipient, in their order; there must be as many

and anything else is a mistake of the program: an int; a yes whose status code is of another class, or where a line of
the text begins with the code of a refusal, such as Reply(250, "550 no"). It is logged by the logger "ehlo.aio", which
names the method and the type, and refused with 451 4.3.0, for `authenticate` and `auth` with 454 4.7.0. It is never a
yes. An exception is logged and answered with 451; the connection goes on. What `aborted`, `closed`, `rejected` and
`violation` return is ignored.

A method that has another name, such as `handle_RCPT` of aiosmtpd, or `recieve`, or that does not take what it is given,
is a TypeError when the server is made: one that is never called would accept in silence. Methods of a program's own
have names that are more than one letter away from those here, or begin with "_".

A coroutine is cancelled when its connection ends, but for `receive`, `aborted`, `closed`, `rejected` and `violation`,
which end with the server: see `Server.close`.
"""

from __future__ import annotations

from collections.abc import Awaitable

from .. import events
from ..constants import ErrorCode, Verb
from .answers import Answers, MaybeAwaitable, Reply
from .content import Content
from .sasl import Exchange
from .session import Session
from .transaction import Transaction


class Handler:
    """The defaults of all methods. Give the server an instance, for all sessions, or a class or other callable, which
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
        `Aborted` where the message is not completed. After the content it goes on when the connection ends."""
        return None

    def chunk(self, session: Session, octets: bytes) -> MaybeAwaitable:
        """A piece of content, in order; while it is awaited no more is read. `message` follows, or `aborted`. A refusal
        refuses the message, and the rest is dropped; no result accepts it."""
        return None

    def message(self, session: Session, transaction: Transaction) -> Answers | Awaitable[Answers]:
        """The message is complete. Unless `chunk` is overridden its content is in `transaction.content`. In LMTP: one
        answer for all recipients, or a sequence of one for each of `transaction.recipients`.

        It is cancelled when the connection ends, also when the message has been stored and only the reply is missing.
        Work that must be finished belongs in a task of its own, with `asyncio.shield`, or in `receive`."""
        return None

    def aborted(self, session: Session, transaction: Transaction, error: ErrorCode | int) -> Awaitable[None] | None:
        """The open transaction has ended without a message: RSET, EHLO, the end of the connection, or a refusal by the
        library."""
        return None

    def closed(self, session: Session, error: ErrorCode | int) -> Awaitable[None] | None:
        """The session has ended. `error`: OK after QUIT."""
        return None

    def authenticate(self, session: Session, mechanism: str, user: str, password: str, authzid: str) -> MaybeAwaitable:
        """PLAIN or LOGIN: True or a Reply of class 2 accepts, and nothing else does: False and None refuse with 535.
        `session.user` becomes the user."""
        return False

    def auth(self, session: Session, exchange: Exchange) -> MaybeAwaitable:
        """A SASL exchange: `exchange.mechanism`, `exchange.initial`, `await exchange.challenge(octets)`. Overrides
        `authenticate`, and answers as it does; set `session.user`."""
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
        """A verb that needs nothing of the session and has no method here, in upper case: one of the program's own, any
        other that the library knows, or with `unknown_verbs` any verb. None refuses it: a method
        need only answer the verbs that it serves."""
        return Reply(502, "Command not implemented", "5.5.1")

    def rejected(self, session: Session, event: events.Rejected) -> Awaitable[None] | None:
        """The library has refused a line by itself."""
        return None

    def violation(self, session: Session, event: events.Violation) -> Awaitable[None] | None:
        """A bare CR or LF, or a fault of content, which includes a NUL that is not refused."""
        return None
