"""Errors as objects."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from kit import answer, opened

import ehlo
from ehlo import ErrorCode, Extension, aio


@pytest.mark.parametrize(
    "error",
    [
        ehlo.ArgumentError(ErrorCode.ARGUMENT),
        ehlo.ClosedError(),
        ehlo.ArgumentError(ErrorCode.ARGUMENT, detail="max_recipients"),
        ehlo.NotOfferedError(lacks=Extension.SIZE),
        ehlo.NotOfferedError(detail="X-OWN"),
        ehlo.TlsRequiredError(ErrorCode.TLS_REQUIRED),
        ehlo.ContentError(ErrorCode.BARE_LF, 7),
        ehlo.ContentError(ErrorCode.ARGUMENT, 7, "an octet above 127"),
        ehlo.ProtocolError(ErrorCode.BAD_BASE64, 5),
        ehlo.StateError(ErrorCode.STATE),
        aio.Aborted(ErrorCode.CONNECTION_LOST),
        aio.Cancelled(),
        aio.ClientError(ErrorCode.SHUTDOWN, 421, "4.3.2", "later"),
        aio.Refuse(550, "no such user", enhanced="5.1.1"),
        aio.Refuse(451),
    ],
    ids=repr,
)
def test_an_error_survives_a_pickle(error: Exception) -> None:
    error.note = "seen"  # type: ignore[attr-defined]
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


def test_an_error_names_the_wrong_option() -> None:
    calls: list[tuple[str, Any]] = [
        ("max_recipients", lambda: ehlo.ServerConfig(max_recipients=-1)),
        ("max_recipients", lambda: ehlo.ServerConfig(max_recipients=3)),
        ("recipient_window", lambda: ehlo.ServerConfig(recipient_window=0)),
        ("mechanisms", lambda: ehlo.ServerConfig(mechanisms=["PLAIN;"])),
        ("reply_queue", lambda: ehlo.ServerConfig(reply_queue=1)),
        ("max_line_octets", lambda: ehlo.ServerConfig(max_line_octets=1 << 40)),
        ("hostname", lambda: ehlo.ServerConfig(hostname="a\0b")),
        ("hostname", lambda: ehlo.ServerConfig(hostname="not a name")),
        ("hostname", lambda: ehlo.ServerConfig(hostname="")),
        ("rows.verbs", lambda: ehlo.ServerConfig(rows=[ehlo.VerbRow("QUIT")])),
        ("rows.verbs", lambda: ehlo.ServerConfig(rows=[ehlo.VerbRow("bad keyword")])),
        ("rows.name", lambda: ehlo.ServerConfig(rows=[ehlo.VerbRow("X\0")])),
        ("rows.octets", lambda: ehlo.ClientConfig(rows=[ehlo.ParamRow("X", octets=-1)])),
        ("lines", lambda: ehlo.ServerConfig(lines=["SIZE 7"])),
        ("lines.arguments", lambda: ehlo.ServerConfig(lines=["X-OWN a\0b"])),
        ("command_octets", lambda: ehlo.ClientConfig(command_octets=-1)),
        ("replies.lines", lambda: ehlo.ClientConfig(replies=ehlo.ReplyLimits(lines=-1))),
        ("max_auth_line_octets", lambda: ehlo.ClientConfig(max_auth_line_octets=1)),
        ("replies.line_octets", lambda: ehlo.ClientConfig(replies=ehlo.ReplyLimits(line_octets=1))),
        ("batch_events 0", lambda: ehlo.Server(ehlo.ServerConfig(), batch_events=0)),
        ("batch_events 1", lambda: ehlo.Client(ehlo.ClientConfig(), batch_events=1)),
        ("size", lambda: ehlo.Envelope("", size=-1)),
        ("the sender 'no address'", lambda: ehlo.Envelope("no address")),
        ("the recipient 'no address' or a parameter", lambda: ehlo.Envelope("").add("no address", [("X", "1")])),
    ]
    for detail, call in calls:
        with pytest.raises(ehlo.ArgumentError) as refusal:
            call()
        assert refusal.value.detail == detail
        assert str(refusal.value) == f"argument: {detail}"


def test_an_error_names_what_was_not_offered() -> None:
    client = opened("AUTH PLAIN", plaintext_auth=True)
    envelope = ehlo.Envelope("a@client.example", ["\u00fc@mx.example"], params=[("X-OWN", "1")], requiretls=True)

    def chunk() -> None:
        sending = opened()
        sending.mail("a@client.example")
        answer(sending, b"250 ok\r\n")
        sending.rcpt("b@mx.example")
        answer(sending, b"250 ok\r\n")
        sending.bdat(b"x\r\n", last=True)

    calls: dict[str, Any] = {
        "SMTPUTF8 REQUIRETLS": lambda: client.transact(envelope),
        "X-OWN": lambda: client.transact(
            ehlo.Envelope("a@b.example", ["b@m"], params=[("X-OWN", "1"), ("X-TWO", None)])
        ),
        "X-TWO": lambda: client.mail("a@client.example", [("X-TWO", "1")]),
        "DSN": lambda: client.mail("a@client.example", [ehlo.param("RET", ehlo.Ret.HDRS)]),
        "STARTTLS": client.starttls,
        "CRAM-MD5": lambda: client.auth("CRAM-MD5"),
        "EXPN": lambda: client.command(ehlo.Verb.EXPN, "all"),
        "SMTPUTF8": lambda: client.command(ehlo.Verb.VRFY, "b\u00fcb", smtputf8=True),
        "AUTH": lambda: opened(plaintext_auth=True).auth("PLAIN", b"x"),
        "CHUNKING": chunk,
    }
    for words, call in calls.items():
        with pytest.raises(ehlo.NotOfferedError) as refusal:
            call()
        assert str(refusal.value) == f"not-offered: {words}"
    assert client.output() == b""
