"""AUTH over a raw socket: successful, failed, cancelled and malformed exchanges (RFC 4954), and the trace of them."""

import base64

import pytest

from conftest import USERS
from wire import Wire, encoded, plain_message

ALICE = plain_message("alice", USERS["alice"])
WRONG = plain_message("alice", "looking-glass")


@pytest.fixture
def login_sink(start_sink):
    """A sink with AUTH without TLS, so that tests can read the exchange."""
    return start_sink(users=True)


def greeted(sink):
    wire = Wire(sink.port)
    wire.ehlo()
    return wire


def test_mechanisms_are_listed_once_and_only_with_users(login_sink, sink):
    with Wire(login_sink.port) as wire:
        assert wire.ehlo()["AUTH"] == [b"PLAIN", b"LOGIN"]
    with Wire(sink.port) as wire:
        assert "AUTH" not in wire.ehlo()
        wire.expect(502, f"AUTH PLAIN {ALICE}")
        wire.deliver()


@pytest.mark.parametrize("user", USERS)
def test_plain_with_an_initial_response(login_sink, user):
    with greeted(login_sink) as wire:
        assert wire.expect(235, f"AUTH PLAIN {plain_message(user, USERS[user])}").enhanced == "2.7.0"
        wire.deliver()
    envelope = login_sink.only_message().envelope
    assert (envelope["auth"], envelope["protocol"]) == (user, "ESMTPA")


@pytest.mark.parametrize("user", USERS)
def test_plain_after_an_empty_challenge(login_sink, user):
    with greeted(login_sink) as wire:
        # RFC 4954 4: an empty challenge is "334" and one space.
        assert wire.expect(334, "AUTH PLAIN").lines == (b"",)
        wire.expect(235, plain_message(user, USERS[user]))
        wire.deliver()
    assert login_sink.only_message().envelope["auth"] == user


@pytest.mark.parametrize("user", USERS)
def test_login_with_two_challenges(login_sink, user):
    with greeted(login_sink) as wire:
        challenges = [wire.expect(334, "auth login"), wire.expect(334, encoded(user))]
        assert [base64.b64decode(challenge.text) for challenge in challenges] == [b"Username:", b"Password:"]
        wire.expect(235, encoded(USERS[user]))
        wire.deliver()
    assert login_sink.only_message().envelope["auth"] == user


@pytest.mark.parametrize(
    "response",
    [
        WRONG,
        plain_message("nobody", "wonderland-7431"),
        plain_message("alice", USERS["alice"] + "x"),
        plain_message("alice", USERS["alice"][:-1]),
        plain_message("Alice", USERS["alice"]),
        encoded(f"\0alice\0{USERS['alice']}\0"),
        encoded(f"\0alice\0\0{USERS['alice']}"),
        encoded(f"alice\0{USERS['alice']}"),
        encoded("\0alice\0"),
        encoded(f"\0\0{USERS['alice']}"),
        encoded("no fields at all"),
        # The server decides whether a user may act for another one (RFC 4616 2). Here no user may.
        plain_message("alice", USERS["alice"], authorization="bob"),
    ],
)
def test_wrong_credentials_get_535_and_another_try(login_sink, response):
    with greeted(login_sink) as wire:
        assert wire.expect(535, f"AUTH PLAIN {response}").enhanced == "5.7.8"
        wire.in_sync()
        wire.expect(235, f"AUTH PLAIN {ALICE}")


@pytest.mark.parametrize("lines", [["AUTH PLAIN"], ["AUTH LOGIN"], ["AUTH LOGIN", encoded("alice")]])
def test_a_cancelled_exchange_gets_501(login_sink, lines):
    with greeted(login_sink) as wire:
        for line in lines:
            wire.expect(334, line)
        wire.expect(501, "*")
        wire.in_sync()
        wire.expect(235, f"AUTH PLAIN {ALICE}")


@pytest.mark.parametrize("response", ["AAA=BBB=", "AAA", "=", "A===", "####", ALICE + "=", ALICE[:-1] + "*", "a b c d"])
def test_bad_base64_gets_501(login_sink, response):
    with greeted(login_sink) as wire:
        wire.expect(334, "AUTH PLAIN")
        wire.expect(501, response)
        wire.in_sync()
        wire.expect(235, f"AUTH PLAIN {ALICE}")


def test_commands_inside_an_exchange_are_base64(login_sink):
    with greeted(login_sink) as wire:
        wire.expect(334, "AUTH LOGIN")
        wire.expect(334, "QUIT")
        wire.expect(535, "NOOP")
        wire.in_sync()


def test_an_unknown_mechanism_gets_504(login_sink):
    with greeted(login_sink) as wire:
        wire.expect(504, "AUTH CRAM-MD5")
        wire.expect(501, "AUTH")
        wire.expect(235, f"AUTH PLAIN {ALICE}")


def test_a_second_login_gets_503(login_sink):
    with greeted(login_sink) as wire:
        wire.expect(235, f"AUTH PLAIN {ALICE}")
        wire.expect(503, f"AUTH PLAIN {plain_message('bob', USERS['bob'])}")
        wire.expect(250, "EHLO other.example")
        wire.expect(503, f"AUTH PLAIN {plain_message('bob', USERS['bob'])}")
        wire.deliver()
    assert login_sink.only_message().envelope["auth"] == "alice"


def test_a_login_in_a_transaction_gets_503_and_keeps_it(login_sink):
    with greeted(login_sink) as wire:
        wire.envelope()
        wire.expect(503, f"AUTH PLAIN {ALICE}")
        wire.expect(354, "DATA")
        wire.expect_all([250], b"x\r\n.\r\n")
    assert login_sink.only_message().envelope["auth"] is None


def test_a_login_before_hello_gets_503(login_sink):
    with Wire(login_sink.port) as wire:
        wire.expect(503, f"AUTH PLAIN {ALICE}")
        wire.ehlo()
        wire.expect(235, f"AUTH PLAIN {ALICE}")


def test_an_overlong_response_gets_500(login_sink):
    with greeted(login_sink) as wire:
        wire.expect(334, "AUTH PLAIN")
        # RFC 4954 4: a line of an exchange has at most 12288 octets.
        wire.expect(500, "QUJD" * 4000)
        wire.in_sync()
        wire.expect(235, f"AUTH PLAIN {ALICE}")


def test_a_login_after_three_failures_ends_the_connection(login_sink):
    with greeted(login_sink) as wire:
        for _ in range(3):
            wire.expect(535, f"AUTH PLAIN {WRONG}")
        wire.in_sync()
        # A fourth try is refused, even with the right password.
        assert wire.expect(421, f"AUTH PLAIN {ALICE}").enhanced == "4.7.0"
        wire.expect_closed()


def test_pipelined_commands_wait_for_the_exchange(login_sink):
    with greeted(login_sink) as wire:
        session = f"AUTH PLAIN {ALICE}\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<bob@mx.example>\r\nDATA\r\n"
        wire.expect_all([235, 250, 250, 354], session.encode())
        wire.expect_all([250], b"x\r\n.\r\n")
    assert login_sink.only_message().envelope["auth"] == "alice"


def test_auth_waits_for_tls_where_tls_is_offered(secure_sink, certificate):
    with Wire(secure_sink.port) as wire:
        assert "AUTH" not in wire.ehlo()
        # RFC 4954 6: a mechanism that is not allowed without TLS is not offered, and so not supported.
        wire.expect(504, f"AUTH PLAIN {ALICE}")
        wire.starttls(certificate)
        wire.ehlo()
        wire.expect(235, f"AUTH PLAIN {ALICE}")


def test_a_trace_shows_the_dialogue_but_no_credentials(start_sink):
    sink = start_sink(users=True, options=["--trace"])
    secret = USERS["bob"]
    responses = [plain_message("bob", secret), plain_message("bob", secret + "?"), encoded(secret), encoded("bob")]
    for conversation in (
        [(535, f"AUTH PLAIN {responses[1]}"), (235, f"AUTH PLAIN {responses[0]}"), (503, f"AUTH PLAIN {responses[0]}")],
        [(334, "AUTH PLAIN"), (535, responses[1]), (334, "AUTH PLAIN"), (235, responses[0])],
        [(334, "AUTH LOGIN"), (334, responses[3]), (535, encoded(secret + "?"))],
        [(334, f"AUTH LOGIN {responses[3]}"), (235, responses[2])],
        [(504, f"AUTH CRAM-MD5 {responses[0]}"), (501, f"AUTH PLAIN {responses[0]}*")],
        [(501, f"AUTH PLAIN {responses[0]} x"), (501, f"AUTH  PLAIN {responses[0]}")],
        [(334, "AUTH PLAIN"), (501, responses[0] + "*")],
        [(250, "MAIL FROM:<a@client.example>"), (503, f"AUTH PLAIN {responses[0]}")],
    ):
        with greeted(sink) as wire:
            for code, line in conversation:
                wire.expect(code, line)
    # The client does not wait for 334, so its responses are read as commands and refused.
    for auth in ("AUTH CRAM-MD5", "AUTHENTICATE LOGIN", " AUTH LOGIN", "AUTH LOGIN " + "A" * 20000, "AUTH LOGIN *"):
        with greeted(sink) as wire:
            wire.send(f"{auth}\r\n{responses[3]}\r\n{encoded(secret)}\r\nNOOP\r\n".encode())
            for code in (5, 5, 5, 2):
                assert wire.reply().code // 100 == code
    with Wire(sink.port) as wire:
        wire.expect(503, f"AUTH PLAIN {responses[0]}")
        wire.ehlo()
        # A cut inside the line: the waiting part must not be in the trace either.
        line = f"AUTH PLAIN {responses[0]}\r\n".encode()
        wire.send_pieces(line[at : at + 5] for at in range(0, len(line), 5))
        wire.expect(235)
        wire.deliver()
    sink.stop()
    trace = sink.log()
    for shown in ("EHLO client.example", "AUTH PLAIN", "AUTH LOGIN", "235 2.7.0", "RCPT TO:<bob@mx.example>", "354"):
        assert shown in trace
    # The password itself and in base64, alone or as a part of its message.
    for hidden in [secret, *responses]:
        assert hidden.rstrip("=") not in trace
    assert responses[0][8:-4] not in trace
