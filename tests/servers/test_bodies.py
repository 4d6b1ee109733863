"""Each body arrives once and octet for octet, by DATA and by BDAT."""

import pytest

from fleet import offering, over
from messages import BODIES, HUGE, assert_stored, users
from program import Options, Program
from server import Server, Tls

USER = users(1)


@over()
@pytest.mark.parametrize("name", BODIES)
def test_a_body_by_data(server: Server, program: Program, name: str) -> None:
    program.deliver(server, BODIES[name], USER)
    assert_stored(server, server.as_stored(BODIES[name]), USER)


@offering("CHUNKING")
@pytest.mark.parametrize("name", BODIES)
def test_a_body_by_chunks(server: Server, program: Program, name: str) -> None:
    program.deliver(server, BODIES[name], USER, "--chunking")
    assert_stored(server, server.as_stored(BODIES[name], chunked=True), USER)


@offering("PIPELINING")
@pytest.mark.parametrize("options", [("--no-pipelining",), ("--no-pipelining", "--chunking")], ids=["data", "chunks"])
@pytest.mark.parametrize("name", ["dots", "borders-1", "open-end-dot", "empty-body"])
def test_a_body_one_command_at_a_time(server: Server, program: Program, name: str, options: Options) -> None:
    program.deliver(server, BODIES[name], USER, *options)
    assert_stored(server, server.as_stored(BODIES[name], chunked="--chunking" in options), USER)


@over()
@pytest.mark.parametrize("name", ["dots", "ends-with-dot-line", "borders-0", "borders-3", "octets"])
def test_a_body_through_tls(server: Server, program: Program, tls: Tls, name: str) -> None:
    program.deliver(server, BODIES[name], USER, "--starttls", "--ca", tls.ca)
    assert_stored(server, BODIES[name], USER)


@over()
def test_twenty_mebibytes_by_data(server: Server, program: Program) -> None:
    program.deliver(server, HUGE, USER)
    assert_stored(server, HUGE, USER)


@offering("CHUNKING")
def test_twenty_mebibytes_by_chunks(server: Server, program: Program) -> None:
    program.deliver(server, HUGE, USER, "--chunking")
    assert_stored(server, HUGE, USER)


@over()
def test_twenty_mebibytes_through_tls(server: Server, program: Program, tls: Tls) -> None:
    program.deliver(server, HUGE, USER, "--starttls", "--ca", tls.ca)
    assert_stored(server, HUGE, USER)
