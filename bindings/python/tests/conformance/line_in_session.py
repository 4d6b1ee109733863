"""A single command line in a session, at every cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ehlo import DomainKind
from ehlo import events as e

from .application import App
from .case import Fault, Json, cut_positions, first_word, is_offered, protocol_of, read_replies, require
from .parsed import ParsedCommand, copied, param_of, path_of
from .player import ONE_OCTET, STANDARD, WHOLE, Plan, Player, split_plan

BESIDE = (e.Violation, e.Abort, e.Close, e.Plaintext, e.Chunk, e.Message)


def _preface(line: bytes, config: dict[str, Json]) -> list[bytes]:
    verb = first_word(line)
    lines = [b""]
    if verb in (b"EHLO", b"HELO", b"LHLO"):
        return lines
    lines.append(b"LHLO client.example\r\n" if protocol_of(config) else b"EHLO client.example\r\n")
    if verb in (b"RCPT", b"DATA", b"BDAT"):
        utf8 = not line.isascii() and is_offered(config, "SMTPUTF8")
        lines.append(b"MAIL FROM:<a@client.example>" + (b" SMTPUTF8\r\n" if utf8 else b"\r\n"))
    if verb in (b"DATA", b"BDAT"):
        lines.append(b"RCPT TO:<bob@mx.example>\r\n")
    return lines


def _command_of(event: e.Event) -> ParsedCommand:
    """Octets are read while the buffer is there: this runs on the events of a plan with immutable input."""
    row = event._row
    text = row[7], row[8]
    view = event._view
    response = event.response if isinstance(event, e.AuthResponse) else None
    return ParsedCommand(
        event.verb,
        event.flags,
        path_of(event.path) if isinstance(event, (e.Mail, e.Rcpt)) else None,
        [param_of(param) for param in event.params] if isinstance(event, (e.Mail, e.Rcpt)) else [],
        None if text[0] == 2**32 - 1 else bytes(view[text[0] : text[0] + text[1]]),
        copied(response),
        event.host_kind if isinstance(event, e.Hello) else DomainKind.NONE,
        event.size if isinstance(event, e.Bdat) else 0,
    )


def _play(line: bytes, config: dict[str, Json], plan: Plan, behind: bool) -> tuple[Any, list[Any], bytes]:
    player = Player(config, App({}), plan)
    for before in _preface(line, config):
        player.send(before, [before])
        replies = read_replies(player.take_replies())
        require(len(replies) == 1 and replies[0][0] < 300, "the session does not get as far as this line")
    start = len(player.log.events)
    player.send((b"NOOP\r\n" if behind else b"") + line)
    wire, entries = player.take_replies(), player.log.entries()
    if behind:
        require(isinstance(player.log.events[start][0], e.Noop), "no event for NOOP")
        wire = wire[wire.index(b"\r\n") + 2 :]
        del entries[start]
        start += 1
    answers = [event for event, _ in player.log.events[start:] if not isinstance(event, BESIDE)]
    require(len(answers) == 1, f"{len(answers)} events for the line")
    if isinstance(answers[0], e.Rejected):
        replies = read_replies(wire)
        require(len(replies) == 1 and replies[0][0] == answers[0].code, "the reply is not that of the rejection")
        return (int(answers[0].error), None, answers[0].code), entries, wire
    command = None if plan.mutable else _command_of(answers[0])
    return (0, command, 0), entries, wire


def run(line: bytes, config: dict[str, Json]) -> tuple[int, ParsedCommand | None, int]:
    """The error, the command, and the code of the reply: of the plain run, and every other run gives the same."""
    runs = [(plan, False) for plan in STANDARD]
    runs += [(split_plan(position), False) for position in cut_positions(line)]
    # In a buffer that begins with something else every offset is another one.
    runs += [(replace(plan, name=plan.name + ", behind NOOP"), True) for plan in (WHOLE, ONE_OCTET)]
    plain: Any = None
    for plan, behind in runs:
        try:
            outcome, entries, wire = _play(line, config, plan, behind)
            if plain is None:
                plain = outcome, entries, wire
            require((entries, wire) == plain[1:], "not as in the plain run")
        except Fault as fault:
            raise Fault(f"{plan.name}: {fault}") from None
    return plain[0]  # type: ignore[no-any-return]
