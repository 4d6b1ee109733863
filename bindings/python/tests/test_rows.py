"""Rows of a program's own, in both roles, and those of the library."""

from __future__ import annotations

import pytest
from kit import greeted, opened

import ehlo
from ehlo import Argument, CommandFlag, Extension, ParamOf, RowFlag, ValueKind, ValueNeed, Verb
from ehlo import events as e
from ehlo.constants import PARAM_OWN, VERB_OWN

ROWS: list[ehlo.OwnRow] = [
    ehlo.ExtensionRow("X-PLUS", "9"),
    ehlo.ParamRow("X-LEVEL", "X-PLUS", ValueKind.NUMBER, ValueNeed.REQUIRED, least=-9, most=9, octets=20),
    ehlo.VerbRow("XSHUT", "X-PLUS", flags=CommandFlag.SMTP | CommandFlag.ANY_TIME),
    ehlo.ParamRow("X-WHAT", "X-PLUS", ValueKind.WORDS, commands=ParamOf.RCPT, words="NO THIS THAT"),
    ehlo.VerbRow("XASK", "X-PLUS", yes_code=220, yes_enhanced="2.5.0", yes_text="Asked", no_code=550, no_text="Not"),
    ehlo.ParamRow("X-DROPPED", flags=RowFlag.IGNORED),
    ehlo.ParamRow("X-NAME", "X-PLUS", ValueKind.XTEXT, commands=ParamOf.MAIL | ParamOf.RCPT),
]
CLIENT = ehlo.ClientConfig(hostname="client.example", rows=ROWS)


def test_a_server_serves_a_row_of_each_kind() -> None:
    server = ehlo.Server(ehlo.ServerConfig(hostname="mx.example", rows=ROWS))
    server.advance()
    assert b"250 X-PLUS 9\r\n" in server.advance(b"EHLO c.example\r\n").output
    (mail,) = server.advance(b"MAIL FROM:<> x-level=-3 X-DROPPED=1 X-NAME=a+2Bb SIZE=5\r\n").events
    assert isinstance(mail, e.Mail)
    own = mail.detach()
    for params in (mail.params, own.params):
        assert [(p.name, p.decoded, p.number) for p in params] == [
            ("X-LEVEL", -3, -3),
            ("X-NAME", "a+b", 0),
            ("SIZE", 5, 5),
        ]
    server.accept(mail)
    (rcpt,) = server.advance(b"RCPT TO:<b@mx.example> X-WHAT=this,THAT\r\n").events
    assert isinstance(rcpt, e.Rcpt)
    assert [(p.id, p.decoded) for p in rcpt.params] == [(ehlo.ParamId.UNKNOWN, 6)]
    server.decline(rcpt)
    (command,) = server.advance(b"xshut  up\r\n").events
    assert isinstance(command, e.Command)
    assert (command.verb, command.keyword, bytes(command.argument or b"")) == (VERB_OWN, "xshut", b" up")
    server.accept(command)
    server.advance()
    (refused,) = server.advance(b"RCPT TO:<b@mx.example> X-LEVEL=1\r\n").events
    assert isinstance(refused, e.Rejected)
    assert refused.code == 555


def test_the_default_answers_of_a_verb_are_those_of_its_row() -> None:
    server = greeted(rows=ROWS)
    for answer, expected in ((server.accept, b"220 2.5.0 Asked\r\n"), (server.decline, b"550 5.0.0 Not\r\n")):
        (command,) = server.advance(b"XASK\r\n").events
        assert command.verb == VERB_OWN + 1
        answer(command)
        assert server.output() == expected


def test_unknown_verbs_and_parameters_are_offered_if_configured() -> None:
    config = ehlo.ServerConfig(
        hostname="mx.example",
        lines=["HELP me", "X-BARE"],
        unknown_params=ehlo.Unknown.IGNORE,
        unknown_verbs=ehlo.Unknown.OFFER,
    )
    server = ehlo.Server(config)
    server.advance()
    hello = server.advance(b"EHLO c.example\r\n").output
    assert b"HELP me\r\n" in hello
    assert hello.endswith(b"250 X-BARE\r\n")
    (command,) = server.advance(b"XVERB one two\r\n").events
    assert isinstance(command, e.Command)
    assert (command.verb, command.keyword, bytes(command.argument or b"")) == (Verb.UNKNOWN, "XVERB", b"one two")
    server.reply(command, 250, "done")
    server.advance()
    (mail,) = server.advance(b"MAIL FROM:<> XP=1\r\n").events
    assert isinstance(mail, e.Mail)
    assert mail.params == []


def test_a_client_sends_a_row_of_each_kind_where_it_is_announced() -> None:
    client = opened("X-PLUS 9", rows=ROWS)
    assert client.offers("x-plus") == "9"
    client.command("xshut", "up")
    assert client.output() == b"XSHUT up\r\n"
    (reply,) = client.advance(b"250 ok\r\n").events
    assert reply.verb == VERB_OWN
    params = [("X-LEVEL", "-3"), ("X-NAME", "a+2Bb")]
    envelope = ehlo.Envelope("a@client.example", params=params, config=CLIENT)
    envelope.add("b@mx.example", [("X-WHAT", "THIS,THAT")])
    client.transact(envelope)
    assert client.output() == b"MAIL FROM:<a@client.example> X-LEVEL=-3 X-NAME=a+2Bb\r\n"
    assert client.advance(b"250 ok\r\n").output == b"RCPT TO:<b@mx.example> X-WHAT=THIS,THAT\r\n"


def test_a_client_sends_nothing_of_a_row_that_is_not_announced_or_not_its_own() -> None:
    client = opened(rows=ROWS)
    with pytest.raises(ehlo.NotOfferedError):
        client.mail("a@client.example", [("X-LEVEL", "1")])
    with pytest.raises(ehlo.NotOfferedError):
        client.command("XSHUT", "up")
    client = opened("X-PLUS", rows=ROWS)
    for value in ("10", "+1", "x"):
        with pytest.raises(ehlo.ArgumentError):
            client.mail("a@client.example", [("X-LEVEL", value)])
        with pytest.raises(ehlo.ArgumentError):
            ehlo.Envelope("a@client.example", params=[("X-LEVEL", value)], config=CLIENT)
    assert client.output() == b""


def test_parsers_take_rows() -> None:
    command = ehlo.parse_command(b"MAIL FROM:<> X-LEVEL=7\r\n", rows=ROWS)
    assert [(p.name, p.decoded) for p in command.params] == [("X-LEVEL", 7)]
    assert ehlo.parse_command(b"XASK me\r\n", rows=ROWS).verb == VERB_OWN + 1
    (param,) = ehlo.parse_params(b"X-WHAT=NO", Verb.RCPT, rows=ROWS)
    assert (param._row[0], param.decoded) == (PARAM_OWN + 1, 1)
    with pytest.raises(ehlo.ProtocolError):
        ehlo.parse_params(b"X-LEVEL=7")


def test_a_row_of_the_program_stands_in_the_place_of_the_librarys() -> None:
    row = ehlo.ParamRow("NOTIFY", "DSN", commands=ParamOf.RCPT)
    (param,) = ehlo.parse_params(b"NOTIFY=whatever", Verb.RCPT, rows=[row])
    assert param.decoded == "whatever"
    for fixed in (ehlo.ParamRow("SIZE"), ehlo.VerbRow("STARTTLS"), ehlo.ExtensionRow("CHUNKING")):
        with pytest.raises(ehlo.ArgumentError, match="rows"):
            ehlo.ServerConfig(rows=[fixed])


@pytest.mark.parametrize("of", [*Verb, *ehlo.ParamId, *Extension])
def test_everything_that_has_a_number_has_a_row(of: Verb | ehlo.ParamId | Extension) -> None:
    if not of or (isinstance(of, Extension) and of & (of - 1)):
        with pytest.raises(KeyError):
            ehlo.row_of(of)
        return
    row = ehlo.row_of(of)
    assert row[0] == (ehlo.keyword_of(of) if isinstance(of, Extension) else (of.name or "").replace("_", "-"))


def test_rows_have_the_properties_of_the_library() -> None:
    assert ehlo.row_of(Verb.VRFY)[2:5] == (
        Argument.TEXT,
        ehlo.Follows.NONE,
        CommandFlag.SMTP | CommandFlag.LMTP | CommandFlag.UTF8 | CommandFlag.ENDS_GROUP | CommandFlag.ANY_TIME,
    )
    body = ehlo.row_of(ehlo.ParamId.BODY)
    assert (body.kind, body.words, body.commands) == (ValueKind.WORD, "7BIT 8BITMIME BINARYMIME", ParamOf.MAIL)
    assert ehlo.row_of(Extension.BINARYMIME).needs == "CHUNKING"
    assert ehlo.row_of(Verb.RCPT).yes_enhanced == "2.1.5"
