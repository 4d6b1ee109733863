"""Sessions of both roles."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import ehlo
from ehlo import Verb, Want
from ehlo import client_events as c

from . import forms
from .forms import Json, lend, octets, optional, require, shown

Call = dict[str, Json]
ROUNDS = 20000
MOST_OUTPUT = 1 << 20
AT_ONCE = 64  # with as much room output is taken by the advance that receives, with less by calls of its own
# As numbers: they are tested after each octet.
INPUT, OUTPUT, TLS, CLOSE, EVENTS = map(int, (Want.INPUT, Want.OUTPUT, Want.TLS, Want.CLOSE, Want.EVENTS))

# The options of the binding for the bits of `flags` in the C API, from the lowest. False: the bit switches one off.
SERVER_FLAGS = {"require_tls": True, "require_auth": True, "-": True, "implicit_tls": True, "close_on_injection": True,
                "below_minimum": True, "general_literals": True, "plaintext_auth": True,
                "refuse_nul": True}  # fmt: skip
CLIENT_FLAGS = {"require_tls": True, "implicit_tls": True, "pipelining": False, "chunking": True, "any_parameter": True,
                "helo": False, "plaintext_auth": True, "refuse_nul": True}  # fmt: skip


def reply_limits(call: Call) -> ehlo.ReplyLimits:
    return ehlo.ReplyLimits(*(call.get(f"max_reply_{name}") or 0 for name in ("line", "lines", "size")))


def options_of(call: Call, flags: dict[str, bool], *own: str) -> dict[str, Any]:
    options = {name: value for name, value in call.items() if value is not None and name not in ("call", *own)}
    bits = options.pop("flags", 0)
    require(bits < 1 << len(flags), "a flag that is not known")
    options.update(option for bit, option in enumerate(flags.items()) if bits >> bit & 1)
    options["hostname"] = octets(options.get("hostname", "localhost")).decode("utf-8", "surrogateescape")
    if "extensions" in options:
        options["extensions"] = forms.extensions_of(*options["extensions"])
    if "command_asks" in options:
        options["command_asks"] = [verb for verb in Verb if verb and options["command_asks"] >> verb & 1]
    if "replies" in options:
        options["replies"] = reply_limits(options["replies"])
    return options


def error_of(call: Callable[..., object], *arguments: object) -> str | None:
    try:
        call(*arguments)
    except ehlo.Error as error:
        return error.name
    return None


class Play:
    """A session, and the input that it did not consume."""

    def __init__(self, session: Any, form: Callable[[Any], Json], most: int | None = None) -> None:
        self.session = session
        self.form = form
        self.most = most  # octets to be shown at a time
        self.kept = b""
        self.left = 0

    def turn(self, call: Call) -> Json:
        event, session, added = call.get("event"), self.session, 0
        self.events: list[Json] = []
        self.output, self.sent, self.waits, self.room = b"", b"", False, call.get("output") or 0
        self.receives = 0
        handlers = {"tls": "tls_started", "tls-failed": "tls_failed", "eof": "eof", "timeout": "timed_out"}
        event_error = error_of(getattr(session, handlers[event])) if event else None
        result = self.act(call)
        self.wants = session.wants.value
        self.begin(call)
        for piece in call.get("pieces") or ():
            if call.get("stop") and self.waits:
                break
            self.kept, added = self.kept + piece, added + 1
            self.receive_all()
        self.take_output()
        require(self.wants == session.wants.value, "an advance reports that something else is wanted")
        require(not session.output(self.room), "output comes that is not wanted")
        common = {"event_error": event_error, "events": self.events, "output": shown(self.output), "pieces": added}
        numbers = {"kept": len(self.kept), "receives": self.receives, "wants": self.wants}
        return {**common, **result, **self.state(call), **numbers}

    def act(self, call: Call) -> dict[str, Json]:
        """What comes before the session receives."""
        raise NotImplementedError

    def begin(self, call: Call) -> None:
        """What is received before the pieces."""

    def receive_all(self) -> None:
        """Shows the input as often as there is a reason to."""
        raise NotImplementedError

    def state(self, call: Call) -> dict[str, Json]:
        raise NotImplementedError

    def is_question(self, event: Any) -> bool:
        raise NotImplementedError

    def receive(self) -> bool:
        """Shows the input once, and takes output, with the same call or others: whether there may be more to do."""
        given = self.kept if self.most is None else self.kept[: self.most]
        room = self.room if self.room >= AT_ONCE else 0

        self.receives += 1

        def advance(buffer: Any) -> Any:
            progress = self.session.advance(buffer, room=room)
            self.events += map(self.form, progress.events)
            self.waits = self.waits or any(map(self.is_question, progress.events))
            return progress

        done = lend(given, advance)
        require(done.consumed <= len(given), "more is consumed than was shown")
        require(len(done.output) <= room, "the output is above its capacity")
        self.kept, self.left = self.kept[done.consumed :], len(given) - done.consumed
        self.output, self.wants = self.output + done.output, done.raw_wants
        return self.take_output() or bool(done.events or (self.most and done.consumed))

    def take_output(self) -> bool:
        before = len(self.output)
        while self.room and self.wants & OUTPUT:
            out = self.session.output(self.room)
            require(0 < len(out) <= self.room, "output is wanted, and none comes, or above its capacity")
            self.output, self.wants = self.output + out, self.session.wants.value
            require(len(self.output) < MOST_OUTPUT, "the output has no end")
        return len(self.output) > before


class ServerPlay(Play):
    def __init__(self, call: Call) -> None:
        config = ehlo.ServerConfig(**options_of(call, SERVER_FLAGS, "events", "spans", "smallest_buffer"))
        session = ehlo.Server(config, batch_events=call.get("events") or 64, batch_spans=call.get("spans") or 1024)
        super().__init__(session, forms.event_form, config.max_line if call.get("smallest_buffer") else None)

    def act(self, call: Call) -> dict[str, Json]:
        return {"answers": [self.answer(*answer) for answer in call.get("answers") or ()]}

    def begin(self, call: Call) -> None:
        self.receive_all(bool(call.get("event") or call.get("force")))

    def answer(self, ask: int, kind: str, *how: Json) -> str | None:
        session = self.session
        if kind == "accept":
            return error_of(session.accept, ask)
        if kind == "challenge":
            return lend(octets(how[0]), lambda text: error_of(session.challenge, ask, text))
        require(kind == "reply", f"no answer {kind}")
        code, enhanced, words = how
        return lend(octets(words), lambda text: error_of(lambda: session.reply(ask, code, text, enhanced=enhanced)))

    def receive_all(self, must: bool = False) -> None:
        for _ in range(ROUNDS + len(self.kept)):
            wants = self.wants
            require(not self.left or wants & (TLS | INPUT) != TLS, "TLS is wanted before the input is consumed")
            reason = must or wants & INPUT or (self.kept and wants & (TLS | CLOSE))
            if not (self.receive() if reason else self.take_output()):
                return
            must = False
        require(False, "the session makes no progress")

    def state(self, call: Call) -> dict[str, Json]:
        return {"left": self.left}

    def is_question(self, event: Any) -> bool:
        return bool(event.id)


class ClientPlay(Play):
    def __init__(self, call: Call) -> None:
        config = ehlo.ClientConfig(**options_of(call, CLIENT_FLAGS, "events"))
        session = ehlo.Client(config, batch_events=call.get("events") or 64)
        super().__init__(session, forms.client_event_form)
        self.calls: dict[str, Callable[..., None]] = {
            "hello": lambda verb: session.hello(Verb[verb]),
            "starttls": session.starttls,
            "auth": lambda mechanism, response=None: session.auth(mechanism, optional(response)),
            "respond": lambda text: session.auth_respond(octets(text)),
            "cancel": session.auth_cancel,
            "mail": lambda address, params=(): session.mail(octets(address), [(k, optional(v)) for k, v in params]),
            "rcpt": lambda address, params=(): session.rcpt(octets(address), [(k, optional(v)) for k, v in params]),
            "data": session.data,
            "bdat": self.bdat,
            "body": self.body,
            "rset": session.rset,
            "vrfy": lambda text: session.command(Verb.VRFY, octets(text)),
            "quit": session.quit,
            "abort-data": session.abort_data,
        }

    def act(self, call: Call) -> dict[str, Json]:
        do = call.get("do")
        do_error = error_of(self.calls[do[0]], *do[1:]) if do else None
        return {"do_error": do_error, "sent": shown(self.sent)}

    def bdat(self, chunk: str, last: bool) -> None:
        lend(octets(chunk), lambda content: self.session.bdat(content, last))
        self.sent += octets(chunk)

    def body(self, content: str, last: bool, room: int, copied: bool = False) -> None:
        def give(octets: Any) -> tuple[int, bytes]:
            if copied:
                consumed, wire = self.session.body_copy(octets, last, room=room)
                require(len(wire) <= room, "more is written than there is room")
                return consumed, wire
            consumed, views = self.session.body(octets, last, room=room)
            require(len(views) <= room, "more pieces than there is room")
            return consumed, b"".join(views)

        rest, before, over = octets(content), self.session.outstanding, False
        while not over:
            consumed, wire = lend(rest, give)
            require(consumed <= len(rest), "more is consumed than was given")
            rest, self.sent = rest[consumed:], self.sent + wire
            # With little room the end may need a call of its own.
            over = not rest and (not last or self.session.outstanding != before)
            require(over or consumed or wire, "the content is not consumed")

    def receive_all(self) -> None:
        self.receive()
        while self.wants & EVENTS:
            self.receive()

    def state(self, call: Call) -> dict[str, Json]:
        reply = shown(self.session.hello_reply) if call.get("hello_reply") else None
        return {"outstanding": self.session.outstanding, "facts": self.session.facts.value, "hello_reply": reply}

    def is_question(self, event: Any) -> bool:
        return isinstance(event, c.Challenge) and not event.answered and not event.error


PLAYS: dict[int, Play] = {}
NUMBERS = count(1)


def begin(play: Play) -> dict[str, Json]:
    number = next(NUMBERS)
    PLAYS[number] = play
    return {"session": number}


def server(call: Call) -> Json:
    play = ServerPlay(call)
    return {**begin(play), "max_line": play.session.config.max_line}


def client(call: Call) -> Json:
    return begin(ClientPlay(call))


def turn(call: Call) -> Json:
    return PLAYS[call["session"]].turn(call)


def close(call: Call) -> Json:
    PLAYS.pop(call["session"]).session.close()
    return {}
