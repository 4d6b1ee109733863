"""Bad commands over a raw socket: each has exactly one reply with its code, and a good command after it works."""

import pytest

from wire import Wire

# Commands that are refused after EHLO, outside of a transaction.
REFUSED = {
    # RFC 5321 4.1.4: the order of commands
    "RCPT without MAIL": (503, b"RCPT TO:<bob@mx.example>"),
    "DATA without MAIL": (503, b"DATA"),
    # RFC 5321 4.2.4: unknown commands
    "unknown verb": (500, b"WHAT"),
    "unknown verb with argument": (500, b"XYZZY plugh"),
    "HTTP": (500, b"GET / HTTP/1.1"),
    "verb glued to its argument": (500, b"MAILFROM:<a@client.example>"),
    "LHLO over SMTP": (500, b"LHLO client.example"),
    "a verb of an extension that is not offered": (502, b"ETRN mx.example"),
    "a verb that is a prefix": (500, b"NOO"),
    "a verb with a tail": (500, b"NOOPS"),
    # RFC 5321 4.1.1: arguments
    "EHLO without a name": (501, b"EHLO"),
    "EHLO with two names": (501, b"EHLO client.example other.example"),
    "EHLO with a bad name": (501, b"EHLO client_!.example"),
    "HELO without a name": (501, b"HELO"),
    "MAIL without FROM": (501, b"MAIL <a@client.example>"),
    "MAIL without brackets": (501, b"MAIL FROM:a@client.example"),
    "MAIL with TO": (501, b"MAIL TO:<a@client.example>"),
    "MAIL with an open bracket": (501, b"MAIL FROM:<a@client.example"),
    "MAIL without a domain": (501, b"MAIL FROM:<a>"),
    "MAIL with two addresses": (501, b"MAIL FROM:<a@client.example><b@client.example>"),
    "MAIL with a space before the path": (501, b"MAIL FROM: <a@client.example>"),
    "MAIL with a dot at the end of the local part": (501, b"MAIL FROM:<a.@client.example>"),
    "MAIL with a hyphen at the end of a label": (501, b"MAIL FROM:<a@client-.example>"),
    "MAIL with an open quote": (501, b'MAIL FROM:<"a@client.example>'),
    "MAIL with a literal out of range": (501, b"MAIL FROM:<a@[256.0.0.1]>"),
    "MAIL with a label of 64 octets": (501, b"MAIL FROM:<a@" + b"a" * 64 + b".example>"),
    "RSET with an argument": (501, b"RSET now"),
    "QUIT with an argument": (501, b"QUIT now"),
    "DATA with an argument": (501, b"DATA now"),
    "NUL": (501, b"MAIL FROM:<a@client.example\0.evil.example>"),
    "a control character": (501, b"NOOP \x07"),
    "a bare CR": (501, b"NOOP \rQUIT"),
    "a space before the verb": (501, b" NOOP"),
    "an empty line": (501, b""),
    "octets above 127": (501, b"NOOP \xff\xfe"),
    # RFC 5321 4.1.1.11 and the extensions: parameters
    "an unknown parameter": (555, b"MAIL FROM:<a@client.example> FOO=bar"),
    "a parameter of RCPT": (555, b"MAIL FROM:<a@client.example> NOTIFY=NEVER"),
    "SIZE without a number": (501, b"MAIL FROM:<a@client.example> SIZE=ten"),
    "SIZE twice": (501, b"MAIL FROM:<a@client.example> SIZE=1 SIZE=1"),
    "SIZE beyond 64 bits": (552, b"MAIL FROM:<a@client.example> SIZE=18446744073709551616"),
    "an unknown BODY": (501, b"MAIL FROM:<a@client.example> BODY=9BITMIME"),
    "bad xtext": (501, b"MAIL FROM:<a@client.example> ENVID=a+2"),
    "a line end in xtext": (501, b"MAIL FROM:<a@client.example> ENVID=a+0D+0Ab"),
    "a non-ASCII path without SMTPUTF8": (553, "MAIL FROM:<jürgen@client.example>".encode()),
    "a parameter glued to the path": (501, b"MAIL FROM:<a@client.example>SIZE=1"),
}

# The same for RCPT, after an accepted MAIL.
REFUSED_RECIPIENTS = {
    "no path": (501, b"RCPT TO:"),
    "the null path": (501, b"RCPT TO:<>"),
    "FROM": (501, b"RCPT FROM:<bob@mx.example>"),
    "an unknown parameter": (555, b"RCPT TO:<bob@mx.example> FOO"),
    "a parameter of MAIL": (555, b"RCPT TO:<bob@mx.example> SIZE=1"),
    "NOTIFY with NEVER and more": (501, b"RCPT TO:<bob@mx.example> NOTIFY=NEVER,DELAY"),
    "ORCPT without a type": (501, b"RCPT TO:<bob@mx.example> ORCPT=bob@mx.example"),
    "a nested MAIL": (503, b"MAIL FROM:<evil@evil.example>"),
    "DATA before RCPT": (503, b"DATA"),
    "NUL in the path": (501, b"RCPT TO:<bob@mx.example\0@evil.example>"),
}


@pytest.fixture(scope="module")
def shared_sink(module_sinks):
    return module_sinks()


@pytest.mark.parametrize("code, line", REFUSED.values(), ids=REFUSED)
def test_a_bad_command_gets_its_code_and_leaves_the_session_in_sync(shared_sink, code, line):
    with Wire(shared_sink.port) as wire:
        wire.ehlo()
        reply = wire.expect(code, line)
        if line[:4] in (b"EHLO", b"HELO"):
            # RFC 2034 4: a reply to EHLO or HELO has no enhanced status code.
            assert reply.enhanced is None
        else:
            assert reply.enhanced is not None and reply.enhanced[0] == str(code)[0]
        wire.in_sync()
        wire.deliver()


@pytest.mark.parametrize("code, line", REFUSED_RECIPIENTS.values(), ids=REFUSED_RECIPIENTS)
def test_a_bad_recipient_leaves_the_transaction_open(start_sink, code, line):
    sink = start_sink()
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.expect(250, "MAIL FROM:<a@client.example>")
        wire.expect(code, line)
        wire.in_sync()
        wire.expect(250, "RCPT TO:<bob@mx.example>")
        wire.expect(354, "DATA")
        wire.expect_all([250], b"x\r\n.\r\n")
    stored = sink.only_message()
    assert (stored.sender, stored.recipients) == ("a@client.example", ["bob@mx.example"])


@pytest.mark.parametrize("line", ["MAIL FROM:<a@client.example>", "RCPT TO:<bob@mx.example>", "DATA"])
def test_a_transaction_needs_ehlo_or_helo(shared_sink, line):
    with Wire(shared_sink.port) as wire:
        wire.expect(503, line)
        wire.expect(250, "NOOP")
        wire.ehlo()
        wire.deliver()


@pytest.mark.parametrize("line", ["NOOP", "NOOP anything", "RSET", "noop", "NoOp", "NOOP "])
def test_side_commands_work_at_any_time(shared_sink, line):
    with Wire(shared_sink.port) as wire:
        wire.expect(250, line)
        wire.ehlo()
        wire.expect(250, line)


def test_a_bare_line_feed_does_not_end_a_command(shared_sink):
    with Wire(shared_sink.port) as wire:
        wire.ehlo()
        # One line, one reply, and no QUIT.
        wire.expect_all([501], b"NOOP\nQUIT\r\n")
        wire.in_sync()


def test_pipelined_commands_get_their_replies_in_order(start_sink):
    sink = start_sink()
    with Wire(sink.port) as wire:
        wire.ehlo()
        group = (
            b"MAIL FROM:<a@client.example>\r\nRCPT TO:<bob@mx.example>\r\nRCPT TO:<>\r\n"
            b"RCPT TO:<carol@mx.example> X=1\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<dave@mx.example>\r\nDATA\r\n"
        )
        wire.expect_all([250, 250, 501, 555, 503, 250, 354], group)
        wire.expect_all([250, 250, 503, 250], b"x\r\n.\r\nMAIL FROM:<>\r\nDATA\r\nRSET\r\n")
        wire.in_sync()
    assert sink.only_message().recipients == ["bob@mx.example", "dave@mx.example"]


def test_a_transaction_ends_whether_the_message_is_accepted_or_not(start_sink):
    sink = start_sink()
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.data()
        wire.expect_all([550, 503, 503, 503], b"bare\nlf\r\n.\r\nRCPT TO:<bob@mx.example>\r\nDATA\r\nBDAT 1 LAST\r\nx")
        wire.data()
        wire.expect_all([250, 503, 503, 503], b"good\r\n.\r\nRCPT TO:<bob@mx.example>\r\nDATA\r\nBDAT 1 LAST\r\nx")
    assert sink.only_message().content == b"good\r\n"


def test_content_after_a_refused_data_is_read_as_commands(start_sink):
    sink = start_sink()
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.expect_all([503, 500, 501, 500, 500], b"DATA\r\nSubject: x\r\n\r\nhello\r\n.\r\n")
        wire.in_sync()
    assert sink.stored_files() == []


@pytest.mark.parametrize("reset", ["RSET", "EHLO client.example", "HELO client.example"])
def test_a_reset_clears_the_whole_envelope(start_sink, reset):
    sink = start_sink()
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.envelope(sender="old@client.example", recipients=("old@mx.example",))
        wire.expect(250, reset)
        wire.expect(503, "RCPT TO:<bob@mx.example>")
        wire.expect(503, "DATA")
        wire.deliver()
    stored = sink.only_message()
    assert (stored.sender, stored.recipients) == ("a@client.example", ["bob@mx.example"])


def test_quit_ends_the_connection_and_later_commands_are_ignored(start_sink):
    sink = start_sink()
    with Wire(sink.port) as wire:
        wire.ehlo()
        wire.envelope()
        wire.expect_all([221], b"QUIT\r\nDATA\r\nx\r\n.\r\n")
        wire.expect_closed()
    assert sink.stored_files() == []


def test_parameters_of_esmtp_need_ehlo(shared_sink):
    with Wire(shared_sink.port) as wire:
        wire.expect(250, "HELO client.example")
        wire.expect(555, "MAIL FROM:<a@client.example> SIZE=100")
        wire.deliver()
