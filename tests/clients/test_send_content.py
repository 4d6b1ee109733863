"""The content that send sends, as a sink stores it."""


import pytest

from samples import HEADER, SAMPLES, large
from send_program import FAILED, REFUSED, SENT, WAYS, run, starttls


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SAMPLES)
def test_stores_each_sample_octet_for_octet(sink, send, name, way):
    done = send(sink, SAMPLES[name], *WAYS[way])
    assert done.lines == ["ok 250 2.0.0 Message accepted"]
    stored = sink.only_message()
    assert stored.content == SAMPLES[name]
    assert (stored.sender, stored.recipients) == ("a@client.example", ["bob@mx.example"])
    assert (stored.envelope["helo"], stored.envelope["protocol"]) == ("client.example", "ESMTP")
    assert stored.mail_parameters["SIZE"] == str(len(SAMPLES[name]))
    assert ("BODY" in stored.mail_parameters) == any(octet > 127 for octet in SAMPLES[name])


@pytest.mark.parametrize("way", ["data", "bdat"])
@pytest.mark.parametrize("secure", [False, True], ids=["clear", "tls"])
def test_twenty_megabytes(start_sink, certificate, send, way, secure):
    sink = start_sink(tls=secure)
    content = large(20 << 20)
    send(sink, content, *WAYS[way], *(starttls(certificate) if secure else []))
    assert sink.only_message().content == content


@pytest.mark.parametrize("way", ["data", "bdat"])
@pytest.mark.parametrize("secure", [False, True], ids=["clear", "tls"])
def test_a_megabyte_of_dots(start_sink, certificate, send, way, secure):
    # Each line is a span of its own, and there are more than one array of spans.
    sink = start_sink(tls=secure)
    content = b".\r\n" * (1 << 19)
    send(sink, content, *WAYS[way], *(starttls(certificate) if secure else []))
    assert sink.only_message().content == content


def test_data_ends_the_last_line(sink, send):
    done = send(sink, HEADER + b"no end", "--trace")
    assert sink.only_message().content == HEADER + b"no end\r\n"
    assert sink.only_message().mail_parameters["SIZE"] == str(len(HEADER) + 8)
    assert done.code == SENT


def test_bdat_does_not_change_the_last_line(sink, send):
    send(sink, HEADER + b"no end", "--chunking")
    assert sink.only_message().content == HEADER + b"no end"


@pytest.mark.parametrize("way", ["data", "bdat"])
def test_an_empty_message(sink, send, way):
    send(sink, b"", *WAYS[way])
    assert sink.only_message().content in (b"", b"\r\n")


def test_standard_input(sink):
    run("--server", f"127.0.0.1:{sink.port}", "--from", "a@client.example", "--to", "bob@mx.example", "-",
        content=SAMPLES["300-kib"], check=SENT)
    assert sink.only_message().content == SAMPLES["300-kib"]


BARE = {"LF": (b"a: b\r\n\r\nx\ny\r\n", "line 3, octet 2 of it (offset 9): LF without CR"),
        "CR": (b"a: b\r\n\r\nx\r\nyy\rz\r\n", "line 4, octet 3 of it (offset 13): CR without LF"),
        "CR before CRLF": (b"x\r\r\n", "line 1, octet 2 of it (offset 1): CR without LF"),
        "CR at the end": (b"x\r\ny\r", "line 2, octet 2 of it (offset 4): CR without LF")}


@pytest.mark.parametrize("name", BARE)
def test_a_bare_line_end_is_refused_before_connecting(sink, send, name):
    content, where = BARE[name]
    done = send(sink, content, check=FAILED)
    assert where in done.trace
    assert (done.lines, sink.stored_files()) == ([], [])


def test_normalize_repairs_line_ends_before_dots_are_stuffed(sink, send):
    send(sink, b"a: b\n\n.\nx\r.\r\n\r\r\n.", "--normalize")
    stored = sink.only_message()
    assert stored.content == b"a: b\r\n\r\n.\r\nx\r\n.\r\n\r\n\r\n.\r\n"
    assert stored.mail_parameters["SIZE"] == str(len(stored.content))


def test_binary_content(sink, send):
    content = bytes(range(256)) * 5000
    send(sink, content, "--mail-param", "BODY=BINARYMIME")
    stored = sink.only_message()
    assert (stored.content, stored.mail_parameters["BODY"]) == (content, "BINARYMIME")

def test_a_thousand_recipients_and_one_too_many(sink, send):
    recipients = [f"r{number}@mx.example" for number in range(1001)]
    done = send(sink, SAMPLES["dots"], to=recipients, check=REFUSED)
    assert sink.only_message().recipients == recipients[:1000]
    assert sink.only_message().content == SAMPLES["dots"]
    assert len(done.lines) == 1001
    assert all(line.startswith("ok 250 2.") for line in done.lines[:1000])
    assert done.lines[1000].startswith("failed 452 4.5.3 ")


@pytest.mark.parametrize("options", [["--connections", "8"], ["--repeat", "40"], ["--connections", "5", "--repeat", "7"],
                                     ["--connections", "5", "--repeat", "7", "--chunking"],
                                     ["--connections", "5", "--repeat", "7", "--no-pipelining"]])
@pytest.mark.parametrize("secure", [False, True], ids=["clear", "tls"])
def test_many_messages(start_sink, certificate, send, options, secure):
    sink = start_sink(tls=secure)
    numbers = [int(option) for option in options if option.isdigit()]
    count = numbers[0] * (numbers[1] if len(numbers) > 1 else 1)
    done = send(sink, SAMPLES["borders-2"], *options, *(starttls(certificate) if secure else []),
                to=["zoe@mx.example", "adam@mx.example"])
    messages = sink.messages()
    assert len(messages) == count and len(done.lines) == 2 * count
    assert {message.content for message in messages} == {SAMPLES["borders-2"]}
    assert all(message.recipients == ["zoe@mx.example", "adam@mx.example"] for message in messages)
