"""sessions and data: whole dialogues with a server, and content behind its 354."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ehlo
from ehlo import Ending, Seen
from ehlo import events as e

from .application import App, Message
from .case import (
    Fault,
    Json,
    config_of,
    cut_positions,
    first_word,
    in_pieces,
    is_expected_code,
    is_offered,
    octets_of,
    only_case_keys,
    only_keys,
    read_replies,
    require,
    split_at,
    status_class,
)
from .player import HOSTNAME, ONE_OCTET, STANDARD, WHOLE, Plan, Player, split_plan

CONFIG = ("size_limit", "max_rcpt", "max_line", "max_auth_line", "auth", "auth_requires_tls", "require_tls",
          "require_auth")  # fmt: skip
CHECKS = ["closed", "messages", "messages_count", "messages_max", "ehlo_has", "ehlo_lacks"]

StepResult = tuple[bytes, bool, list[Message], int]


def _play(steps: list[Json], config: dict[str, Json], app: App, plan: Plan) -> tuple[list[StepResult], Player]:
    player = Player(config, app, plan)
    results = []
    for step in steps:
        if "send" in step:
            player.send(octets_of(step["send"]))
        elif "event" in step:
            player.event(step["event"])
        messages = list(player.application.messages)
        results.append((player.take_replies(), player.wants_close(), messages, len(player.log.events)))
    return results, player


class _Judge:
    """Holds the plain run against the expectations of its case."""

    def __init__(self, config: dict[str, Json], player: Player) -> None:
        self.enhanced = is_offered(config, "ENHANCEDSTATUSCODES")
        self.player = player
        self.greeted = False
        self.seen = 0
        self.hellos: list[str] = []
        self.refused_hellos = 0
        self.keywords: list[bytes] | None = None

    def judge(self, step: Json, result: StepResult) -> None:
        replies = read_replies(result[0])
        self._count_hellos(result[3])
        for code, lines in replies:
            self._judge_reply(code, lines)
        if "send" in step or "event" in step:
            only_keys(step, ["send", "event", "expect", "split"], "a step")
            expect, codes = step.get("expect", []), [code for code, _ in replies]
            good = len(expect) == len(codes) and all(map(is_expected_code, expect, codes))
            require(good, f"the replies are {codes}, expected {expect}")
        else:
            only_keys(step, CHECKS, "a check")
            self._judge_checks(step, result)

    def _judge_checks(self, step: Json, result: StepResult) -> None:
        if "closed" in step:
            require(step["closed"] == result[1], "closed or not")
        messages = result[2]
        if "messages" in step:
            wanted = [
                Message(octets_of(m["from"]), [octets_of(to) for to in m["to"]], octets_of(m["body"]))
                for m in step["messages"]
            ]
            require(wanted == messages, f"the messages are {messages}")
        require(step.get("messages_count", len(messages)) == len(messages), f"{len(messages)} messages")
        require(step.get("messages_max", len(messages)) >= len(messages), f"{len(messages)} messages")
        for keyword in step.get("ehlo_has", []):
            require(self._has(keyword), f"EHLO does not offer {keyword}")
        for keyword in step.get("ehlo_lacks", []):
            require(not self._has(keyword), f"EHLO offers {keyword}")

    def _has(self, keyword: str) -> bool:
        require(self.keywords is not None, "bad case: no EHLO before")
        return keyword.upper().encode() in (self.keywords or [])

    def _count_hellos(self, events: int) -> None:
        names = (b"EHLO", b"LHLO", b"HELO")
        for event, entry in self.player.log.events[self.seen : events]:
            if isinstance(event, e.Hello):
                self.hellos.append(event.verb.name)
            if isinstance(event, e.Rejected):
                hello = event.verb.name.encode() in names or first_word(entry[3] or b"") in names
                self.refused_hellos += hello
        self.seen = events

    def _judge_reply(self, code: int, lines: list[bytes]) -> None:
        if not self.greeted:
            self.greeted = True
            return
        if code == 250 and first_word(lines[0]) == HOSTNAME.upper().encode():
            require(self.hellos, "a reply to EHLO that nobody sent")
            if self.hellos.pop(0) == "HELO":
                require(len(lines) == 1, "the reply to HELO has keywords")
            else:
                self.keywords = [first_word(line) for line in lines[1:]]
            return
        klass = code // 100
        for line in lines:
            status = status_class(line)
            if klass == 3:
                require(status == 0, f"a 3yz reply with a status code: {code} {line!r}")
            elif self.enhanced and status != klass:
                excused = status == 0 and klass > 3 and self.refused_hellos > 0
                require(excused, f"no status code of its class: {code} {line!r}")
        if klass > 3 and status_class(lines[0]) == 0 and self.refused_hellos:
            self.refused_hellos -= 1


def run_session(case: dict[str, Json]) -> None:
    only_case_keys(case, "steps", "config", "app")
    steps, config, app = case["steps"], config_of(case, *CONFIG), App(case)
    plans = list(STANDARD)
    positions: set[int] = set()
    for step in steps:
        if "send" in step:
            positions.update(cut_positions(octets_of(step["send"])))
        if "split" in step:
            size = step["split"]
            plans.append(Plan(f"in pieces of {size}", lambda octets, size=size: in_pieces(octets, size)))  # type: ignore[misc]
    plans += [split_plan(position) for position in sorted(positions)]
    plain: Any = None
    for plan in plans:
        try:
            results, player = _play(steps, config, app, plan)
            mine = [result[:3] for result in results], player.log.entries()
            if plain is None:
                plain = mine
                judge = _Judge(config, player)
                for number, (step, result) in enumerate(zip(steps, results, strict=True)):
                    try:
                        judge.judge(step, result)
                    except Fault as fault:
                        raise Fault(f"step {number}: {fault}") from None
            require(mine[0] == plain[0], "other replies, messages or ends than in the plain run")
            require(mine[1] == plain[1], "other events than in the plain run")
        except (Fault, ehlo.Error) as fault:
            raise Fault(f"{plan.name}: {fault}") from fault


# ---- content

VIOLATIONS = {
    "bare-lf": (Seen.BARE_LF, ehlo.ErrorCode.BARE_LF),
    "bare-cr": (Seen.BARE_CR, ehlo.ErrorCode.BARE_CR),
    "line-too-long": (Seen.LONG_LINE, ehlo.ErrorCode.DATA_LINE_TOO_LONG),
    "too-large": (Seen.TOO_LARGE, ehlo.ErrorCode.MESSAGE_TOO_LARGE),
}


def _place_of(violation: str, wire: bytes) -> int | None:
    """Where a bare CR or LF is first, found the plain way."""
    for at, octet in enumerate(wire):
        after_cr = at > 0 and wire[at - 1] == 13
        if violation == "bare-lf" and octet == 10 and not after_cr:
            return at
        if violation == "bare-cr" and after_cr and octet != 10:
            return at - 1
    return None


def _require_place(violation: str, wire: bytes, at: int | None) -> None:
    place = _place_of(violation, wire)
    good = at is not None and (at == place if place is not None else 0 < at < len(wire))
    require(good, f"{violation} is told at {at}, it is at {place}")


def _decode(case: dict[str, Json], wire: bytes, pieces: list[bytes], room: int) -> None:
    config, expect = case.get("config", {}), case["expect"]
    decoder = ehlo.DotDecoder(max_line_octets=config.get("max_line", 0), max_octets=config.get("max_size", 0))
    inbox, body, done, seen = b"", b"", False, Seen(0)
    for piece in pieces:
        inbox += piece
        while not done:
            fed = decoder.feed(inbox, room=room)
            body += b"".join(fed.views)
            inbox, seen, done = inbox[fed.consumed :], fed.violations, fed.done
            require(fed.consumed or len(fed.views) < room, "no octet is consumed, and the pieces ran out")
            if not fed.consumed:
                break
        require(done or len(inbox) <= 3, "more than three octets are not consumed")
    require(done == expect["end"], "the end is found or not")
    wanted, found = expect["violations"], []
    for name, (bit, _) in VIOLATIONS.items():
        at = decoder.first(bit)
        require((bit in seen) == (at is not None), f"the place of {name} does not fit its bit")
        if at is not None:
            _require_place(name, wire, at)
            found.append((at, wanted.index(name) if name in wanted else 9, name))
    require([name for _, _, name in sorted(found)] == wanted, f"the violations are {found}")
    if expect["end"]:
        require(body == octets_of(expect["body"]), f"the body is {body!r}")
        require(inbox == octets_of(expect["rest"]), f"the rest is {inbox!r}")


def _open_data(player: Player) -> None:
    for line in (b"", b"EHLO client.example\r\n", b"MAIL FROM:<a@client.example>\r\n",
                 b"RCPT TO:<bob@mx.example>\r\n", b"DATA\r\n"):  # fmt: skip
        player.send(line, [line])
    replies = read_replies(player.take_replies())
    require(len(replies) == 5 and replies[4][0] == 354, "the session does not get as far as DATA")


def _judge_in_session(case: dict[str, Json], wire: bytes, config: dict[str, Json], **more: Any) -> None:
    """Octet by octet the reply shows where the session sees the end: with its last octet, and not before."""
    expect = case["expect"]
    player = Player(config, App({}), ONE_OCTET, **more)
    _open_data(player)
    rest = octets_of(expect["rest"]) if expect["end"] else b""
    content = wire[: len(wire) - len(rest)]
    for at in range(len(content)):
        require(not player.take_replies(), f"a reply after {at} octets, before the end of data")
        player.send(content[at : at + 1])
    replies = read_replies(player.take_replies())
    told, false_end, asked = [], False, 0
    for event, entry in player.log.events:
        asked += isinstance(event, e.Message)
        if isinstance(event, e.Violation):
            error, offset = dict(entry[4:])["error"], dict(entry[4:])["offset"]
            false_end |= error == ehlo.ErrorCode.FALSE_END
            for name, (_, code) in VIOLATIONS.items():
                if error == code:
                    _require_place(name, wire, offset)
                    told.append(name)
    require(told == expect["violations"], f"the violations are {told}")
    require(len(replies) == (1 if expect["end"] else 0), f"{len(replies)} replies to the content")
    if not expect["end"]:
        return require(asked == 0, "MESSAGE without an end of data")
    limits = {"line-too-long", "too-large"} & set(told)
    endings = {"bare-lf", "bare-cr"} & set(told) and more["data_endings"] == Ending.REJECT
    refused = bool(limits or false_end or endings)
    require(asked == (0 if refused else 1), "MESSAGE for content that is to be refused, or none")
    require(replies[0][0] >= 500 if refused else replies[0][0] == 250, f"the reply is {replies[0][0]}")
    messages = player.application.messages
    require(len(messages) == (0 if refused else 1), "another number of messages")
    if not refused:
        require(messages[0].body == octets_of(expect["body"]), f"the body is {messages[0].body!r}")
    return None


def _cut_in_session(wire: bytes, given: list[bytes], config: dict[str, Json], **more: Any) -> None:
    plans = [*STANDARD, *map(split_plan, cut_positions(wire))]
    plans.append(replace(WHOLE, name="as given", cut=lambda octets: given))
    plain: Any = None
    for plan in plans:
        player = Player(config, App({}), plan, **more)
        _open_data(player)
        player.send(wire)
        mine = player.take_replies(), player.log.entries()
        plain = mine if plain is None else plain
        require(mine == plain, f"{plan.name}: not as in the plain run")


def run_data(case: dict[str, Json]) -> None:
    only_case_keys(case, "chunks", "config", "expect")
    only_keys(case["expect"], ["end", "body", "rest", "violations"], "expect")
    config = config_of(case, "max_line", "max_size")
    given = [octets_of(chunk) for chunk in case["chunks"]]
    wire = b"".join(given)
    _decode(case, wire, [wire], 256)
    _decode(case, wire, [wire], 8)
    _decode(case, wire, in_pieces(wire, 1), 8)
    _decode(case, wire, given, 256)
    for position in cut_positions(wire):
        _decode(case, wire, split_at(wire, position), 64)
    session = {key: value for key, value in config.items() if key not in ("max_line", "max_size")}
    session["size_limit"] = config.get("max_size", 0)
    for endings in (Ending.ACCEPT, Ending.REJECT):
        more = {"data_endings": endings, "max_data_line_octets": config.get("max_line", 0)}
        _judge_in_session(case, wire, session, **more)
        _cut_in_session(wire, given, session, **more)
