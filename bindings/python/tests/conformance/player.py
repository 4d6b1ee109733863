"""The program around a server session: it shows the input as a plan cuts it, answers, and takes the output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import ehlo
from ehlo import Want
from ehlo import events as e

from .application import ASKS, EVERY_ASK, App, Application
from .case import Json, extension_bits, in_pieces, is_offered, protocol_of, require, split_at
from .parsed import copied, param_of, path_of

HOSTNAME = "receiver.test"
ROUNDS = 20000
INPUT, OUTPUT, ANSWER, TLS, CLOSE = Want.INPUT.value, Want.OUTPUT.value, 4, 8, 16


def _whole(octets: bytes) -> list[bytes]:
    return [octets]


@dataclass(frozen=True)
class Plan:
    """How one run does it: the conversation must come out the same."""

    name: str = "whole"
    cut: Callable[[bytes], list[bytes]] = _whole
    answers: str = "at once"  # "late", "reversed"
    ask_everything: bool = False
    answer_twice: bool = False
    lazy_output: bool = False
    smallest_buffer: bool = False
    mutable: bool = False  # the input is a bytearray that is overwritten once the events are executed
    output_room: int = 4096
    events: int = 64
    spans: int = 256
    window: int | None = None
    texts: int | None = None


WHOLE = Plan()
ONE_OCTET = Plan(
    "one octet at a time", lambda octets: in_pieces(octets, 1), output_room=7, events=8, spans=8, mutable=True
)
STANDARD = [
    WHOLE,
    ONE_OCTET,
    Plan("whole, answers late and reversed, smallest batches", answers="reversed", texts=1 << 18, answer_twice=True,
         events=8, spans=8),
    replace(ONE_OCTET, name="one octet, answers and output late", answers="late", lazy_output=True),
    Plan("whole, everything asked", ask_everything=True, mutable=True),
    replace(ONE_OCTET, name="one octet, everything asked, reversed", answers="reversed", texts=1 << 18,
            ask_everything=True, output_room=1),
    Plan("whole, smallest buffer, one recipient undecided", smallest_buffer=True, window=1, answers="late"),
    Plan("in threes, smallest buffer, output late", lambda octets: in_pieces(octets, 3), smallest_buffer=True,
         lazy_output=True),
]  # fmt: skip


def split_plan(position: int) -> Plan:
    return Plan(
        f"split at {position}",
        lambda octets: split_at(octets, position),
        output_room=7 if position % 2 else 4096,
        mutable=position % 3 == 0,
    )


def session_config(config: dict[str, Json], app: App, plan: Plan, **more: Any) -> ehlo.ServerConfig:
    unlimited: dict[str, Any] = dict.fromkeys(("max_errors", "max_auth_attempts", "max_idle_commands"), 0)
    return ehlo.ServerConfig(
        hostname=HOSTNAME,
        mechanisms=config.get("auth", ["PLAIN", "LOGIN"]) if is_offered(config, "AUTH") else (),
        extensions=extension_bits(config),
        protocol=protocol_of(config),
        asks=EVERY_ASK if plan.ask_everything else app.asks,
        below_minimum=True,
        implicit_tls=config.get("tls", False),
        require_tls=config.get("require_tls", False),
        require_auth=config.get("require_auth", False),
        plaintext_auth=not config.get("auth_requires_tls", False),
        max_message_octets=config.get("size_limit", 0),
        max_line_octets=config.get("max_line", 0),
        max_auth_line_octets=config.get("max_auth_line"),
        max_recipients=config.get("max_rcpt"),
        recipient_window=plan.window,
        reply_text_octets=plan.texts,
        **unlimited,
        **more,
    )


def entry_of(event: e.Event) -> tuple[Any, ...]:
    """An event in a form that does not depend on where its octets stood."""
    fields: list[Any] = [event.name, event.verb, event.flags, copied(event.line)]
    names = ("error", "code", "number", "octets", "size", "offset", "index", "host", "host_kind", "junk", "keyword")
    fields += [(name, getattr(event, name)) for name in names if hasattr(event, name)]
    for name in ("argument", "response"):
        if hasattr(event, name):
            fields.append((name, copied(getattr(event, name))))
    if isinstance(event, (e.Mail, e.Rcpt)):
        fields += [path_of(event.path), tuple(param_of(param) for param in event.params)]
    return tuple(fields)


class Log:
    """Events with their bodies joined."""

    def __init__(self) -> None:
        self._entries: list[Any] = []
        self.events: list[tuple[e.Event, Any]] = []
        self._body = bytearray()
        self._plaintext = 0

    def add(self, event: e.Event) -> None:
        entry = entry_of(event)
        self.events.append((event, entry))
        if isinstance(event, e.Body):
            self._body += bytes(event)
            return
        if isinstance(event, e.Plaintext):
            self._plaintext += event.octets
            return
        if isinstance(event, e.Abort):
            # How much of a message that is refused was handed over by then is a fact of timing.
            self._body.clear()
        if isinstance(event, (e.Chunk, e.Message)) and self._body:
            self._entries.append(("content", bytes(self._body)))
            self._body.clear()
        self._entries.append(entry)

    def entries(self) -> list[Any]:
        return [*self._entries, ("open content", bytes(self._body)), ("plaintext", self._plaintext)]


class Player:
    def __init__(self, config: dict[str, Json], app: App, plan: Plan, **more: Any) -> None:
        self.plan = plan
        self.config = session_config(config, app, plan, **more)
        self.server = ehlo.Server(self.config, batch_events=plan.events, batch_spans=plan.spans)
        self.application = Application(app, self.config.protocol == ehlo.Protocol.LMTP)
        self.log = Log()
        self._asks: list[tuple[e.Event, Any]] = []
        self._inbox = b""
        self._left = 0
        self._must_receive = True
        self._replies = bytearray()

    def send(self, octets: bytes, pieces: list[bytes] | None = None) -> None:
        for piece in self.plan.cut(octets) if pieces is None else pieces:
            self._inbox += piece
            self._run_until_still()
        self._settle()

    def event(self, name: str) -> None:
        server = self.server
        if name in ("tls", "tls-failed"):
            require(Want.TLS in server.wants, "no handshake is wanted")
        calls = {
            "tls": server.tls_started,
            "tls-failed": server.tls_failed,
            "eof": server.eof,
            "timeout": server.timed_out,
        }
        calls[name]()
        self._must_receive = True
        self._settle()

    def take_replies(self) -> bytes:
        replies = bytes(self._replies)
        self._replies.clear()
        return replies

    def wants_close(self) -> bool:
        return Want.CLOSE in self.server.wants

    def _settle(self) -> None:
        self._run_until_still()
        while self._answer_late() or self._take_output():
            self._run_until_still()
        self._check_settled()

    def _run_until_still(self) -> None:
        for _ in range(ROUNDS + 4 * len(self._inbox)):
            moved = self._receive()
            if self.plan.answers == "at once":
                while self._asks and self._answer(0):
                    moved = True
            if not self.plan.lazy_output and self._take_output():
                moved = True
            if not moved:
                return
        require(False, "the session turns in circles")

    def _receive(self) -> bool:
        wants = self.server.wants.value
        handshake = wants & TLS and not wants & INPUT
        require(not handshake or self._left == 0, "TLS is wanted before the input behind STARTTLS is consumed")
        leftover = self._inbox and wants & (TLS | CLOSE)
        if not self._must_receive and not leftover and not wants & INPUT:
            return False
        self._must_receive = False
        octets = self._inbox[: self.config.max_line] if self.plan.smallest_buffer else self._inbox
        shown: Any = bytearray(octets) if self.plan.mutable else octets
        consumed, events = self.server.receive(shown)
        require(consumed <= len(shown), "more is consumed than was shown")
        for event in events:
            self._take(event)
        if self.plan.mutable:
            shown[:] = b"\xff" * len(shown)  # nothing may be read of it later
        self._inbox = self._inbox[consumed:]
        self._left = len(octets) - consumed
        return bool(consumed or events)

    def _take(self, event: e.Event) -> None:
        bit = ASKS[type(event)][0] if type(event) in ASKS else 0
        require(bool(bit & self.config.asks) == (event.id != 0), f"{event!r} asks or not")
        self.log.add(event)
        self.application.take(event)
        if event.id:
            require(all(event.id != other.id for other, _ in self._asks), "two open asks have the same id")
            self._asks.append((event, self.application.remember(event)))
            window = self.plan.window
            require(not window or not isinstance(event, e.Rcpt) or len(self._asks) <= window, "the window")

    def _answer(self, which: int) -> bool:
        ask, note = self._asks[which]
        require(self.server.wants.value & ANSWER, "an ask is open, but no answer is wanted")
        if not self.application.answer(self.server, ask, note):
            return False
        del self._asks[which]
        if self.plan.answer_twice:
            try:
                self.server.accept(ask.id)
            except ehlo.AnswerError:
                pass
            else:
                require(False, "a second answer is taken")
        return True

    def _answer_late(self) -> bool:
        if not self._asks:
            return False
        return self._answer(len(self._asks) - 1 if self.plan.answers == "reversed" else 0)

    def _take_output(self) -> bool:
        moved = False
        while True:
            wanted = bool(self.server.wants.value & OUTPUT)
            octets = self.server.output(self.plan.output_room)
            require(wanted == bool(octets), "output is wanted or not")
            if not octets:
                return moved
            self._replies += octets
            require(len(self._replies) < 1 << 20, "the output has no end")
            moved = True

    def _check_settled(self) -> None:
        self.application.check_settled()
        wants = self.server.wants.value
        require(not self._asks, "an answer has no space, and there is no output to take")
        require(not wants & ANSWER, "an answer is wanted, but no ask is open")
        if wants & (TLS | CLOSE):
            require(not self._inbox, "input stays behind before TLS or at the end")
            return
        require(wants & INPUT, "the session waits for nothing")
        require(len(self._inbox) < self.config.max_line, f"{len(self._inbox)} octets are kept waiting")
