"""client_sessions and data_encode: dialogues with a scripted server, and content on its way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ehlo
from ehlo import ErrorCode, Verb, Want
from ehlo import client_events as c

from .case import Fault, Json, cut_positions, in_pieces, octets_of, only_case_keys, only_keys, require, split_at
from .syntax_kinds import reply_error_name

HELLOS = {"ehlo": Verb.EHLO, "helo": Verb.HELO, "lhlo": Verb.LHLO}


@dataclass(frozen=True)
class Plan:
    name: str = "whole"
    cut: Callable[[bytes], list[bytes]] = lambda octets: [octets]
    events: int = 32
    output_room: int = 4096
    copied: bool = False


def refusal_name(refusal: ehlo.Error) -> str:
    if refusal.error == ErrorCode.STATE:
        return "bad-state"
    if refusal.error in (ErrorCode.ARGUMENT, ErrorCode.NEEDS_SMTPUTF8):
        return "bad-argument"
    if refusal.error == ErrorCode.NOT_OFFERED:
        return "extension-not-offered"
    return refusal.name


def give_all(client: ehlo.Client, content: bytes, last: bool, room: int, copied: bool) -> bytes:
    """What goes out for the content; with little room in several calls."""
    wire = b""
    while True:
        if copied:
            consumed, octets = client.body_copy(content, last, room=room)
        else:
            consumed, views = client.body(content, last, room=room)
            octets = b"".join(views)
        wire += octets
        content = content[consumed:]
        if not content and (not last or client.outstanding):
            return wire


class Talk:
    """The program around one session, and the account it keeps."""

    def __init__(self, case: dict[str, Json], plan: Plan) -> None:
        config = case.get("config", {})
        only_keys(config, ["protocol", "require_tls", "max_reply_line", "max_reply_lines", "max_reply_size"], "config")
        self.plan = plan
        self.lmtp = config.get("protocol") == "lmtp"
        limits = ehlo.ReplyLimits(
            config.get("max_reply_line", 0), config.get("max_reply_lines", 0), config.get("max_reply_size", 0)
        )
        names = [octets_of(s["do"][1]) for s in case["steps"] if "do" in s and s["do"][0] in HELLOS]
        for name in [*names, b"client.example"]:
            try:
                self.config = ehlo.ClientConfig(
                    hostname=name.decode("utf-8", "surrogateescape"),
                    protocol=ehlo.Protocol.LMTP if self.lmtp else ehlo.Protocol.SMTP,
                    require_tls=config.get("require_tls", False),
                    plaintext_auth=True,
                    replies=limits,
                )
                self.hostname = name
                break
            except ehlo.ArgumentError:
                continue  # a name that cannot be sent is found out by the configuration
        self.client = ehlo.Client(self.config, batch_events=plan.events)
        self.inbox = b""
        self.over = self.unknown = False
        # By transaction: the results of one may come when the next is under way.
        self.recipients: dict[int, list[bytes]] = {}
        self.answers: list[bytes] = []
        self.outcomes: set[tuple[int, int]] = set()
        self.log: list[Any] = []

    def step(self, step: dict[str, Json]) -> None:
        if "do" in step:
            self._act(step)
        elif "feed" in step:
            self._feed(step)
        elif "event" in step:
            self._event(step)
        else:
            self._check(step)

    def _act(self, step: dict[str, Json]) -> None:
        only_keys(step, ["do", "out", "refuse"], "a step")
        outstanding = self.client.outstanding
        try:
            wire = self._call(step["do"])
        except ehlo.Error as refusal:
            name = refusal_name(refusal)
            require(name == step.get("refuse"), f"the call gives {name}, not {step.get('refuse')}")
            require(not self._output(), "a refused call has something to send")
            require(self.client.outstanding == outstanding, "a refused call waits for something")
            return
        require("refuse" not in step, "the call is not refused")
        out = self._output() + wire
        require(out == octets_of(step["out"]), f"sent is {out!r}")

    def _call(self, what: list[Json]) -> bytes:
        client, name = self.client, what[0]
        if name in HELLOS:
            if octets_of(what[1]) != self.hostname:
                raise ehlo.ArgumentError(ErrorCode.ARGUMENT)
            client.hello(HELLOS[name])
        elif name in ("mail", "rcpt"):
            self._envelope(name, octets_of(what[1]), what[2] if len(what) > 2 else [])
        elif name == "vrfy":
            client.query(Verb.VRFY, octets_of(what[1]))
        elif name == "auth":
            mechanism, user, password = (octets_of(text) for text in what[1:4])
            self.answers = [password, user]
            response = None
            if mechanism == b"PLAIN":
                response, self.answers = ehlo.write_plain(user.decode(), password.decode()), []
            client.auth(mechanism.decode("latin-1"), response)
        elif name == "message":
            content = octets_of(what[1])
            room = len(content) * 3 + 64
            consumed, wire = self._content(content, room)
            require(consumed == len(content), "the content was not consumed")
            return wire
        elif name == "bdat":
            chunk = octets_of(what[1])
            client.bdat(chunk, what[2])
            return chunk
        else:
            {
                "data": client.data,
                "rset": client.rset,
                "quit": client.quit,
                "starttls": client.starttls,
                "abort-data": client.abort_data,
            }[name]()
        return b""

    def _content(self, content: bytes, room: int) -> tuple[int, bytes]:
        if self.plan.copied:
            return self.client.body_copy(content, True, room=room)
        consumed, views = self.client.body(content, True, room=room)
        return consumed, b"".join(views)

    def _envelope(self, name: str, address: bytes, params: list[Json]) -> None:
        sent: list[ehlo.SentParam] = []
        for keyword, value in params:
            octets = None if value is None else octets_of(value)
            sent.append(ehlo.param("ENVID", octets) if keyword == "ENVID" and octets else (keyword, octets))
        if name == "mail":
            self.client.mail(address, sent)
            self.recipients[self.client.transaction] = []
        else:
            self.client.rcpt(address, sent)
            self.recipients[self.client.transaction].append(address)

    def _feed(self, step: dict[str, Json]) -> None:
        only_keys(step, ["feed", "events", "out"], "a step")
        told: list[Any] = []
        out = b""
        for piece in self.plan.cut(octets_of(step["feed"])):
            self.inbox += piece
            self._receive(told)
            out += self._output()
        require(told == step.get("events", []), f"the events are {told}")
        require(out == octets_of(step.get("out", "")), f"sent is {out!r}")

    def _event(self, step: dict[str, Json]) -> None:
        only_keys(step, ["event", "events"], "a step")
        name = step["event"]
        if name == "eof":
            self.client.eof()
        else:
            require(Want.TLS in self.client.wants, "no handshake is wanted")
            {"tls": self.client.tls_started, "tls-failed": self.client.tls_failed}[name]()
        told: list[Any] = []
        self._receive(told)
        require(told == step.get("events", []), f"the events are {told}")
        require(not self._output(), "something is sent")

    def _receive(self, told: list[Any]) -> None:
        while True:
            shown = bytearray(self.inbox)
            consumed, events = self.client.receive(shown)
            for event in events:
                self._tell(event, told)
            shown[:] = b"\xff" * len(shown)
            self.inbox = self.inbox[consumed:]
            if Want.EVENTS not in self.client.wants:
                return

    def _tell(self, event: c.ClientEvent, told: list[Any]) -> None:
        require(not self.over, "an event behind the last one")
        # That of a refused chunk comes behind the last one.
        has_reply = event.reply and event.raw_text is not None
        require(event.code == 0 or isinstance(event, c.Outcome) or has_reply, "a code without its reply")
        entry: list[Any] | None = None
        if isinstance(event, c.Greeting):
            entry = ["greeting", event.code]
        elif isinstance(event, c.Reply):
            entry = ["reply", event.verb.name, event.code]
        elif isinstance(event, c.GoAhead):
            entry = ["go-ahead", event.verb.name]
        elif isinstance(event, c.StartTls):
            entry = ["start-tls"]
        elif isinstance(event, c.Challenge):
            entry = self._challenge(event)
        elif isinstance(event, c.Result):
            entry = ["result", event.code]
            if self.lmtp:
                entry.insert(1, self.recipients[event.transaction][event.index].decode("latin-1"))
        elif isinstance(event, (c.Closed, c.Failed)):
            self.over = True
            entry = ["closed"] if isinstance(event, c.Closed) else ["error", reply_error_name(event.error)]
        elif isinstance(event, c.Outcome):
            key = event.transaction, event.index
            require(key not in self.outcomes, "a recipient has had two outcomes")
            self.outcomes.add(key)
            self.unknown |= event.verdict == ehlo.Verdict.UNKNOWN
            self.log.append((*key, event.verdict, event.scope, event.code, event.error))
        else:
            self.log.append(event.name)
        if entry is not None:
            told.append(entry)
            self.log.append(entry)

    def _challenge(self, event: c.Challenge) -> list[Any]:
        if event.error != ErrorCode.OK:
            return ["challenge-error"]
        if event.answered:
            return ["challenge", event.text]
        if not self.answers:
            self.client.auth_cancel()
            return ["challenge-error"]
        self.client.auth_respond(self.answers.pop())
        return ["challenge", event.text]

    def _check(self, step: dict[str, Json]) -> None:
        client = self.client
        for key, value in step.items():
            if key == "closed":
                require((Want.CLOSE in client.wants) == value, "closed or not")
            elif key == "outstanding":
                require(client.outstanding == value, f"{client.outstanding} outstanding")
            elif key == "tls":
                require((ehlo.Fact.TLS in client.facts) == value, "TLS or not")
            elif key == "message_outcome":
                require(value == ("unknown" if self.unknown else "not-sent"), "the outcome is another one")
            elif key == "capabilities":
                reply = client.hello_reply
                known = {k for k, _ in ehlo.parse_hello(reply).capabilities} if reply else set()
                require(known == {k.upper() for k in value}, f"the capabilities are {known}")
            else:
                raise Fault(f"bad case: {key} is no check")

    def _output(self) -> bytes:
        out = b""
        while True:
            piece = self.client.output(self.plan.output_room)
            if not piece:
                return out
            out += piece


def run_client_session(case: dict[str, Json]) -> None:
    only_case_keys(case, "steps", "config")
    plans = [
        Plan(),
        Plan("one octet at a time", lambda octets: in_pieces(octets, 1)),
        Plan("few events at a time", events=8),
        Plan("output an octet at a time", output_room=1),
        Plan("content copied", copied=True),
    ]
    positions: set[int] = set()
    for step in case["steps"]:
        if "feed" in step:
            positions.update(cut_positions(octets_of(step["feed"])))
    for position in sorted(positions):
        plans.append(Plan(f"split at {position}", lambda octets, at=position: split_at(octets, at)))  # type: ignore[misc]
    plain: Any = None
    for plan in plans:
        talk = Talk(case, plan)
        for number, step in enumerate(case["steps"]):
            try:
                talk.step(step)
            except (Fault, ehlo.Error) as fault:
                raise Fault(f"{plan.name}: step {number}: {fault}") from fault
        plain = talk.log if plain is None else plain
        require(talk.log == plain, f"{plan.name}: other events than in the plain run")


# ---- content

DIALOGUE: list[tuple[bytes, Callable[[ehlo.Client], None]]] = [
    (b"220 mx.example\r\n", lambda client: client.hello()),
    (b"250 mx.example\r\n", lambda client: client.mail("a@client.example")),
    (b"250 ok\r\n", lambda client: client.rcpt("b@mx.example")),
    (b"250 ok\r\n", lambda client: client.data()),
    (b"354 go\r\n", lambda client: None),
]


def _encode(endings: ehlo.Ending, pieces: list[bytes], room: int, copied: bool) -> bytes:
    client = ehlo.Client(ehlo.ClientConfig(hostname="client.example", data_endings=endings))
    for reply, act in DIALOGUE:
        require(client.receive(reply)[0] == len(reply), "a reply was not consumed")
        act(client)
        client.output()
    wire = b"".join(give_all(client, piece, False, room, copied) for piece in pieces)
    return wire + give_all(client, b"", True, room, copied)


def run_data_encode(case: dict[str, Json]) -> None:
    only_case_keys(case, "chunks", "expect")
    expect = case["expect"]
    only_keys(expect, ["wire", "error", "normalized"], "expect")
    given = [octets_of(chunk) for chunk in case["chunks"]]
    content = b"".join(given)
    runs: list[tuple[str, list[bytes], int]] = [
        ("whole", [content], 4096),
        ("whole, little room", [content], 64),
        ("as given", given, 4096),
        ("one octet at a time", in_pieces(content, 1), 64),
    ]
    runs += [(f"split at {at}", split_at(content, at), 4096) for at in cut_positions(content)]
    for copied in (False, True):
        for name, pieces, room in runs:
            room = max(room, 64) if copied else min(room, 8 if room == 64 else room)
            try:
                strict: bytes | str = _encode(ehlo.Ending.REJECT, pieces, room, copied)
            except ehlo.ProtocolError as refusal:
                strict = refusal.name
            wanted = octets_of(expect["wire"]) if "wire" in expect else expect["error"]
            require(strict == wanted, f"{name}: it gives {strict!r}")
            repaired = _encode(ehlo.Ending.NORMALIZE, pieces, room, copied)
            wanted = octets_of(expect["wire"] if "wire" in expect else expect["normalized"])
            require(repaired == wanted, f"{name}: repaired it is {repaired!r}")
