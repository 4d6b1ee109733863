"""The client session without a connection."""

from __future__ import annotations

import gc

import pytest

import ehlo
from ehlo import Ending, ErrorCode, Extension, Scope, Verb, Verdict, Want
from ehlo import client_events as c

CONFIG = ehlo.ClientConfig(hostname="client.example", plaintext_auth=True)
HELLO = b"250-mx.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-DSN\r\n250-CHUNKING\r\n250 AUTH PLAIN LOGIN\r\n"


def opened(config: ehlo.ClientConfig = CONFIG, hello: bytes = HELLO) -> ehlo.Client:
    client = ehlo.Client(config)
    client.open()
    progress = client.advance(b"220 mx.example\r\n")
    assert progress.output == b"EHLO client.example\r\n"
    (_, ready) = (*progress.events, *client.advance(hello).events)[-2:]
    assert isinstance(ready, c.Ready)
    return client


def test_a_transaction_has_an_outcome_for_each_recipient() -> None:
    client = opened()
    assert client.size_limit == 1000
    assert Extension.DSN in client.extensions
    envelope = ehlo.Envelope("a@client.example", size=7, params=[ehlo.param("ENVID", "x y")])
    assert envelope.add("b@mx.example", [ehlo.param("NOTIFY", ehlo.Notify.FAILURE | ehlo.Notify.DELAY)]) == 0
    assert envelope.add("nobody@mx.example") == 1
    number = client.transact(envelope)
    assert (
        client.output()
        == (
            b"MAIL FROM:<a@client.example> SIZE=7 ENVID=x+20y\r\nRCPT TO:<b@mx.example> NOTIFY=FAILURE,DELAY\r\n"
            b"RCPT TO:<nobody@mx.example>\r\nDATA\r\n"
        )
        or client.transaction == number
    )
    replies = b"250 ok\r\n250 2.1.5 ok\r\n550-5.1.1 no\r\n550 5.1.1 such user\r\n354 go\r\n"
    progress = client.advance(replies)
    outcome = next(event for event in progress.events if isinstance(event, c.Outcome))
    assert (outcome.index, outcome.verdict, outcome.scope) == (1, Verdict.FAILED, Scope.RECIPIENT)
    assert (outcome.code, outcome.enhanced, outcome.lines) == (550, "5.1.1", ["5.1.1 no", "5.1.1 such user"])
    assert Want.BODY in progress.wants
    content = b".hi\r\nx"
    consumed, views = client.body(content, last=True)
    assert consumed == len(content)
    assert b"".join(views) == b"..hi\r\nx\r\n.\r\n"
    events = client.advance(b"250 2.0.0 queued\r\n").events
    assert [type(event) for event in events] == [c.Result, c.Outcome, c.Done]
    accepted = events[1]
    assert isinstance(accepted, c.Outcome)
    assert (accepted.transaction, accepted.index, accepted.verdict) == (number, 0, Verdict.ACCEPTED)
    client.quit()
    assert client.advance().output == b"QUIT\r\n"
    assert isinstance(client.advance(b"221 bye\r\n").events[-1], c.Closed)
    assert client.wants == Want.CLOSE


def test_a_lost_connection_behind_the_content_leaves_unknown() -> None:
    client = opened()
    client.transact(ehlo.Envelope("", ["b@mx.example"]))
    client.output()
    client.advance(b"250 ok\r\n250 ok\r\n354 go\r\n")
    client.body_copy(b"x\r\n", last=True)
    client.eof()
    events = client.advance().events
    outcome = next(event for event in events if isinstance(event, c.Outcome))
    assert outcome.verdict == Verdict.UNKNOWN
    failed = events[-1]
    assert isinstance(failed, c.Failed)
    assert failed.error == ErrorCode.CONNECTION_LOST


def test_what_the_server_lacks_is_named() -> None:
    client = opened(hello=b"250 mx.example\r\n")
    with pytest.raises(ehlo.NotOfferedError) as refusal:
        client.transact(ehlo.Envelope("a@client.example", ["\u00fc@mx.example"]))
    assert Extension.SMTPUTF8 in refusal.value.lacks
    with pytest.raises(ehlo.NotOfferedError):
        client.auth("PLAIN", b"x")
    assert client.output() == b""


@pytest.mark.parametrize("text", ["a@b\r\nRCPT TO:<x@y>", "a@b\n", "a\0@b", "a b@c", "<a@b>", "a@b> SIZE=1", "a@[::1]"])
def test_nothing_that_breaks_a_command_can_leave(text: str) -> None:
    client = opened()
    with pytest.raises(ehlo.ArgumentError):
        client.mail(text)
    with pytest.raises(ehlo.ArgumentError):
        ehlo.Envelope(text)
    envelope = ehlo.Envelope("a@client.example")
    with pytest.raises(ehlo.ArgumentError):
        envelope.add(text)
    with pytest.raises(ehlo.ArgumentError):
        client.mail("a@client.example", [("ENVID", text + " \r\n")])
    with pytest.raises((ehlo.ArgumentError, ehlo.NotOfferedError)):
        client.mail("a@client.example", [(text, "1")])
    assert len(envelope) == 0
    assert client.advance().output == b""


def test_content_that_may_not_be_sent_is_refused_with_its_position() -> None:
    client = opened()
    client.mail("a@client.example")
    client.rcpt("b@mx.example")
    client.output()
    client.advance(b"250 ok\r\n250 ok\r\n")
    client.data()
    assert client.output() == b"DATA\r\n"
    client.advance(b"354 go\r\n")
    client.body(b"fine\r\n", last=False)
    with pytest.raises(ehlo.ProtocolError) as refusal:
        client.body(b"so\nbad", last=True)
    assert (refusal.value.error, refusal.value.offset) == (ErrorCode.BARE_LF, 8)
    assert str(refusal.value) == "bare-lf at 8"


def awaiting_chunks(config: ehlo.ClientConfig = CONFIG, *params: ehlo.SentParam) -> ehlo.Client:
    client = opened(config, b"250-mx.example\r\n250-BINARYMIME\r\n250 CHUNKING\r\n")
    client.mail("a@client.example", params)
    client.output()
    client.advance(b"250 ok\r\n")
    client.rcpt("b@mx.example")
    client.output()
    client.advance(b"250 ok\r\n")
    return client


@pytest.mark.parametrize(
    ("text", "error", "offset"),
    [
        (b"\nb", ErrorCode.BARE_LF, 4),
        (b"b\r", ErrorCode.BARE_CR, 5),
        (b"\r\n\0.\r\n", ErrorCode.FALSE_END, 7),
        (b"b\0", ErrorCode.NUL, 5),
    ],
)
@pytest.mark.parametrize("endings", [Ending.REJECT, Ending.NORMALIZE])
def test_a_chunk_of_text_that_may_not_be_sent_is_refused_with_its_position(
    endings: Ending, text: bytes, error: ErrorCode, offset: int
) -> None:
    nul = error == ErrorCode.NUL
    client = awaiting_chunks(ehlo.ClientConfig(hostname="client.example", data_endings=endings, refuse_nul=nul))
    client.bdat(bytearray(b"fine"), last=False)
    assert client.output() == b"BDAT 4\r\n"
    client.advance(b"250 ok\r\n")
    with pytest.raises(ehlo.ContentError) as refusal:
        client.bdat(text, last=True)
    assert (refusal.value.error, refusal.value.offset) == (error, offset)
    assert client.output() == b""
    client.bdat(memoryview(b"\r\n"), last=True)
    assert client.output() == b"BDAT 2 LAST\r\n"


def test_a_refused_call_for_content_has_no_position() -> None:
    client = opened()
    for call in (client.bdat, client.body, client.body_copy):
        with pytest.raises(ehlo.StateError) as refusal:
            call(b"x\r\n", last=True)
        assert refusal.value.offset is None
        assert str(refusal.value) == "state"


def test_a_nul_in_a_chunk_is_sent_unless_it_is_refused() -> None:
    client = awaiting_chunks()
    client.bdat(b"a\0b", last=True)
    assert client.output() == b"BDAT 3 LAST\r\n"


def test_a_binary_chunk_is_not_looked_at() -> None:
    config = ehlo.ClientConfig(hostname="client.example", refuse_nul=True)
    client = awaiting_chunks(config, ("BODY", "BINARYMIME"))
    client.bdat(b"\n.\n\0\r", last=True)
    assert client.output() == b"BDAT 5 LAST\r\n"


def test_a_chunk_needs_a_server_that_takes_chunks() -> None:
    client = opened(hello=b"250 mx.example\r\n")
    client.mail("a@client.example")
    client.output()
    client.advance(b"250 ok\r\n")
    client.rcpt("b@mx.example")
    client.output()
    client.advance(b"250 ok\r\n")
    with pytest.raises(ehlo.NotOfferedError) as refusal:
        client.bdat(b"x\r\n", last=True)
    assert refusal.value.lacks == Extension.CHUNKING


def test_a_sasl_exchange() -> None:
    client = opened()
    client.auth("LOGIN")
    assert client.output() == b"AUTH LOGIN\r\n"
    (challenge,) = client.advance(b"334 VXNlcm5hbWU6\r\n").events
    assert isinstance(challenge, c.Challenge)
    assert ehlo.decode_base64(challenge.text) == b"Username:"
    client.auth_respond("user")
    assert ehlo.Fact.SECRET_OUTPUT in client.facts
    assert client.output() == b"dXNlcg==\r\n"
    client.advance(b"334 UGFzc3dvcmQ6\r\n")
    client.auth_cancel()
    assert client.output() == b"*\r\n"
    reply = client.advance(b"501 5.0.0 cancelled\r\n").events[0]
    assert isinstance(reply, c.Reply)
    assert (reply.verb, reply.code, reply.text) == (Verb.AUTH, 501, "5.0.0 cancelled")


def test_commands_of_the_programs_own() -> None:
    client = opened()
    client.command("XTEST", "one")
    client.output()
    (reply,) = client.advance(b"250-first\r\n250 second\r\n").events
    assert isinstance(reply, c.Reply)
    assert (reply.verb, reply.lines) == (Verb.UNKNOWN, ["first", "second"])
    for verb in (Verb.VRFY, "vrfy"):
        client.command(verb, "bob")
        assert client.output() == b"VRFY bob\r\n"
        (reply,) = client.advance(b"252 ok\r\n").events
        assert reply.verb == Verb.VRFY
    with pytest.raises(ehlo.StateError):
        client.bdat(b"x\r\n", last=True)
    with pytest.raises(ehlo.NotOfferedError, match="EXPN"):
        client.command(Verb.EXPN, "all")
    for wrong in (Verb.UNKNOWN, Verb.QUIT, "MAIL", "X X"):
        with pytest.raises(ehlo.ArgumentError):
            client.command(wrong)
    with pytest.raises(ehlo.NotOfferedError):
        client.command(Verb.VRFY, "b\u00fcb", smtputf8=True)


def test_any_keyword_that_the_server_announces_is_found() -> None:
    client = ehlo.Client(CONFIG)
    assert client.offers("SIZE") is None
    client = opened(hello=b"250-mx.example\r\n250-SIZE 1000\r\n250-X-OWN a  b\r\n250 DSN\r\n")
    found = [client.offers(keyword) for keyword in ("size", "x-own", "DSN", "X", "")]
    assert found == ["1000", "a  b", "", None, None]


def test_lmtp_tells_a_result_for_each_recipient() -> None:
    client = ehlo.Client(ehlo.ClientConfig(hostname="client.example", protocol=ehlo.Protocol.LMTP))
    client.open()
    client.advance(b"220 mx\r\n")
    client.advance(b"250-mx\r\n250 PIPELINING\r\n")
    client.transact(ehlo.Envelope("", ["a@mx", "b@mx"]))
    client.output()
    client.advance(b"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n")
    client.body(b"x\r\n", last=True)
    events = client.advance(b"250 ok\r\n452 4.2.2 full\r\n").events
    verdicts = [(event.index, event.verdict) for event in events if isinstance(event, c.Outcome)]
    assert verdicts == [(0, Verdict.ACCEPTED), (1, Verdict.RETRY)]
    results = [(event.index, event.code) for event in events if isinstance(event, c.Result)]
    assert results == [(0, 250), (1, 452)]


def test_an_envelope_lives_while_a_session_works_on_it() -> None:
    client = opened()
    before = ehlo.live_blocks()
    client.transact(ehlo.Envelope("a@client.example", [f"user{n}@mx.example" for n in range(200)]))
    gc.collect()
    wire = b""
    while piece := client.advance().output:
        wire += piece
    assert wire.startswith(b"MAIL FROM:<a@client.example>")
    client.abort()
    outcomes = [event for event in _drain(client) if isinstance(event, c.Outcome)]
    assert len(outcomes) == 200
    gc.collect()
    assert ehlo.live_blocks() <= before + 1


def _drain(client: ehlo.Client) -> list[c.ClientEvent]:
    events: list[c.ClientEvent] = []
    while True:
        progress = client.advance()
        events += progress.events
        if not progress.again:
            return events


def test_a_released_client_leaves_its_connection_to_a_server() -> None:
    """ATRN (RFC 2645): the 250 turns the connection round."""
    client = opened()
    client.command("ATRN", "client.example")
    client.output()
    with pytest.raises(ehlo.StateError):
        client.release()
    client.advance(b"250 now turned\r\n")
    client.release()
    assert client.wants == Want(0)
    server = ehlo.Server(ehlo.ServerConfig(hostname="client.example"))
    assert server.advance().output.startswith(b"220 client.example")
    assert server.advance(b"EHLO mx.example\r\n").output.startswith(b"250-client.example")
