"""The client session without a connection."""

from __future__ import annotations

from typing import Any

import pytest
from kit import answer, opened

import ehlo
from ehlo import Ending, ErrorCode, Extension, Scope, Verb, Verdict, Want
from ehlo import client_events as c

LINES = ("PIPELINING", "SIZE 1000", "DSN", "CHUNKING", "AUTH PLAIN LOGIN")


def test_a_transaction_has_an_outcome_for_each_recipient() -> None:
    client = opened(*LINES, plaintext_auth=True)
    assert client.size_limit == 1000
    assert Extension.DSN in client.extensions
    envelope = ehlo.Envelope("a@client.example", size=7, params=[ehlo.param("ENVID", "x y")])
    assert envelope.add("b@mx.example", [ehlo.param("NOTIFY", ehlo.Notify.FAILURE | ehlo.Notify.DELAY)]) == 0
    assert envelope.add("nobody@mx.example") == 1
    number = client.transact(envelope)
    assert client.transaction == number
    assert client.output() == (
        b"MAIL FROM:<a@client.example> ENVID=x+20y SIZE=7\r\nRCPT TO:<b@mx.example> NOTIFY=FAILURE,DELAY\r\n"
        b"RCPT TO:<nobody@mx.example>\r\nDATA\r\n"
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


@pytest.mark.parametrize("text", ["a@b\r\nRCPT TO:<x@y>", "a@b\n", "a\0@b", "a b@c", "<a@b>", "a@b> SIZE=1", "a@[::1]"])
def test_nothing_that_breaks_a_command_can_leave(text: str) -> None:
    client = opened(*LINES, plaintext_auth=True)
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


def awaiting_content(*params: ehlo.SentParam, **options: Any) -> ehlo.Client:
    client = opened("BINARYMIME", "CHUNKING", **options)
    client.mail("a@client.example", params)
    answer(client, b"250 ok\r\n")
    client.rcpt("b@mx.example")
    answer(client, b"250 ok\r\n")
    return client


def test_content_that_may_not_be_sent_is_refused_with_its_position() -> None:
    client = awaiting_content()
    client.data()
    answer(client, b"354 go\r\n")
    client.body(b"fine\r\n", last=False)
    with pytest.raises(ehlo.ContentError) as refusal:
        client.body(b"so\nbad", last=True)
    assert (refusal.value.error, refusal.value.offset) == (ErrorCode.BARE_LF, 8)
    assert str(refusal.value) == "bare-lf at 8"


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
    client = awaiting_content(data_endings=endings, refuse_nul=nul)
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
    client = opened(*LINES, plaintext_auth=True)
    for call in (client.bdat, client.body, client.body_copy):
        with pytest.raises(ehlo.StateError) as refusal:
            call(b"x\r\n", last=True)
        assert refusal.value.offset is None
        assert str(refusal.value) == "state"


def test_a_chunk_may_have_a_nul_unless_it_is_refused_and_a_binary_one_anything() -> None:
    for text, client in (
        (b"a\0b", awaiting_content()),
        (b"\n.\n\0\r", awaiting_content(("BODY", "BINARYMIME"), refuse_nul=True)),
    ):
        client.bdat(text, last=True)
        assert client.output() == b"BDAT %d LAST\r\n" % len(text)


def test_commands_of_the_programs_own() -> None:
    client = opened(*LINES, plaintext_auth=True)
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
    for wrong in (Verb.UNKNOWN, Verb.QUIT, "MAIL", "X X"):
        with pytest.raises(ehlo.ArgumentError):
            client.command(wrong)


def test_an_option_may_be_switched_off() -> None:
    client = opened("PIPELINING", pipelining=False)
    client.transact(ehlo.Envelope("", ["b@mx.example"]))
    assert client.output() == b"MAIL FROM:<>\r\n"


def test_any_keyword_that_the_server_announces_is_found() -> None:
    assert ehlo.Client(ehlo.ClientConfig()).offers("SIZE") is None
    client = opened("SIZE 1000", "X-OWN a  b", "DSN")
    found = [client.offers(keyword) for keyword in ("size", "x-own", "DSN", "X", "")]
    assert found == ["1000", "a  b", "", None, None]


def test_a_released_client_leaves_its_connection_to_a_server() -> None:
    """ATRN (RFC 2645): after the 250 the roles of the two sides change."""
    client = opened(*LINES, plaintext_auth=True)
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
