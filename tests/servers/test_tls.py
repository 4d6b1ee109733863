"""TLS: a server with a wrong certificate receives nothing."""

import pathlib

import pytest

from fleet import over
from messages import PLAIN, assert_nothing_stored, assert_stored, users
from postfix_server import PostfixServer
from program import BROKEN, Program
from relay import Relay
from server import Server, Tls

# A loopback address for which the certificate is not valid.
ELSEWHERE = "127.0.0.2"
MODES = ["--starttls", "--tls"]


def port_of(server: Server, mode: str) -> int:
    return server.tls_port if mode == "--tls" else server.port


def protocol_of(server: Server) -> str:
    return "LMTPS" if server.lmtp else "ESMTPS"


@over()
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("mode", MODES)
def test_a_server_with_a_valid_certificate(server: Server, program: Program, tls: Tls, mode: str, host: str) -> None:
    result = program.run(server, PLAIN, users(2), mode, "--ca", tls.ca, host=host, port=port_of(server, mode))
    assert result.accepted == [True, True], result
    assert_stored(server, PLAIN, users(2), protocol=protocol_of(server))


@over()
@pytest.mark.parametrize("mode", MODES)
def test_a_certificate_of_another_authority(
    server: Server, program: Program, wrong_ca: pathlib.Path, mode: str
) -> None:
    result = program.run(server, PLAIN, users(2), mode, "--ca", wrong_ca, port=port_of(server, mode))
    assert result.code == BROKEN and not any(result.accepted)
    assert_nothing_stored(server)


@over()
@pytest.mark.parametrize("mode", MODES)
def test_a_certificate_of_an_unknown_authority(server: Server, program: Program, mode: str) -> None:
    result = program.run(server, PLAIN, users(2), mode, port=port_of(server, mode))
    assert result.code == BROKEN and not any(result.accepted)
    assert_nothing_stored(server)


@over()
def test_a_certificate_for_another_name(server: Server, program: Program, tls: Tls) -> None:
    relay = Relay(server, ELSEWHERE)
    result = program.run(server, PLAIN, users(2), "--starttls", "--ca", tls.ca, host=relay.host, port=relay.port)
    assert result.code == BROKEN and not any(result.accepted)
    sent = relay.sent()
    assert b"STARTTLS\r\n" in sent and b"MAIL" not in sent
    assert_nothing_stored(server)


@over()
@pytest.mark.parametrize("mode", MODES)
def test_a_certificate_is_not_checked_with_insecure(server: Server, program: Program, mode: str) -> None:
    result = program.run(server, PLAIN, users(1), mode, "--insecure", port=port_of(server, mode))
    assert result.accepted == [True], result
    assert_stored(server, PLAIN, users(1), protocol=protocol_of(server))


@over()
def test_the_envelope_and_the_content_are_not_sent_in_clear_text(server: Server, program: Program, tls: Tls) -> None:
    relay = Relay(server)
    result = program.run(server, PLAIN, users(1), "--starttls", "--ca", tls.ca, port=relay.port)
    assert result.accepted == [True], result
    sent = relay.sent()
    assert sent.count(b"\r\n") >= 2 and b"MAIL FROM" not in sent and b"hello\r\n" not in sent
    assert_stored(server, PLAIN, users(1))


def test_a_server_without_tls(postfix: PostfixServer, program: Program, tls: Tls) -> None:
    result = program.run(postfix, PLAIN, users(1), "--starttls", "--ca", tls.ca, port=postfix.plain_port)
    assert result.code == BROKEN and not any(result.accepted)
    assert_nothing_stored(postfix)


@over()
def test_implicit_tls_at_a_port_without_it(server: Server, program: Program, tls: Tls) -> None:
    result = program.run(server, PLAIN, users(1), "--tls", "--ca", tls.ca)
    assert result.code == BROKEN and not any(result.accepted)
    assert_nothing_stored(server)
