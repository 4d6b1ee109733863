"""Several messages on a connection, and several connections."""

import pytest

from fleet import offering, over
from messages import PLAIN, assert_stored, users
from program import ACCEPTED, NOT_ACCEPTED, Options, Program
from server import MX, Server, Tls
from shared import SAMPLES

# --connections C --repeat N: each of the C connections sends the message N times.
SHAPES = {"three on one": (1, 3), "four on each of three": (3, 4), "one on each of five": (5, 1)}


def shape_options(shape: tuple[int, int]) -> Options:
    return ("--connections", str(shape[0]), "--repeat", str(shape[1]))


@over()
@pytest.mark.parametrize("name", ["dots", "borders-2"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_messages_in_a_row(server: Server, program: Program, shape: tuple[int, int], name: str) -> None:
    times = shape[0] * shape[1]
    result = program.run(server, SAMPLES[name], users(3), *shape_options(shape))
    assert (result.code, result.accepted) == (ACCEPTED, [True] * 3 * times)
    assert_stored(server, SAMPLES[name], users(3) * times)


@offering("CHUNKING")
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_messages_in_a_row_by_chunks(server: Server, program: Program, shape: tuple[int, int]) -> None:
    times = shape[0] * shape[1]
    result = program.run(server, SAMPLES["borders-2"], users(3), "--chunking", *shape_options(shape))
    assert (result.code, result.accepted) == (ACCEPTED, [True] * 3 * times)
    assert_stored(server, SAMPLES["borders-2"], users(3) * times)


@over()
def test_messages_in_a_row_one_command_at_a_time(server: Server, program: Program) -> None:
    result = program.run(server, PLAIN, users(3), "--no-pipelining", "--repeat", "3")
    assert (result.code, result.accepted) == (ACCEPTED, [True] * 9)
    assert_stored(server, PLAIN, users(3) * 3)


@over()
@pytest.mark.parametrize("options", [(), ("--no-pipelining",)], ids=["pipelined", "one at a time"])
def test_refused_recipients_do_not_disturb_the_next_message(server: Server, program: Program, options: Options) -> None:
    recipients = [f"refused0@{MX}", *users(2), f"refused1@{MX}"]
    result = program.run(server, PLAIN, recipients, "--repeat", "3", *options)
    assert (result.code, result.accepted) == (NOT_ACCEPTED, [False, True, True, False] * 3)
    assert_stored(server, PLAIN, users(2) * 3)


@over()
def test_messages_in_a_row_through_tls(server: Server, program: Program, tls: Tls) -> None:
    result = program.run(
        server, SAMPLES["borders-2"], users(1), "--starttls", "--ca", tls.ca, "--connections", "2", "--repeat", "3"
    )
    assert (result.code, result.accepted) == (ACCEPTED, [True] * 6)
    assert_stored(server, SAMPLES["borders-2"], users(1) * 6)
