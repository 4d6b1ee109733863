"""AUTH: recipients at RELAY are accepted only after a login."""

import pytest

from fleet import offering
from messages import PLAIN, assert_nothing_stored, assert_stored
from postfix_server import PostfixServer
from program import BROKEN, NOT_ACCEPTED, Program
from server import PASSWORD, RELAY, USER, Server, Tls

TO = [f"r0@{RELAY}", f"r1@{RELAY}"]
MECHANISMS = ["PLAIN", "LOGIN"]
MODES = ["--starttls", "--tls"]


@offering("AUTH")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_login(server: Server, program: Program, tls: Tls, mechanism: str, mode: str) -> None:
    port = server.tls_port if mode == "--tls" else server.port
    result = program.run(
        server, PLAIN, TO, mode, "--ca", tls.ca, "--auth", mechanism, "--user", USER, "--password", PASSWORD, port=port
    )
    assert result.accepted == [True, True], result
    assert_stored(server, PLAIN, TO, protocol="ESMTPSA")


@offering("AUTH")
def test_several_messages_after_a_login(server: Server, program: Program, tls: Tls) -> None:
    result = program.run(
        server, PLAIN, TO, "--starttls", "--ca", tls.ca, "--auth", "PLAIN", "--user", USER, "--password", PASSWORD,
        "--connections", "2", "--repeat", "3",
    )
    assert result.accepted == [True] * 12, result
    assert_stored(server, PLAIN, TO * 6)


@offering("AUTH")
def test_without_a_login_nothing_is_relayed(server: Server, program: Program, tls: Tls) -> None:
    result = program.run(server, PLAIN, TO, "--starttls", "--ca", tls.ca)
    assert (result.code, result.accepted) == (NOT_ACCEPTED, [False, False])
    assert_nothing_stored(server)


@offering("AUTH")
@pytest.mark.parametrize("user, password", [(USER, PASSWORD + "x"), ("bob", PASSWORD)], ids=["password", "user"])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_login_that_is_refused(
    server: Server, program: Program, tls: Tls, mechanism: str, user: str, password: str
) -> None:
    result = program.run(
        server, PLAIN, TO, "--starttls", "--ca", tls.ca, "--auth", mechanism, "--user", user, "--password", password
    )
    assert result.code != 0 and not any(result.accepted)
    assert_nothing_stored(server)


@offering("AUTH")
def test_a_mechanism_that_is_not_offered(server: Server, program: Program, tls: Tls) -> None:
    result = program.run(
        server, PLAIN, TO, "--starttls", "--ca", tls.ca, "--auth", "X-NONE", "--user", USER, "--password", PASSWORD
    )
    assert result.code == BROKEN and not any(result.accepted)
    assert_nothing_stored(server)


def test_a_server_without_logins(postfix: PostfixServer, program: Program) -> None:
    result = program.run(
        postfix, PLAIN, TO, "--auth", "PLAIN", "--user", USER, "--password", PASSWORD, port=postfix.plain_port
    )
    assert result.code == BROKEN and not any(result.accepted)
    assert_nothing_stored(postfix)
