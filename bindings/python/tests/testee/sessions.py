"""Sessions of both roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ehlo
from ehlo import Verb, Want
from ehlo import client_events as c

from . import forms
from .forms import Json, lend, octets, optional, require, shown

Call = dict[str, Json]
ROUNDS = 20000
MOST_OUTPUT = 1 << 20
# As numbers: they are tested after each octet.
INPUT, OUTPUT, EVENTS, END = (int(want) for want in (Want.INPUT, Want.OUTPUT, Want.EVENTS, Want.TLS | Want.CLOSE))

# What the options of the binding call the bits of `flags` in the C API, from the lowest. False: the bit says no.
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
        options["extensions"] = forms.extensions_of(options["extensions"])
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
        handlers = {"tls": "tls_started", "tls-failed": "tls_failed", "eof": "eof", "timeout": "timed_out"}
        event_error = error_of(getattr(session, handlers[event])) if event else None
        result = self.act(call)
        for piece in call.get("pieces") or ():
            if call.get("stop") and self.waits:
                break
            self.kept, added = self.kept + octets(piece), added + 1
            self.receive_all()
        self.take_output()
        out, kept, wants = shown(self.output), shown(self.kept), session.wants.value
        common = {"event_error": event_error, "events": self.events, "output": out, "kept": kept, "wants": wants}
        return {**common, **result, **self.state(), "pieces": added}

    def act(self, call: Call) -> Json:
        """What comes before the pieces."""
        raise NotImplementedError

    def receive_all(self) -> None:
        """Shows the input as often as there is a reason to."""
        raise NotImplementedError

    def state(self) -> Json:
        raise NotImplementedError

    def is_question(self, event: Any) -> bool:
        raise NotImplementedError

    def receive(self) -> bool:
        """Shows the input once and takes output: whether it consumed something or gave events."""
        given = self.kept if self.most is None else self.kept[: self.most]
        before = len(self.events)

        def call(buffer: Any) -> int:
            consumed, found = self.session.receive(buffer)
            require(consumed <= len(buffer), "more is consumed than was shown")
            self.events += map(self.form, found)
            self.waits = self.waits or any(map(self.is_question, found))
            return int(consumed)

        consumed = lend(given, call)
        self.kept, self.left = self.kept[consumed:], len(given) - consumed
        self.take_output()
        return consumed > 0 or len(self.events) > before

    def take_output(self) -> None:
        while self.room:
            wanted, out = self.session.wants.value & OUTPUT, self.session.output(self.room)
            require(len(out) <= self.room, "the output is above its capacity")
            require(bool(out) == bool(wanted), "output is wanted, and none comes, or comes, and was not wanted")
            if not out:
                return
            self.output += out
            require(len(self.output) < MOST_OUTPUT, "the output has no end")


class ServerPlay(Play):
    def __init__(self, call: Call) -> None:
        config = ehlo.ServerConfig(**options_of(call, SERVER_FLAGS, "events", "spans", "smallest_buffer"))
        session = ehlo.Server(config, batch_events=call.get("events") or 64, batch_spans=call.get("spans") or 1024)
        super().__init__(session, forms.event_form, config.max_line if call.get("smallest_buffer") else None)

    def act(self, call: Call) -> Json:
        answers = [self.answer(*answer) for answer in call.get("answers") or ()]
        self.receive_all(bool(call.get("event") or call.get("force")))
        return {"answers": answers}

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
            wants = self.session.wants.value
            if not (must or wants & INPUT or (self.kept and wants & END)) or not self.receive():
                return
            must = False
        require(False, "the session turns in circles")

    def state(self) -> Json:
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
            "vrfy": lambda text: session.query(Verb.VRFY, octets(text)),
            "quit": session.quit,
            "abort-data": session.abort_data,
        }

    def act(self, call: Call) -> Json:
        do = call.get("do")
        return {"do_error": error_of(self.calls[do[0]], *do[1:]) if do else None, "sent": shown(self.sent)}

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

        rest, moved = octets(content), True
        while moved:
            consumed, wire = lend(rest, give)
            require(consumed <= len(rest), "more is consumed than was given")
            rest, self.sent = rest[consumed:], self.sent + wire
            # With little room the end may need a call of its own.
            moved = bool((consumed or wire) and (rest or (last and not self.session.outstanding)))

    def receive_all(self) -> None:
        self.receive()
        while self.session.wants.value & EVENTS:
            self.receive()

    def state(self) -> Json:
        session = self.session
        reply = shown(session.hello_reply)
        return {"outstanding": session.outstanding, "facts": session.facts.value, "hello_reply": reply}

    def is_question(self, event: Any) -> bool:
        return isinstance(event, c.Challenge) and not event.answered and not event.error


PLAYS: dict[int, Play] = {}


def begin(play: Play) -> Json:
    number = max(PLAYS, default=0) + 1
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
