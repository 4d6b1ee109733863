"""What the server refuses is reported and not stored, and the connection can still be used."""

import pytest

from fleet import WAYS, over, over_ways
from messages import PLAIN, assert_nothing_stored, assert_stored, users
from postfix_server import PostfixServer
from program import BROKEN, NOT_ACCEPTED, Options, Program
from relay import Relay
from server import FULL, MX, REFUSED_AT_THE_END, REFUSED_SENDER, SIZE_LIMIT, Server
from shared import large

NOBODY = [f"refused{number}@{MX}" for number in range(3)]
# Made once: it takes a while.
TOO_LARGE = large(SIZE_LIMIT + 10000)


@over_ways()
def test_no_recipient_is_accepted(server: Server, program: Program, options: Options) -> None:
    result = program.run(server, PLAIN, NOBODY, "--repeat", "2", *options)
    assert (result.code, result.accepted) == (NOT_ACCEPTED, [False] * 6)
    assert all(text.startswith("550 5.1.1 ") for _, text in result.replies)
    assert_nothing_stored(server)


@over_ways(lambda kind: not kind.lmtp)
def test_the_sender_is_refused(server: Server, program: Program, options: Options) -> None:
    result = program.run(server, PLAIN, users(3), "--repeat", "2", *options, sender=REFUSED_SENDER)
    assert (result.code, result.accepted) == (NOT_ACCEPTED, [False] * 6)
    assert all(text[:1] == "5" for _, text in result.replies)
    assert_nothing_stored(server)


@over_ways(lambda kind: not kind.lmtp)
def test_the_message_is_refused_at_its_end(server: Server, program: Program, options: Options) -> None:
    # RFC 2920 3.1: RSET separates two transactions of a group. Without it the next MAIL may be refused as a nested one,
    # and its recipients may be added to the old sender.
    result = program.run(
        server, PLAIN, [*users(2), NOBODY[0]], "--repeat", "2", *options, sender=REFUSED_AT_THE_END
    )
    assert (result.code, result.accepted) == (NOT_ACCEPTED, [False] * 6)
    assert [text[:9] for _, text in result.replies] == ["550 5.7.1", "550 5.7.1", "550 5.1.1"] * 2
    assert_nothing_stored(server)


@over(lambda kind: not kind.lmtp)
def test_a_large_message_is_refused_at_its_end(server: Server, program: Program) -> None:
    content = large(3 << 20)
    result = program.run(server, content, users(1), sender=REFUSED_AT_THE_END)
    assert (result.code, result.accepted) == (NOT_ACCEPTED, [False])
    assert_nothing_stored(server)


@over_ways(lambda kind: "SIZE" in kind.offers)
def test_a_message_above_the_limit_is_not_sent(server: Server, program: Program, options: Options) -> None:
    relay = Relay(server)
    result = program.run(server, TOO_LARGE, users(2), *options, port=relay.port)
    assert result.code in (NOT_ACCEPTED, BROKEN) and not any(result.accepted)
    assert len(relay.sent()) < 10000
    assert_nothing_stored(server)


@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS)
def test_a_limit_that_is_not_announced(postfix: PostfixServer, program: Program, options: Options) -> None:
    result = program.run(postfix, TOO_LARGE, users(2), *options, port=postfix.unsized_port)
    # A server may close the connection in the middle of a too large chunk; with DATA it reads all of it.
    assert result.code in (NOT_ACCEPTED, BROKEN) and not any(result.accepted)
    if "--chunking" not in options:
        assert [text[:9] for _, text in result.replies] == ["552 5.3.4", "552 5.3.4"]
    assert_nothing_stored(postfix)


@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS)
def test_the_server_closes_among_the_recipients(postfix: PostfixServer, program: Program, options: Options) -> None:
    """Postfix sends 421 after the fifth error and closes, although many commands have no reply."""
    recipients = [*users(2), *(f"refused{number}@{MX}" for number in range(100)), *users(100)]
    result = program.run(postfix, PLAIN, recipients, *options, port=postfix.strict_port)
    assert result.code in (NOT_ACCEPTED, BROKEN)
    assert not any(result.accepted)
    assert_nothing_stored(postfix)


@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS)
def test_a_full_mailbox_among_others(dovecot: Server, program: Program, options: Options) -> None:
    """LMTP has a reply for each recipient after the content (RFC 2033 4.2)."""
    recipients = ["r0@" + MX, FULL, "refused@" + MX, "r1@" + MX]
    result = program.run(dovecot, PLAIN, recipients, "--repeat", "2", *options)
    assert (result.code, result.accepted) == (NOT_ACCEPTED, [True, False, False, True] * 2)
    assert [text[:9] for _, text in result.replies] == ["250 2.0.0", "552 5.2.2", "550 5.1.1", "250 2.0.0"] * 2
    assert_stored(dovecot, PLAIN, users(2) * 2)


@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS)
def test_only_a_full_mailbox(dovecot: Server, program: Program, options: Options) -> None:
    result = program.run(dovecot, PLAIN, [FULL], *options)
    assert (result.code, result.accepted) == (NOT_ACCEPTED, [False])
    assert result.replies[0][1].startswith("552 5.2.2 ")
    assert_nothing_stored(dovecot)


@over(lambda kind: not kind.lmtp)
def test_lmtp_to_an_smtp_server(server: Server, program: Program) -> None:
    result = program.run(server, PLAIN, users(1), "--lmtp")
    assert result.code == BROKEN and not any(result.accepted)
    assert_nothing_stored(server)
