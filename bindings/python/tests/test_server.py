"""The server session without a connection."""

from __future__ import annotations

import array
from typing import Any

import pytest
from kit import greeted, played

import ehlo
from ehlo import Ask, Ending, ErrorCode, Extension, Fact, Param, TimeoutKind, Verb, Want
from ehlo import events as e

CONFIG = ehlo.ServerConfig(hostname="mx.example")
PASSWORDS: dict[str, Any] = {
    "extensions": Extension.DEFAULT | Extension.AUTH,
    "mechanisms": ["PLAIN", "X-OWN"],
    "plaintext_auth": True,
}


def test_a_message_from_greeting_to_quit() -> None:
    server = greeted()
    wire = (
        b'MAIL FROM:<a@client.example> SIZE=12 BODY=8BITMIME\r\nRCPT TO:<"b c"@mx.example> NOTIFY=SUCCESS,DELAY\r\n'
        b"DATA\r\n..hi\r\nyou\r\n.\r\nQUIT\r\n"
    )
    events, output = played(server, wire)
    assert [type(event) for event in events] == [e.Mail, e.Rcpt, e.Data, e.Body, e.Message, e.Quit, e.Close]
    mail, rcpt, _, body, message, _, close = events
    assert isinstance(mail, e.Mail)
    assert (mail.path.address, mail.size, bytes(mail.path)) == ("a@client.example", 12, b"<a@client.example>")
    assert [(param.name, param.decoded) for param in mail.params] == [("SIZE", 12), ("BODY", ehlo.BodyType(1))]
    assert isinstance(rcpt, e.Rcpt)
    assert (rcpt.index, bytes(rcpt.path.local), rcpt.path.local_value) == (0, b'"b c"', "b c")
    notify = rcpt.param("notify")
    assert isinstance(notify, Param)
    assert notify.decoded == ehlo.Notify.SUCCESS | ehlo.Notify.DELAY
    assert rcpt.param("ORCPT") is None
    assert isinstance(body, e.Body)
    assert bytes(body) == b".hi\r\nyou\r\n"
    assert len(body) == 10
    assert b"".join(body.views) == bytes(body)
    assert isinstance(message, e.Message)
    assert message.octets == 10
    assert isinstance(close, e.Close)
    assert close.error is ErrorCode.OK
    assert [line[:3] for line in output.split(b"\r\n")] == [b"250", b"250", b"354", b"250", b"221", b""]
    assert server.wants == Want.CLOSE


def test_views_are_of_the_buffer_itself() -> None:
    server = greeted()
    buffer = bytearray(b"MAIL FROM:<a@client.example>\r\n")
    consumed, events = server.receive(buffer)
    mail = events[0]
    assert consumed == len(buffer)
    assert isinstance(mail, e.Mail)
    buffer[11:12] = b"z"
    assert mail.path.address == "z@client.example"


def test_a_repaired_line_end_is_a_constant_piece() -> None:
    server = greeted(data_endings=Ending.NORMALIZE)
    events, _ = played(server, b"MAIL FROM:<>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\none\ntwo\r\n.\r\n")
    bodies = [event for event in events if isinstance(event, e.Body)]
    assert b"".join(map(bytes, bodies)) == b"one\r\ntwo\r\n"
    assert b"".join(view for body in bodies for view in body.views) == b"one\r\ntwo\r\n"
    assert sum(map(len, bodies)) == 10
    assert any(isinstance(event, e.Violation) and event.error == ErrorCode.BARE_LF for event in events)


def test_answers_that_do_not_fit_are_refused_and_change_nothing() -> None:
    server = greeted()
    ask = server.advance(b"MAIL FROM:<>\r\n").events[0]
    for code, text, enhanced in [
        (354, "", None),
        (99, "", None),
        (-1, "", None),
        (550, "a\0b", None),
        (550, "", "2.1.1"),
        (550, "", "5.1"),
        (550, "", "5.01.1"),
        (550, "", "5.1.1\0"),
        (550, "", "5.1.\u0661"),
    ]:
        with pytest.raises(ehlo.ArgumentError):
            server.reply(ask, code, text, enhanced=enhanced)
    with pytest.raises(ehlo.AnswerError) as refusal:
        server.accept(ask.id + 1)
    assert refusal.value.fault == ehlo.Fault.PROGRAM
    with pytest.raises(ehlo.AnswerError):
        server.reply(0, 550)
    with pytest.raises(ehlo.ArgumentError):
        server.challenge(ask, b"x")
    server.reply(ask, 250, "welcome\nand good day")
    assert server.advance().output == b"250-2.1.0 welcome\r\n250 2.1.0 and good day\r\n"
    with pytest.raises(ehlo.AnswerError):
        server.accept(ask)
    (ask,) = server.advance(b"RCPT TO:<b@mx.example>\r\n").events
    server.decline(ask.id)
    assert server.output() == b"451 4.3.0 Requested action aborted: local error in processing\r\n"
    with pytest.raises(ehlo.AnswerError):
        server.decline(ask)


def test_a_session_starts_tls() -> None:
    server = greeted(extensions=Extension.DEFAULT | Extension.STARTTLS)
    _, output = played(server, b"STARTTLS\r\n")
    assert output.startswith(b"220 2.0.0")
    assert server.wants == Want.TLS
    assert server.timeout.kind == TimeoutKind.TLS
    server.tls_started()
    with pytest.raises(ehlo.StateError):
        server.tls_started()
    assert Fact.TLS in server.facts


def test_no_part_of_a_line_that_may_hold_a_password_is_shown() -> None:
    server = greeted(**PASSWORDS, unknown_verbs=ehlo.Unknown.OFFER)
    rejected, command = server.advance(b"AUTH XOTHER\r\nAHVzZXIAc2VjcmV0 AGhpZGRlbg\r\n").events
    assert rejected.secret
    assert command.secret
    assert repr(command) == f"Command#{command.id}(verb=<Verb.UNKNOWN: 0>, argument=...)"
    server = greeted(**PASSWORDS)
    (rejected,) = server.advance(b"MAIL FROM:<a b>\r\n").events
    assert repr(rejected) == "Rejected(error=<ErrorCode.BAD_SENDER: -41>, code=501)"
    (ask,) = server.advance(b"auth plain\r\n").events
    server.challenge(ask, "")
    (response,) = server.advance(ehlo.encode_base64(b"\0user\0secret") + b"\r\n").events
    assert response.secret
    assert repr(response) == f"AuthResponse#{response.id}(response=...)"
    server.accept(response)
    assert server.protocol_name == "ESMTPA"
    assert Fact.AUTHENTICATED in server.facts


def test_only_the_configured_questions_are_asked() -> None:
    server = ehlo.Server(ehlo.ServerConfig(hostname="mx.example", asks=Ask.GREETING))
    (greeting,) = server.advance().events
    assert isinstance(greeting, e.Greeting)
    server.reply(greeting, 220, "at your service")
    assert server.advance().output == b"220 mx.example at your service\r\n"
    events, output = played(server, b"EHLO [192.0.2.1]\r\nMAIL FROM:<>\r\n")
    assert [event.id for event in events] == [0, 0]
    assert output.endswith(b"250 2.1.0 Sender ok\r\n")


def test_a_shutdown_by_the_program_ends_the_session() -> None:
    server = greeted()
    with pytest.raises(ehlo.StateError):
        server.refuse_message(550)
    played(server, b"MAIL FROM:<>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\nbad\r\n")
    server.refuse_message(554, "it is bad", enhanced="5.7.1")
    events, output = played(server, b"more\r\n.\r\n")
    assert output == b"554 5.7.1 it is bad\r\n"
    assert not any(isinstance(event, e.Body) for event in events)
    server.shutdown("going down", enhanced="4.3.2")
    assert played(server, b"")[1] == b"421 4.3.2 mx.example going down\r\n"
    server = ehlo.Server(CONFIG)
    with pytest.raises(ehlo.StateError):
        server.release()
    server = greeted()
    server.release()
    assert server.wants == Want(0)


def test_plain_verbs_are_commands_of_which_the_program_answers_some() -> None:
    server = greeted(command_asks=[Verb.VRFY])
    reported, asked = server.advance(b"noop  x\r\nvrfy bob\r\n").events
    assert isinstance(reported, e.Command)
    assert isinstance(asked, e.Command)
    assert (reported.id, reported.verb, reported.keyword, bytes(reported.argument or b"")) == (
        0,
        Verb.NOOP,
        "noop",
        b" x",
    )
    assert (asked.verb, bytes(asked.detach().argument or b"")) == (Verb.VRFY, b"bob")
    assert (asked.path, asked.params) == (None, [])
    assert not asked.smtputf8
    server.decline(asked)
    assert server.output() == b"451 4.3.0 Requested action aborted: local error in processing\r\n"
    (reported,) = server.advance(b"HELP\r\n").events
    assert reported.id == 0
    assert isinstance(reported, e.Command)
    assert reported.argument is None
    for wrong in (Verb.MAIL, Verb.UNKNOWN, 300):
        with pytest.raises(ehlo.ArgumentError, match="command_asks"):
            ehlo.ServerConfig(command_asks=[wrong])  # type: ignore[list-item]


def test_input_may_be_any_buffer() -> None:
    line = b"EHLO c.example\r\n"
    for data in (
        line,
        bytearray(line),
        memoryview(line),
        memoryview(bytearray(b"x" + line))[1:],
        array.array("B", line),
    ):
        server = ehlo.Server(CONFIG)
        server.advance()
        progress = server.advance(data)  # type: ignore[arg-type]
        assert progress.consumed == len(line)
        assert isinstance(progress.events[0], e.Hello)
        assert progress.events[0].host == "c.example"
    with pytest.raises((TypeError, BufferError, NotImplementedError)):
        ehlo.Server(CONFIG).advance(memoryview(line)[::2])


def test_output_leaves_in_pieces_as_large_as_asked_for() -> None:
    server = ehlo.Server(CONFIG)
    server.receive()
    pieces = []
    while piece := server.output(7):
        assert len(piece) <= 7
        pieces.append(piece)
    assert b"".join(pieces) == b"220 mx.example ESMTP\r\n"
    assert server.output() == b""
    progress = server.advance(b"EHLO c.example\r\n", room=5)
    assert len(progress.output) == 5
    assert Want.OUTPUT in progress.wants
