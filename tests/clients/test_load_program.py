"""load: exact counts, intact contents, and its kinds of load."""

import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest

from load_program import command, content, load_binary, run
from sink_process import PATIENCE, wait_until

WAYS = {"data": [], "bdat": ["--chunking"], "one at a time": ["--no-pipelining"],
        "bdat one at a time": ["--chunking", "--no-pipelining"], "ahead": ["--ahead"],
        "bdat ahead": ["--chunking", "--ahead"]}
# The smallest size, sizes with and without repeated lines, sizes around one more of these, and pieces of the buffer.
SIZES = (160, 237, 238, 239, 315, 316, 317, 4096, 262143, 262144, 262145, 1_000_000)


def nobody():
    """A port without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    class Nobody:
        pass

    Nobody.port = port
    return Nobody


@pytest.mark.parametrize("way", WAYS)
def test_every_message_arrives_once_and_intact(sink, way):
    ran = run(sink, "--messages", 203, "--connections", 8, *WAYS[way])
    assert ran.counts() == (203, 0, 0, 0)
    messages = sink.messages()
    assert len(messages) == 203
    assert {message.content for message in messages} == {content(4096)}


@pytest.mark.parametrize("way", ["data", "bdat"])
@pytest.mark.parametrize("size", SIZES)
def test_messages_have_the_requested_size(sink, size, way):
    run(sink, "--messages", 2, "--size", size, *WAYS[way])
    expected = content(size)
    assert len(expected) == size
    assert [message.content for message in sink.messages()] == [expected, expected]


def test_the_envelope(sink):
    run(sink, "--recipients", 150, "--size", 1000)
    message = sink.only_message()
    assert message.sender == "load@client.example"
    assert message.recipients == [f"r{number}@mx.example" for number in range(150)]
    assert message.mail_parameters["SIZE"] == "1000"


def test_lmtp_with_an_outcome_for_each_recipient(lmtp_sink):
    ran = run(lmtp_sink, "--lmtp", "--messages", 20, "--recipients", 3)
    assert ran.counts() == (20, 0, 0, 0)
    assert len(lmtp_sink.messages()) == 20


def test_connections_end_after_the_given_number_of_messages(start_sink):
    sink = start_sink(options=["--trace"])
    assert run(sink, "--messages", 50, "--messages-per-connection", 7, "--connections", 1).counts() == (50, 0, 0, 0)
    assert len(sink.messages()) == 50
    assert sink.log().count("EHLO client.example") == 8
    assert sink.log().count("QUIT") == 8


@pytest.mark.parametrize("way", ["data", "bdat", "slow"])
def test_connections_vanish_besides_the_messages(sink, way):
    slow = ["--rate-octets", 200000]
    ran = run(sink, "--messages", 100, "--vanish", 31, "--connections", 10, *(slow if way == "slow" else WAYS[way]))
    assert ran.counts() == (100, 0, 31, 0)
    assert {message.content for message in sink.messages()} == {content(4096)}
    assert len(sink.messages()) == 100


def begin(peer):
    """The server's part of a transaction, up to the content."""
    peer.greet(b"PIPELINING")
    peer.expect(b"MAIL", b"RCPT", b"DATA")
    peer.say(b"250 ok\r\n250 ok\r\n354 go\r\n")


def test_a_vanishing_connection_transmits_half_of_its_message(serve):
    heard = []

    def vanishing(peer):
        octets = b""
        while more := peer.connection.recv(65536):
            octets += more
        heard.append(octets)

    def staying(peer):
        heard.append(peer.content())
        peer.say(b"250 ok\r\n")
        peer.quit()

    parts = iter([vanishing, staying])

    def dialogue(peer):
        begin(peer)
        next(parts)(peer)

    assert run(serve(dialogue, clients=2), "--vanish", 1, "--size", 1000).counts() == (1, 0, 1, 0)
    assert heard == [content(1000)[:500], content(1000)]


def test_slow_connections_send_at_most_at_the_given_rate(sink):
    ran = run(sink, "--rate-octets", 2000, "--messages", 3, "--connections", 3, "--size", 3000)
    assert ran.counts() == (3, 0, 0, 0)
    assert {message.content for message in sink.messages()} == {content(3000)}
    # All messages at a time, each with about 200 octets of commands.
    assert 1.5 < float(ran.numbers["seconds"])


def test_idle_connections_are_held_and_messages_sent_meanwhile(start_sink):
    sink = start_sink(options=["--trace"])
    process = subprocess.Popen(command(sink, "--idle", 50, "--hold", 1000), stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"holding 50\n"
        assert wait_until(lambda: sink.log().count("EHLO client.example") == 50, "the hellos")
        assert "QUIT" not in sink.log()
        assert run(sink, "--messages", 10, "--idle", 5).counts() == (10, 0, 0, 5)
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    finally:
        process.kill()
    assert rest.startswith(b"accepted 0\nfailed 0\nvanished 0\nheld 50\n")
    assert sink.log().count("QUIT") == 56
    assert len(sink.messages()) == 10


def test_idle_connections_that_the_server_closes(serve):
    def dialogue(peer):
        peer.greet()

    ran = run(serve(dialogue), "--idle", 1, "--hold", 1000, "--timeout", 5, check=1)
    assert ran.counts() == (0, 0, 0, 0)
    assert ran.errors[-1] == "load: connection 1: closed: an idle connection has not lasted"


def test_a_hundred_megabytes_with_flat_memory(start_sink):
    sink = start_sink(options=["--quiet"])
    peaks = []
    with subprocess.Popen(command(sink, "--size", 100_000_000, "--messages", 2), stdout=subprocess.PIPE) as process:
        # From /proc: ru_maxrss also includes the memory of the process that started the program.
        while process.poll() is None:
            peaks += re.findall(r"^VmHWM:\s*(\d+) kB$", pathlib.Path(f"/proc/{process.pid}/status").read_text(), re.M)
            time.sleep(0.005)
        output = process.stdout.read()
    assert process.returncode == 0 and output.startswith(b"accepted 2\nfailed 0\n")
    assert int(peaks[-1]) < 40 * 1024
    assert sink.stop() == 0
    assert "2 messages" in sink.log()


def test_refused_recipients_are_counted_and_the_others_go_on(serve):
    def dialogue(peer):
        peer.greet(b"PIPELINING")
        peer.expect(b"MAIL", b"RCPT", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n250 ok\r\n550 5.1.1 nobody\r\n354 go\r\n")
        peer.content()
        peer.say(b"250 ok\r\n")
        peer.expect(b"MAIL", b"RCPT", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n")
        peer.content()
        peer.say(b"250 ok\r\n")
        peer.quit()

    ran = run(serve(dialogue), "--recipients", 2, "--messages", 2, check=1)
    assert ran.counts() == (1, 1, 0, 0)
    assert ran.errors == ["load: connection 1: not accepted: 550 5.1.1 nobody"]


def test_if_the_server_closes_the_remaining_messages_fail(serve):
    def dialogue(peer):
        begin(peer)
        peer.content()
        peer.say(b"250 ok\r\n")
        peer.expect(b"MAIL", b"RCPT", b"DATA")
        peer.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
        peer.content()
        peer.say(b"421 4.3.2 going down\r\n")

    ran = run(serve(dialogue), "--messages", 10, check=1)
    assert ran.counts() == (1, 9, 0, 0)
    assert ran.errors[0] == "load: connection 1: not accepted: 421 4.3.2 going down"


def test_a_silent_server_is_a_failure(serve):
    ran = run(serve(lambda peer: peer.expect_end()), "--messages", 3, "--timeout", 1, check=1)
    assert ran.counts() == (0, 3, 0, 0)
    assert ran.errors == ["load: connection 1: session ended: timeout"]


def test_a_port_without_a_listener():
    ran = run(nobody(), "--messages", 3, "--connections", 2, check=1)
    assert ran.counts() == (0, 3, 0, 0)
    assert ran.errors == [f"load: connection {number}: cannot connect: connection refused" for number in (1, 2)]
    assert run(nobody(), "--quiet", check=1).errors == []


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        ([], "load: --server HOST:PORT is missing"),
        (["--server", "mx.example"], "load: --server is not HOST:PORT: mx.example"),
        (["--server", "h:25", "--messages", "0"], "load: --messages takes a number from 1 to 1000000000, not '0'"),
        (["--server", "h:25", "--size", "159"], "load: --size takes a number from 160 to 1099511627776, not '159'"),
        (["--server", "h:25", "--vanish", "1x"], "load: --vanish takes a number from 1 to 1000000000, not '1x'"),
        (["--server", "h:25", "--hold", "9"], "load: --hold needs --idle"),
        (["--server", "h:25", "--ahead", "--no-pipelining"], "load: --ahead and --no-pipelining exclude each other"),
        (["--server", "h:25", "more"], "load: unexpected argument: more"),
        (["--no-such-flag"], "load: unrecognized option '--no-such-flag'"),
    ],
)
def test_misuse(arguments, complaint):
    process = subprocess.run([load_binary(), *arguments], capture_output=True, timeout=PATIENCE, text=True,
                             check=False)
    assert process.returncode == 2
    assert process.stderr.splitlines()[0].removeprefix(f"{load_binary()}: ") in (complaint, complaint[6:])
