"""Events of a client session: one small class each, for isinstance or match.

Each event that comes with a reply has code, enhanced, text and lines. `reply` is a view of the input buffer
(see `ehlo.views` for how long it lasts).
"""

from __future__ import annotations

from ._ehlo import lib
from .constants import Extension, Scope, Verb, Verdict
from .errors import enhanced_text, error_code
from .layout import Layout, Named, classes_by_number, verb_of

EVENT = Layout("ehlo_client_event")


class ClientEvent(Named):
    """The base of all events: the reply that they come with, if there is one (`code` is 0 otherwise)."""

    name = "none"
    code = EVENT.number("code")
    enhanced = EVENT.member(
        "enhanced",
        enhanced_text,
        'The enhanced status code that all lines of the reply have, such as "2.1.5"; None if there is none.',
    )
    reply = EVENT.octets("reply", "All of the reply as sent, with its last CRLF.")
    raw_text = EVENT.octets("text", "The text of the first line, as sent: with its status code.")
    text = EVENT.text("text", "The text of the first line.")
    verb = EVENT.member(
        "verb",
        verb_of,
        "The command that the reply answers; one of a program's rows by its number, UNKNOWN for one that no row knows.",
    )
    transaction = EVENT.number("transaction", "Counts from 1; 0: none.")
    index = EVENT.number("index", "Of a recipient, in the order of RCPT, from 0.")
    error = EVENT.member("error", error_code)

    @property
    def lines(self) -> list[str]:
        """The texts of all lines, as sent: with their status codes; of a reply that cannot be read (code 0) none."""
        reply = self.reply
        if reply is None or not self.code:
            return []
        return [line[4:] for line in str(reply, "utf-8", "surrogateescape").split("\r\n")[:-1]]


class Greeting(ClientEvent):
    """4yz and 5yz leave only QUIT."""

    __match_args__ = ("code", "text")


class Reply(ClientEvent):
    """The reply to the command `verb`; MAIL, RCPT, DATA, BDAT: `transaction`; RCPT: `index`."""

    __match_args__ = ("verb", "code", "text")


class Ready(ClientEvent):
    """The server has taken our hello: `extensions` may be used now. With `error` HELLO_REFUSED the server has refused
    it, and `open` has ended."""

    __match_args__ = ("error", "extensions")
    extensions = EVENT.member("extensions", Extension)


class Tls(ClientEvent):
    """220 to STARTTLS: do the handshake, then call `tls_started` or `tls_failed`."""


class Challenge(ClientEvent):
    """334. `text`: the challenge in base64, as sent; answer with `auth_respond` or `auth_cancel`, unless it is
    `answered`: by the session. `error`: it was no base64 or one too many, and the exchange has been cancelled."""

    __match_args__ = ("text", "answered", "error")
    answered = EVENT.bit("flags", lib.EHLO_FLAG_ANSWERED)


class GoAhead(ClientEvent):
    """354: give the content, or, if nobody was accepted, end with `abort_data`."""

    __match_args__ = ("transaction",)


class Result(ClientEvent):
    """The reply to the message; LMTP: one for each accepted recipient, `index`."""

    __match_args__ = ("transaction", "code", "index")


class Outcome(ClientEvent):
    """The result for recipient `index` of `transaction`: exactly one for each, with the reply that decided it.

    `verb`: the command which that reply answers; `content`: it answers all of the content, not DATA or a chunk."""

    __match_args__ = ("transaction", "index", "verdict", "scope")
    verb = EVENT.member("verb", Verb)
    verdict = EVENT.member("verdict", Verdict)
    scope = EVENT.member("scope", Scope)
    content = EVENT.bit("flags", lib.EHLO_FLAG_LAST)

    @property
    def command(self) -> str:
        """The command that was answered: "MAIL", "RCPT", "DATA", "BDAT" for a chunk before the last, "content" after
        the last dot or chunk. If the program ended the transaction: the command that did, "RSET" or "EHLO". If the
        connection ended: the command that was under way, or ""."""
        if self.content:
            return "content"
        return "" if self.verb == Verb.UNKNOWN else self.verb.name


class Done(ClientEvent):
    """Every recipient of `transaction` has had its outcome."""

    __match_args__ = ("transaction",)


class Closed(ClientEvent):
    """The session is over without an error: after QUIT, or with the 421 of the server. The last event."""

    __match_args__ = ("code",)


class Failed(ClientEvent):
    """The session is over: `error`, and `offset` in the reply for those that have a position. The last event.

    A reply that cannot be read has code 0. `reply` is there to the end of the line at fault, as far as it had arrived.
    """

    __match_args__ = ("error", "offset")
    name = "error"
    offset = EVENT.number("number")


CLASSES = classes_by_number(ClientEvent, "EHLO_CLIENT_EVENT_")
