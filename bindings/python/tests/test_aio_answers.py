"""The meaning of a handler's results: only what is plainly a yes accepts."""

from __future__ import annotations

import base64
import logging
from typing import Any

import pytest
from kit import Wire, talking, with_method

import ehlo
from ehlo import aio
from ehlo.aio import Refuse
from ehlo.aio.meaning import reply_from_text

FAILED = (451, ["4.3.0 Requested action aborted: local error in processing"])
LOGIN = "AUTH PLAIN " + base64.b64encode(b"\0user\0secret").decode()


def is_failed(reply: tuple[int, list[str]]) -> bool:
    """The greeting and the reply to EHLO have no status code."""
    code, lines = reply
    return (code, [line.removeprefix("4.3.0 ") for line in lines]) == (451, [FAILED[1][0].removeprefix("4.3.0 ")])


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


# ---- authentication

REFUSED = (535, ["5.7.8 Authentication credentials invalid"])
NOT_NOW = (454, ["4.7.0 Temporary authentication failure"])


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("method", ["authenticate", "auth"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, 235),
        (aio.Reply(235, "welcome"), (235, ["2.7.0 welcome"])),
        (aio.Reply(250), 235),
        (None, REFUSED),
        (False, REFUSED),
        (aio.Reply(535, "no", "5.7.8"), (535, ["5.7.8 no"])),
        (Refuse(432, "change it", "4.7.12"), (432, ["4.7.12 change it"])),
        ("535 5.7.8 who are you", (535, ["5.7.8 who are you"])),
        (0, NOT_NOW),
        ("", NOT_NOW),
        (1, NOT_NOW),
        (235, NOT_NOW),
        ("yes", NOT_NOW),
        ("235 2.7.0 welcome", NOT_NOW),
        (b"secret", NOT_NOW),
        ([], NOT_NOW),
        ((True,), NOT_NOW),
        ({"user": "user"}, NOT_NOW),
        (object(), NOT_NOW),
        (aio.Reply, NOT_NOW),
        (aio.Reply(235, "535 who are you"), NOT_NOW),
        (aio.Reply(235, "who are you", "5.7.8"), NOT_NOW),
        (aio.Reply(334, "more"), 454),
        (aio.Reply(True, "x"), 454),
        (aio.Reply(100, "x"), 454),
        (RuntimeError("x"), FAILED),
    ],
)
async def test_only_an_explicit_yes_authenticates(
    method: str, value: Any, expected: Any, late: bool, caplog: pytest.LogCaptureFixture
) -> None:
    handler = with_method(method, value, 0 if late else None)
    async with talking(handler, plaintext_auth=True, mechanisms=["PLAIN"]) as wire:
        reply = await wire.say(LOGIN)
        assert (reply if isinstance(expected, tuple) else reply[0]) == expected
        assert (ehlo.Fact.AUTHENTICATED in wire.connection.session.facts) == (reply[0] == 235)
        user = wire.connection.session.user
        assert user == ("user" if reply[0] == 235 and method == "authenticate" else None)
    if expected == NOT_NOW:
        (message,) = logged(caplog)
        assert message.startswith(f"the handler's {method} returned {type(value).__name__}")
        assert "secret" not in message


# ---- the others


async def ask(wire: Wire, method: str) -> tuple[int, list[str]]:
    """The reply that the method decides."""
    lines = {
        "hello": ["EHLO c.example"],
        "mail": ["MAIL FROM:<>"],
        "rcpt": ["MAIL FROM:<>", "RCPT TO:<b@m>"],
        "data": ["MAIL FROM:<>", "RCPT TO:<b@m>", "DATA"],
        "command": ["XOWN"],
    }
    if method == "connected":
        return await wire.reply()
    await wire.reply()
    if method != "hello":
        await wire.say("EHLO c.example")
    if method in ("message", "receive", "chunk"):
        return await wire.message()
    name = "rcpt" if method == "recipients" else method
    for line in lines.get(name, [name.upper() + (" x" if name in ("vrfy", "expn") else "")]):
        reply = await wire.say(line)
    return reply


METHODS = (
    "connected hello mail rcpt recipients data message receive chunk starttls vrfy expn help noop rset quit command"
)
ACCEPTED = {"connected": 220, "data": 354, "starttls": 220, "vrfy": 252, "expn": 252, "help": 214, "quit": 221}
REFUSALS = {
    "connected": 554,
    "hello": 550,
    "mail": 550,
    "rcpt": 550,
    "recipients": 550,
    "data": 554,
    "message": 554,
    "receive": 554,
    "chunk": 554,
    "starttls": 454,
    "vrfy": 550,
    "expn": 550,
}
TALK = {"help", "noop", "vrfy", "expn", "rset", "quit"}


async def answered(method: str, value: Any, certificate: Any, after: float | None = None) -> tuple[int, list[str]]:
    handler = with_method(method, value, after)
    async with talking(handler, hello=None, rows=[ehlo.VerbRow("XOWN")], tls=certificate.server()) as wire:
        reply = await ask(wire, method)
        if reply[0] not in (220, 354) and method not in ("connected", "rset", "quit"):
            assert (await wire.say("RSET"))[0] == 250  # the session goes on after any answer
        return reply


@pytest.mark.parametrize("method", METHODS.split())
async def test_none_true_and_false_are_the_defaults_of_every_method(method: str, certificate: Any) -> None:
    # `command` that returns None has not served the verb.
    for value in (True,) if method == "command" else (None, True):
        assert (await answered(method, value, certificate))[0] == ACCEPTED.get(method, 250), value
    for value in (None, False) if method == "command" else (False,):
        assert (await answered(method, value, certificate, after=0))[0] == REFUSALS.get(method, 502)


@pytest.mark.parametrize("method", METHODS.split())
@pytest.mark.parametrize("text", ["no such user", "", "99 no", "5500 no", "550x no", "5.1.1.1 is no status code"])
async def test_text_without_a_code_is_a_yes_only_where_nothing_is_decided(
    method: str, text: str, certificate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    code, lines = await answered(method, text, certificate)
    assert code == (ACCEPTED.get(method, 250) if method in TALK else 451), lines
    wrong = (
        [] if method in TALK else [f"the handler's {method} returned str: text without a fitting reply code, refused"]
    )
    assert logged(caplog)[:1] == wrong


@pytest.mark.parametrize("method", METHODS.split())
@pytest.mark.parametrize("after", [None, 0])
async def test_an_exception_is_logged_and_refused(
    method: str, after: float | None, certificate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert is_failed(await answered(method, RuntimeError("the handler is broken"), certificate, after))
    assert logged(caplog)[0] == f"the handler's {method}"


NO_REPLY = "text without a fitting reply code"
CONTRADICTION = "a yes with the code of a refusal"


@pytest.mark.parametrize("method", METHODS.split())
@pytest.mark.parametrize(
    ("value", "what"),
    [
        *((value, "no answer") for value in (0, 1, 250, 550, b"550 no", object(), (550, "no"), {250: "ok"}, Refuse)),
        ("550 2.1.1 no such user", NO_REPLY),
        ("550: no such user", NO_REPLY),
        ("550, no such user", NO_REPLY),
        ("550-a\n551 b", NO_REPLY),
        ("550.", NO_REPLY),
        (" 550 no", NO_REPLY),
        ("\r\n550 no", NO_REPLY),
        ("\0\ufeff550 no", NO_REPLY),
        ("100 no", NO_REPLY),
        ("650 no", NO_REPLY),
        ("5.1.1 no such user", NO_REPLY),
        ("\t5.1.1: no such user", NO_REPLY),
        ("5.1.1", NO_REPLY),
        (aio.Reply(250, "550 no such user"), CONTRADICTION),
        (aio.Reply(250, " 550: no"), CONTRADICTION),
        (aio.Reply(250, "see below\n550 no"), CONTRADICTION),
        (aio.Reply(250, "see below\r550 no"), CONTRADICTION),
        (aio.Reply(250, b"550 no"), CONTRADICTION),  # type: ignore[arg-type]
        (aio.Reply(250, "354 go on"), CONTRADICTION),
        (aio.Reply(250, "5.1.1 no such user"), CONTRADICTION),
        (aio.Reply(250, "4.2.2: full", "2.0.0"), CONTRADICTION),
        (aio.Reply(250, "no", "5.1.1"), CONTRADICTION),
        (aio.Reply(250, "no", "4.1.1"), CONTRADICTION),
        (aio.Reply(354, "550 no"), CONTRADICTION),
        ("250 550 no", CONTRADICTION),
        ("250 2.0.0 550 no", CONTRADICTION),
        ("250 2.0.0 5.1.1 no", CONTRADICTION),
        ("250-see below\n250 550 no", CONTRADICTION),
        ("250 see below\n550 no", CONTRADICTION),
    ],
)
async def test_a_result_that_is_no_answer_never_accepts(
    method: str, value: Any, what: str, certificate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert is_failed(await answered(method, value, certificate))
    returned = f"{type(value).__name__}: {what}, refused"
    if (method, type(value)) == ("recipients", tuple):
        returned = "2 answers for 1 recipients: refused"  # of which neither is one
    assert logged(caplog)[0] == f"the handler's {method} returned {returned}"


@pytest.mark.parametrize("text", ["see below\n550 no", "see below\n 5.1.1 no"])
@pytest.mark.parametrize("method", sorted(TALK))
async def test_no_line_of_a_text_may_begin_with_the_code_of_a_refusal(method: str, text: str, certificate: Any) -> None:
    assert is_failed(await answered(method, text, certificate))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("250 512x octets", "2.1.5 512x octets"),
        ("250 5500 octets", "2.1.5 5500 octets"),
        ("250 queued\nas 550", ["2.1.5 queued", "2.1.5 as 550"]),
        (aio.Reply(250, "5.1.1.1 is an address"), "2.1.5 5.1.1.1 is an address"),
        (aio.Reply(250, "221 of 300", "2.0.0"), "2.0.0 221 of 300"),
    ],
)
async def test_an_acceptance_with_other_numbers_is_one(value: Any, expected: Any, certificate: Any) -> None:
    assert await answered("rcpt", value, certificate) == (250, [expected] if isinstance(expected, str) else expected)


@pytest.mark.parametrize("method", METHODS.split())
@pytest.mark.parametrize("text", ["550 5.7.1 no such user", "451 try later", "550-no\r\n550 such user", "450"])
async def test_text_with_a_code_is_that_reply(method: str, text: str, certificate: Any) -> None:
    code, lines = await answered(method, text, certificate)
    assert code == int(text[:3])
    words = [line.removeprefix("5.7.1 ").removeprefix("4.0.0 ").removeprefix("5.0.0 ") for line in lines]
    assert words == {"550 5": ["no such user"], "451 t": ["try later"], "550-n": ["no", "such user"]}.get(
        text[:5], words
    )


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("550 5.1.1 no such user", aio.Reply(550, "no such user", "5.1.1")),
        ("550 no such user", aio.Reply(550, "no such user")),
        ("250", aio.Reply(250, "")),
        ("250 2.0.0", aio.Reply(250, "", "2.0.0")),
        ("550-5.1.1 no\r\n550 5.1.1 such user\r\n", aio.Reply(550, "no\nsuch user", "5.1.1")),
        ("550-no\n550-such\n550 user", aio.Reply(550, "no\nsuch\nuser")),
        ("250 one\ntwo", aio.Reply(250, "one\ntwo")),
        ("550 4.1.1 no such user", None),
        ("354 5.1.1 go on", None),
        ("550-no\r\n250 yes", None),
        ("550-no\r\nsuch user", None),
        ("650 no", None),
        ("55", None),
        ("550x", None),
        ("\u0665\u0665\u0660 no", None),
    ],
)
def test_a_reply_is_found_in_text(text: str, reply: aio.Reply | None) -> None:
    assert reply_from_text(text) == reply


@pytest.mark.parametrize("value", [aio.Reply(250, "early"), "250 early"])
async def test_chunk_cannot_accept_the_message(value: Any) -> None:
    handler = with_method("chunk", value)
    async with talking(handler) as wire:
        assert await wire.message() == FAILED
    assert handler.messages == []


@pytest.mark.parametrize("code", [354, 334])
async def test_a_reply_of_class_3_accepts_no_recipient(code: int) -> None:
    async with talking(with_method("rcpt", aio.Reply(code, "x"))) as wire:
        await wire.say("MAIL FROM:<>")
        assert await wire.codes("RCPT TO:<b@m>", "DATA") == [451, 503]


@pytest.mark.parametrize("code", [250, 354, 0, True, "550", None])
def test_a_refusal_refuses(code: Any) -> None:
    with pytest.raises(ValueError, match="no refusal"):
        Refuse(code, "x")


# ---- lists of answers


def recipients_and(method: str) -> bytes:
    return b"MAIL FROM:<>\r\nRCPT TO:<a@m>\r\nRCPT TO:<b@m>\r\nRCPT TO:<c@m>\r\n" + (
        b"" if method == "recipients" else b"DATA\r\n"
    )


@pytest.mark.parametrize("method", ["recipients", "message", "receive"])
@pytest.mark.parametrize(
    ("value", "codes", "mistakes"),
    [
        ([True, False, None], [250, "no", 250], 0),
        (["250 ok", "550 5.1.1 no", Refuse(452, "full")], [250, 550, 452], 0),
        (["ok", 250, b"x"], [451, 451, 451], 3),
        ([[None], (None,), {}], [451, 451, 451], 3),
        ([None, None], [451, 451, 451], 1),
        ([None] * 4, [451, 451, 451], 1),
        ([], [451, 451, 451], 1),
        (iter([None] * 3), [451, 451, 451], 1),
        ({0: None, 1: None, 2: None}, [451, 451, 451], 1),
        ("250 all", [250, 250, 250], 0),
        (False, ["no", "no", "no"], 0),
    ],
)
async def test_each_answer_of_a_list_has_its_own_meaning(
    method: str, value: Any, codes: list[Any], mistakes: int, caplog: pytest.LogCaptureFixture
) -> None:
    no = 550 if method == "recipients" else 554

    async with talking(with_method(method, value), protocol=ehlo.Protocol.LMTP, hello="LHLO c.example") as wire:
        wire.send(recipients_and(method))
        assert (await wire.reply())[0] == 250
        if method != "recipients":
            assert await wire.replies(4) == [250, 250, 250, 354]
            wire.send(b"x\r\n.\r\n")
        assert await wire.replies(3) == [no if code == "no" else code for code in codes]
    assert len(logged(caplog)) == mistakes


@pytest.mark.parametrize("method", ["message", "receive"])
async def test_a_list_is_no_answer_to_one_question(method: str, caplog: pytest.LogCaptureFixture) -> None:
    async with talking(with_method(method, [None])) as wire:
        assert await wire.message() == FAILED
    assert logged(caplog) == [f"the handler's {method} returned list: no answer, refused"]
