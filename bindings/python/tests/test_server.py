"""The server session without a connection."""

from __future__ import annotations

import array

import pytest

import ehlo
from ehlo import Ask, Ending, ErrorCode, Extension, Fact, Param, TimeoutKind, Verb, Want
from ehlo import events as e

CONFIG = ehlo.ServerConfig(hostname="mx.example")


def opened(config: ehlo.ServerConfig = CONFIG, hello: bytes = b"EHLO client.example\r\n") -> ehlo.Server:
    server = ehlo.Server(config)
    assert server.advance().output == b"220 mx.example ESMTP\r\n"
    progress = server.advance(hello)
    assert progress.consumed == len(hello)
    assert progress.output.startswith(b"250")
    return server


def run(server: ehlo.Server, data: bytes) -> tuple[list[e.Event], bytes]:
    """Everything that comes of the input, with every ask accepted."""
    events, output = [], b""
    while True:
        progress = server.advance(data)
        data = data[progress.consumed :]
        events += progress.events
        output += progress.output
        for event in progress.events:
            if event.id:
                server.accept(event)
        if not progress.again:
            return events, output


def test_a_message_walks_through() -> None:
    server = opened()
    wire = (
        b'MAIL FROM:<a@client.example> SIZE=12 BODY=8BITMIME\r\nRCPT TO:<"b c"@mx.example> NOTIFY=SUCCESS,DELAY\r\n'
        b"DATA\r\n..hi\r\nyou\r\n.\r\nQUIT\r\n"
    )
    events, output = run(server, wire)
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
    assert close.error == ErrorCode.OK
    assert [line[:3] for line in output.split(b"\r\n")] == [b"250", b"250", b"354", b"250", b"221", b""]
    assert server.wants == Want.CLOSE


def test_a_decline_needs_no_words() -> None:
    server = opened()
    (mail,) = server.advance(b"MAIL FROM:<>\r\n").events
    server.decline(mail)
    assert server.output() == b"451 4.3.0 Requested action aborted: local error in processing\r\n"
    with pytest.raises(ehlo.AnswerError):
        server.decline(mail)


def test_views_are_of_the_buffer_itself() -> None:
    server = opened()
    buffer = bytearray(b"MAIL FROM:<a@client.example>\r\n")
    consumed, events = server.receive(buffer)
    mail = events[0]
    assert consumed == len(buffer)
    assert isinstance(mail, e.Mail)
    buffer[11:12] = b"z"
    assert mail.path.address == "z@client.example"
    with pytest.raises(BufferError):
        buffer.clear()


def test_a_repaired_ending_is_a_piece_of_no_buffer() -> None:
    server = opened(ehlo.ServerConfig(hostname="mx.example", data_endings=Ending.NORMALIZE))
    events, _ = run(server, b"MAIL FROM:<>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\none\ntwo\r\n.\r\n")
    bodies = [event for event in events if isinstance(event, e.Body)]
    assert b"".join(map(bytes, bodies)) == b"one\r\ntwo\r\n"
    assert sum(map(len, bodies)) == 10
    assert any(isinstance(event, e.Violation) and event.error == ErrorCode.BARE_LF for event in events)


def test_recipients_are_decided_in_any_order() -> None:
    server = opened()
    data = b"MAIL FROM:<>\r\n"
    server.accept(server.advance(data).events[0])
    assert server.advance().output.startswith(b"250 2.1.0")
    first, second = server.advance(b"RCPT TO:<a@mx.example>\r\nRCPT TO:<b@mx.example>\r\n").events
    server.reply(second, 550, "no such user", enhanced="5.1.1")
    assert server.advance().output == b""
    assert Want.ANSWER in server.wants
    server.accept(first.id)
    lines = server.advance().output.split(b"\r\n")
    assert lines[-3][:9] == b"250 2.1.5"
    assert lines[-2] == b"550 5.1.1 no such user"


def test_answers_that_do_not_fit_are_refused_and_change_nothing() -> None:
    server = opened()
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


def test_a_rejected_line_tells_its_error() -> None:
    server = opened()
    progress = server.advance(b"MAIL FROM:<a b>\r\n")
    (rejected,) = progress.events
    assert isinstance(rejected, e.Rejected)
    assert (rejected.error, rejected.code, rejected.offset) == (ErrorCode.BAD_SENDER, 501, 12)
    assert bytes(rejected.line or b"") == b"MAIL FROM:<a b>"
    assert ehlo.error_info(rejected.error).name == "bad-sender"
    assert repr(rejected) == "Rejected(error=<ErrorCode.BAD_SENDER: -41>, code=501)"


def test_starttls_drops_plaintext_and_begins_again() -> None:
    config = ehlo.ServerConfig(hostname="mx.example", extensions=Extension.DEFAULT | Extension.STARTTLS)
    server = opened(config)
    events, output = run(server, b"STARTTLS\r\nMAIL FROM:<>\r\n")
    assert [type(event) for event in events] == [e.StartTls]
    assert output.startswith(b"220 2.0.0")
    assert server.wants == Want.TLS
    assert server.timeout.kind == TimeoutKind.TLS
    server.tls_started()
    (plaintext,) = server.advance().events
    assert isinstance(plaintext, e.Plaintext)
    assert plaintext.octets == 14
    with pytest.raises(ehlo.StateError):
        server.tls_started()
    assert Fact.TLS in server.facts
    assert run(server, b"MAIL FROM:<>\r\n")[1].startswith(b"503")


def test_authentication_by_challenge() -> None:
    config = ehlo.ServerConfig(
        hostname="mx.example",
        extensions=Extension.DEFAULT | Extension.AUTH,
        mechanisms=["PLAIN", "X-OWN"],
        plaintext_auth=True,
    )
    server = opened(config)
    (ask,) = server.advance(b"auth plain\r\n").events
    assert isinstance(ask, e.Auth)
    assert (ask.mechanism, ask.response) == ("PLAIN", None)
    server.challenge(ask, b"")
    assert server.advance().output == b"334 \r\n"
    (response,) = server.advance(ehlo.encode_base64(b"\0user\0secret") + b"\r\n").events
    assert isinstance(response, e.AuthResponse)
    assert response.secret
    assert repr(response) == f"AuthResponse#{response.id}(response=...)"
    plain = ehlo.parse_plain(ehlo.decode_base64(response.response or b""))
    assert plain == ("", "user", "secret")
    server.accept(response)
    assert server.advance().output.startswith(b"235 2.7.0")
    assert server.protocol_name == "ESMTPA"
    assert Fact.AUTHENTICATED in server.facts


def test_no_part_of_a_line_that_may_hold_a_password_is_shown() -> None:
    from ehlo import Rule, RuleScope

    rules = [Rule("*", RuleScope.VERB)]
    config = ehlo.ServerConfig(
        hostname="mx.example",
        extensions=Extension.DEFAULT | Extension.AUTH,
        mechanisms=["PLAIN"],
        rules=rules,
        plaintext_auth=True,
    )
    server = opened(config)
    rejected, command = server.advance(b"AUTH XOTHER\r\nAHVzZXIAc2VjcmV0 AGhpZGRlbg\r\n").events
    assert rejected.secret
    assert command.secret
    assert repr(command) == f"Command#{command.id}(verb=<Verb.UNKNOWN: 0>, argument=...)"


def test_rules_offer_parameters_verbs_and_lines() -> None:
    from ehlo import Rule, RuleAction, RuleScope

    rules = [
        Rule("XVERB", RuleScope.VERB),
        Rule("XSIZE 7", RuleScope.EHLO),
        Rule("XP", RuleScope.MAIL, RuleAction.OFFER, 40),
        Rule("*", RuleScope.RCPT, RuleAction.IGNORE),
    ]
    server = ehlo.Server(ehlo.ServerConfig(hostname="mx.example", rules=rules))
    server.advance()
    assert b"XSIZE 7\r\n" in server.advance(b"EHLO c.example\r\n").output
    (command,) = server.advance(b"xverb one two\r\n").events
    assert isinstance(command, e.Command)
    assert (command.keyword, bytes(command.argument or b"")) == ("xverb", b"one two")
    server.reply(command, 250, "done")
    (mail,) = server.advance(b"MAIL FROM:<> XP=1\r\n").events
    assert isinstance(mail, e.Mail)
    assert [(p.name, p.decoded, p.id) for p in mail.params] == [("XP", "1", ehlo.ParamId.UNKNOWN)]
    server.accept(mail)
    (rcpt,) = server.advance(b"RCPT TO:<b@mx.example> FOO=1\r\n").events
    assert isinstance(rcpt, e.Rcpt)
    assert rcpt.params == []


def test_what_is_asked_is_the_programs_choice() -> None:
    server = ehlo.Server(ehlo.ServerConfig(hostname="mx.example", asks=Ask.GREETING | Ask.HELLO))
    (greeting,) = server.advance().events
    assert isinstance(greeting, e.Greeting)
    server.reply(greeting, 220, "at your service")
    assert server.advance().output == b"220 mx.example at your service\r\n"
    (hello,) = server.advance(b"EHLO [192.0.2.1]\r\n").events
    assert isinstance(hello, e.Hello)
    assert (hello.host, hello.verb, hello.host_kind) == ("[192.0.2.1]", Verb.EHLO, ehlo.DomainKind.IPV4)
    server.accept(hello)
    server.advance()
    events, output = run(server, b"MAIL FROM:<>\r\n")
    assert [event.id for event in events] == [0]
    assert output.startswith(b"250 2.1.0")


def test_plain_verbs_are_commands_of_which_the_program_answers_some() -> None:
    config = ehlo.ServerConfig(hostname="mx.example", command_asks=[Verb.VRFY])
    server = ehlo.Server(config)
    server.advance()
    told, asked = server.advance(b"noop  x\r\nvrfy bob\r\n").events
    assert isinstance(told, e.Command)
    assert isinstance(asked, e.Command)
    assert (told.id, told.verb, told.keyword, bytes(told.argument or b"")) == (0, Verb.NOOP, "noop", b" x")
    assert (asked.verb, bytes(asked.detach().argument or b"")) == (Verb.VRFY, b"bob")
    assert (asked.path, asked.params) == (None, [])
    assert not asked.smtputf8
    server.decline(asked)
    assert server.output() == b"451 4.3.0 Requested action aborted: local error in processing\r\n"
    (told,) = server.advance(b"HELP\r\n").events
    assert told.id == 0
    assert isinstance(told, e.Command)
    assert told.argument is None
    for wrong in (Verb.MAIL, Verb.UNKNOWN, 300):
        with pytest.raises(ehlo.ArgumentError, match="command_asks"):
            ehlo.ServerConfig(command_asks=[wrong])  # type: ignore[list-item]


def test_a_message_may_be_refused_before_its_end() -> None:
    server = opened()
    with pytest.raises(ehlo.StateError):
        server.refuse_message(550)
    run(server, b"MAIL FROM:<>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\nbad\r\n")
    server.refuse_message(554, "it is bad", enhanced="5.7.1")
    events, output = run(server, b"more\r\n.\r\n")
    assert output == b"554 5.7.1 it is bad\r\n"
    assert not any(isinstance(event, e.Body) for event in events)


def test_the_end_of_a_connection_is_told() -> None:
    server = opened()
    run(server, b"MAIL FROM:<>\r\n")
    server.eof()
    events, _ = run(server, b"")
    assert [type(event) for event in events] == [e.Abort, e.Close]
    assert server.wants == Want.CLOSE
    server = opened()
    server.timed_out()
    events, output = run(server, b"")
    assert output.startswith(b"421 4.4.2")
    server = opened()
    server.shutdown("going down", enhanced="4.3.2")
    assert run(server, b"")[1] == b"421 4.3.2 mx.example going down\r\n"


def test_a_released_session_leaves_its_connection() -> None:
    server = ehlo.Server(CONFIG)
    with pytest.raises(ehlo.StateError):
        server.release()
    server = opened()
    server.release()
    assert server.wants == Want(0)
    client = ehlo.Client(ehlo.ClientConfig(hostname="mx.example"))
    client.open()
    assert client.advance(b"220 there\r\n").output == b"EHLO mx.example\r\n"


@pytest.mark.parametrize(
    "options",
    [
        {"hostname": "not a name"},
        {"hostname": "a\0b"},
        {"hostname": ""},
        {"mechanisms": ["PLAIN;"]},
        {"max_recipients": 3},
        {"max_recipients": -1},
        {"max_recipients": 2**40},
        {"recipient_window": 0},
        {"rules": [ehlo.Rule("bad keyword", ehlo.RuleScope.VERB)]},
        {"reply_queue": 1},
    ],
)
def test_options_out_of_bounds_are_refused(options: dict[str, object]) -> None:
    with pytest.raises((ehlo.ArgumentError, ValueError)):
        ehlo.ServerConfig(**options)  # type: ignore[arg-type]


def test_any_buffer_will_do() -> None:
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
