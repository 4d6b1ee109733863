"""Senders and recipients: every accepted recipient gets the message, and every outcome is reported."""

from collections.abc import Collection

import pytest

from fleet import offering, over, over_ways
from messages import EIGHT_BIT, INTERNATIONAL, PLAIN, assert_nothing_stored, assert_stored, users
from program import NOT_ACCEPTED, SENDER, Options, Program
from relay import Relay
from server import MX, USERS, Server

# Every tenth one, the first, the last, and two in a row.
REFUSED = {0, USERS - 1, 500, 501} | set(range(7, USERS, 10))
THOUSAND = [f"refused{number}@{MX}" if number in REFUSED else f"r{number}@{MX}" for number in range(USERS)]


@over_ways()
def test_one_recipient(server: Server, program: Program, options: Options) -> None:
    program.deliver(server, PLAIN, users(1), *options)
    assert_stored(server, PLAIN, users(1))


@over_ways()
def test_a_thousand_recipients_of_whom_some_are_refused(server: Server, program: Program, options: Options) -> None:
    result = program.run(server, PLAIN, THOUSAND, *options)
    assert result.code == NOT_ACCEPTED
    assert result.accepted == [number not in REFUSED for number in range(USERS)]
    assert all(text.startswith("550 5.1.1 ") for accepted, text in result.replies if not accepted)
    assert_stored(server, PLAIN, [name for name in THOUSAND if not name.startswith("refused")])


@over_ways()
@pytest.mark.parametrize("refused", [[0], [19], [0, 19], range(19), range(1, 20)], ids=str)
def test_any_recipient_may_be_refused(
    server: Server, program: Program, refused: Collection[int], options: Options
) -> None:
    recipients = [f"refused{number}@{MX}" if number in refused else f"r{number}@{MX}" for number in range(20)]
    result = program.run(server, PLAIN, recipients, *options)
    assert result.accepted == [number not in refused for number in range(20)]
    assert_stored(server, PLAIN, [name for name in recipients if not name.startswith("refused")])


@over_ways()
def test_the_program_waits_only_for_the_replies_that_it_needs(server: Server, program: Program, options: Options) -> None:
    relay = Relay(server)
    result = program.run(server, PLAIN, users(40), *options, port=relay.port)
    assert result.accepted == [True] * 40
    assert_stored(server, PLAIN, users(40))
    sent = relay.sent()
    assert sent.count(b"RCPT TO:") == 40
    assert (b"BDAT " in sent) == ("--chunking" in options)
    if "PIPELINING" in server.offers and "--no-pipelining" not in options:
        assert relay.turns() <= 6
    else:
        # EHLO, MAIL, 40 times RCPT, DATA or BDAT.
        assert relay.turns() >= 43


@over()
def test_the_null_sender(server: Server, program: Program) -> None:
    program.deliver(server, PLAIN, users(2), sender="")
    assert_stored(server, PLAIN, users(2), sender="")


@over()
def test_eight_bit_content_is_announced(server: Server, program: Program) -> None:
    relay = Relay(server)
    assert program.run(server, EIGHT_BIT, users(1), port=relay.port).accepted == [True]
    assert b"BODY=8BITMIME" in relay.sent().split(b"\r\n", 2)[1]
    assert_stored(server, EIGHT_BIT, users(1))


@over()
def test_eight_bit_content_with_the_parameter(server: Server, program: Program) -> None:
    program.deliver(server, EIGHT_BIT, users(1), "--mail-param", "BODY=8BITMIME")
    assert_stored(server, EIGHT_BIT, users(1))


@offering("SMTPUTF8")
@pytest.mark.parametrize("options", [(), ("--mail-param", "SMTPUTF8"), ("--no-pipelining",)], ids=str)
@pytest.mark.parametrize(
    "sender, recipients",
    [
        ("jürgen@bücher.example", [f"用户@{MX}", f"r1@{MX}"]),
        (SENDER, [f"δοκιμή@{MX}"]),
        ("jürgen@client.example", [f"r1@{MX}"]),
    ],
    ids=["both", "recipient", "sender"],
)
def test_addresses_in_utf8(
    server: Server, program: Program, sender: str, recipients: list[str], options: Options
) -> None:
    program.deliver(server, INTERNATIONAL, recipients, *options, sender=sender)
    assert_stored(server, INTERNATIONAL, recipients, sender)


@offering("SMTPUTF8")
def test_a_header_in_utf8_alone(server: Server, program: Program) -> None:
    program.deliver(server, INTERNATIONAL, users(1), "--mail-param", "SMTPUTF8")
    assert_stored(server, INTERNATIONAL, users(1))


@over(lambda kind: "SMTPUTF8" not in kind.offers)
def test_addresses_in_utf8_are_not_sent_without_smtputf8(server: Server, program: Program) -> None:
    relay = Relay(server)
    result = program.run(server, PLAIN, [f"用户@{MX}"], port=relay.port)
    assert result.code != 0 and not any(result.accepted)
    assert all(octet < 0x80 for octet in relay.sent())
    assert_nothing_stored(server)


@offering("DSN")
def test_parameters_reach_the_server(server: Server, program: Program) -> None:
    relay = Relay(server)
    result = program.run(
        server, PLAIN, users(2), "--mail-param", "RET=HDRS", "--mail-param", "ENVID=x-1", "--rcpt-param",
        "NOTIFY=FAILURE,DELAY", port=relay.port,
    )
    assert result.accepted == [True, True]
    sent = relay.sent()
    mail = next(line for line in sent.split(b"\r\n") if line.startswith(b"MAIL FROM:"))
    assert b" RET=HDRS" in mail and b" ENVID=x-1" in mail
    assert sent.count(b"> NOTIFY=FAILURE,DELAY\r\n") == 2
    assert_stored(server, PLAIN, users(2))
