"""The application behind a server session, as the `app` object of a case describes it."""

from __future__ import annotations

from typing import Any, NamedTuple

import ehlo
from ehlo import Ask
from ehlo import events as e

from .case import Fault, Json, octets_of, only_keys, require

# The class of an event that asks: its bit, the code of an acceptance, and what it is called in `reply_text`.
ASKS: dict[type[e.Event], tuple[Ask, int, str]] = {
    e.Greeting: (Ask.GREETING, 220, "GREETING"),
    e.Hello: (Ask.HELLO, 250, "EHLO HELO LHLO"),
    e.Mail: (Ask.MAIL, 250, "MAIL"),
    e.Rcpt: (Ask.RCPT, 250, "RCPT"),
    e.Data: (Ask.DATA, 354, "DATA"),
    e.Chunk: (Ask.CHUNK, 250, "BDAT"),
    e.Message: (Ask.MESSAGE, 250, "DATA BDAT"),
    e.Rset: (Ask.RSET, 250, "RSET"),
    e.Noop: (Ask.NOOP, 250, "NOOP"),
    e.Help: (Ask.HELP, 214, "HELP"),
    e.Vrfy: (Ask.VRFY, 252, "VRFY"),
    e.Expn: (Ask.EXPN, 252, "EXPN"),
    e.Quit: (Ask.QUIT, 221, "QUIT"),
    e.StartTls: (Ask.STARTTLS, 220, "STARTTLS"),
    e.Auth: (Ask.AUTH, 235, "AUTH"),
    e.AuthResponse: (Ask.AUTH, 235, "AUTH"),
}
EVERY_ASK = Ask((1 << 15) - 1)


class Answer(NamedTuple):
    code: int = 0  # 0: accept
    enhanced: str | None = None
    challenge: bytes | None = None


class App:
    """What a case says of it."""

    def __init__(self, case: dict[str, Json]) -> None:
        app = case.get("app", {})
        only_keys(
            app,
            ["reject_mail", "reject_rcpt", "message_reply", "credentials", "tls_unavailable", "reply_text"],
            "app",
        )
        self.reject_mail = {octets_of(k): v for k, v in app.get("reject_mail", {}).items()}
        self.reject_rcpt = {octets_of(k): v for k, v in app.get("reject_rcpt", {}).items()}
        self.message_reply = app.get("message_reply", 250)
        self.credentials = {octets_of(k): octets_of(v) for k, v in app.get("credentials", {}).items()}
        self.reply_text = {k: octets_of(v) for k, v in app.get("reply_text", {}).items()}
        self.tls_unavailable = app.get("tls_unavailable", False)
        known = {word for _, _, words in ASKS.values() for word in words.split()}
        require(self.reply_text.keys() <= known, "bad case: a verb in reply_text")
        self.asks = Ask.DEFAULT | (Ask.STARTTLS if self.tls_unavailable else Ask.NONE)
        for bit, _, words in ASKS.values():
            if self.reply_text.keys() & set(words.split()):
                self.asks |= bit


class Message(NamedTuple):
    sender: bytes
    recipients: list[bytes]
    body: bytes


def _octets(address: str) -> bytes:
    return address.encode("utf-8", "surrogateescape")


class Application:
    """Answers what the session asks, and keeps the messages that it accepted."""

    def __init__(self, app: App, lmtp: bool) -> None:
        self.app = app
        self.lmtp = lmtp
        self.messages: list[Message] = []
        self.open = self.abort_is_due = False
        self.mechanism, self.login_name = "", None  # type: str, bytes | None
        self._drop()

    def _drop(self) -> None:
        self.open = self.abort_is_due = False
        self.sender, self.body = b"", bytearray()
        self.recipients: dict[int, bytes] = {}
        self.delivered: dict[int, bool] = {}
        self.next_rcpt = 0

    def take(self, event: e.Event) -> None:
        """Every event, in order, before any answer."""
        if isinstance(event, e.Mail):
            require(not self.open, "MAIL while a transaction is open")
            self.next_rcpt = 0
        elif isinstance(event, e.Rcpt):
            require(self.open and event.index >= self.next_rcpt, "RCPT out of order")
            self.next_rcpt = event.index + 1
        elif isinstance(event, e.Body):
            require(self.open, "BODY without a transaction")
            octets = bytes(event)
            require(octets and b"".join(event.views) == octets, "a body that is not its pieces")
            require(len(event) == len(octets), "a body of another length")
            self.body += octets
        elif isinstance(event, e.Abort):
            require(self.open, "ABORT without a transaction")
            self._drop()
        elif isinstance(event, e.Hello):
            self.abort_is_due = event.id == 0 and self.open
        elif isinstance(event, e.Rset):
            self.abort_is_due = self.open
        elif isinstance(event, e.Close):
            require(not self.open, "CLOSE while a transaction is open")
        elif isinstance(event, (e.Chunk, e.Message)):
            require(self.open and event.octets == len(self.body), "another number of octets")
        elif isinstance(event, e.Auth):
            self.mechanism, self.login_name = event.mechanism, None
        elif isinstance(event, e.AuthResponse):
            require(self.mechanism and event.response is not None, "AUTH_RESPONSE outside of an exchange")
        elif isinstance(event, e.AuthAbort):
            require(self.mechanism, "AUTH_ABORT outside of an exchange")
            self.mechanism = ""

    def check_settled(self) -> None:
        require(not self.abort_is_due, "EHLO or RSET in a transaction: no ABORT was told")

    def answer(self, server: ehlo.Server, ask: e.Event, note: Any) -> bool:
        """False: there is no space for the text now, the output has to be taken first. `note`: what `remember` gave."""
        answer = self._decide(note)
        try:
            self._send(server, note, answer)
        except ehlo.SpaceError:
            return False
        self._settle(note, answer)
        return True

    @staticmethod
    def remember(event: e.Event) -> Any:
        """What is needed of an ask after its buffer is gone."""
        address = event.path.address if isinstance(event, (e.Mail, e.Rcpt)) else ""
        response = event.response if isinstance(event, e.AuthResponse) else None
        index = event.index if isinstance(event, (e.Rcpt, e.Message)) else 0
        verb = "GREETING" if isinstance(event, e.Greeting) else event.verb.name
        return (
            type(event),
            event.id,
            verb,
            _octets(address),
            index,
            None if response is None else bytes(response),
        )

    def _decide(self, ask: Any) -> Answer:
        kind, _, _, address, index, response = ask
        if kind is e.Mail:
            return self._judge_code(self.app.reject_mail.get(address, 250))
        if kind is e.Rcpt:
            return self._judge_code(self.app.reject_rcpt.get(address, 250))
        if kind is e.Message:
            codes = self.app.message_reply
            if isinstance(codes, list):
                which = sorted(self.recipients).index(index) if self.lmtp else 0
                return self._judge_code(codes[which])
            return self._judge_code(codes)
        if kind is e.StartTls and self.app.tls_unavailable:
            return Answer(454, "4.7.0")
        if kind in (e.Auth, e.AuthResponse):
            return self._decide_auth(response)
        return Answer()

    @staticmethod
    def _judge_code(code: int) -> Answer:
        return Answer() if code == 250 else Answer(code)

    def _decide_auth(self, response: bytes | None) -> Answer:
        if self.mechanism == "LOGIN":
            if response is None:
                return Answer(challenge=b"Username:")
            text = ehlo.decode_base64(response)
            if self.login_name is None:
                return Answer(challenge=b"Password:")
            return self._judge(self.login_name, text)
        if self.mechanism != "PLAIN":
            return Answer(504, "5.5.4")
        if response is None:
            return Answer(challenge=b"")
        try:
            plain = ehlo.parse_plain(ehlo.decode_base64(response))
        except ehlo.ProtocolError:
            return Answer(501, "5.5.2")
        return self._judge(plain.authcid.encode(), plain.passwd.encode())

    def _judge(self, user: bytes, password: bytes) -> Answer:
        return Answer() if self.app.credentials.get(user) == password else Answer(535, "5.7.8")

    def _send(self, server: ehlo.Server, ask: Any, answer: Answer) -> None:
        kind, number, verb = ask[:3]
        if answer.challenge is not None:
            return server.challenge(number, answer.challenge)
        text = self.app.reply_text.get(verb)
        if text is not None:
            try:
                return server.reply(number, answer.code or ASKS[kind][1], text, enhanced=answer.enhanced)
            except ehlo.ArgumentError:
                pass  # text that may not be sent: the application then says the same in other words
        if answer.code == 0:
            return server.accept(number)
        return server.reply(number, answer.code, "refused by the application", enhanced=answer.enhanced)

    def _settle(self, ask: Any, answer: Answer) -> None:
        kind, _, _, address, index, response = ask
        accepted = answer.challenge is None and (answer.code == 0 or 200 <= answer.code < 300)
        if kind is e.Hello:
            self.abort_is_due = self.open and accepted
        elif kind is e.Mail:
            self.open, self.sender = accepted, address
        elif kind is e.Rcpt and accepted:
            self.recipients[index] = address
        elif kind is e.Message:
            self._settle_message(index, accepted)
        elif kind in (e.Auth, e.AuthResponse):
            if answer.challenge is None:
                self.mechanism = ""
            elif response is not None:
                self.login_name = ehlo.decode_base64(response)

    def _settle_message(self, index: int, accepted: bool) -> None:
        if self.lmtp:
            if index not in self.recipients or index in self.delivered:
                raise Fault("MESSAGE for a recipient that was not accepted, or twice for one")
            self.delivered[index] = accepted
            if len(self.delivered) < len(self.recipients):
                return
        to = [
            address
            for number, address in sorted(self.recipients.items())
            if (self.delivered[number] if self.lmtp else accepted)
        ]
        require(self.recipients, "MESSAGE without an accepted recipient")
        if to:
            self.messages.append(Message(self.sender, to, bytes(self.body)))
        self._drop()
