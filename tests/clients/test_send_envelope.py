"""send with LMTP and with parameters."""

import re

import pytest

from conftest import USERS
from samples import SAMPLES
from send_program import REFUSED, SENT, login, run


def test_lmtp_with_several_recipients(lmtp_sink, send):
    done = send(lmtp_sink, SAMPLES["dots"], "--lmtp", to=["zoe@mx.example", "adam@mx.example"])
    stored = lmtp_sink.only_message()
    assert (stored.content, stored.recipients) == (SAMPLES["dots"], ["zoe@mx.example", "adam@mx.example"])
    assert stored.envelope["protocol"] == "LMTP"
    assert len(done.lines) == 2


@pytest.mark.parametrize("options", [[], ["--repeat", "3"]])
def test_lmtp_has_a_result_for_each_recipient(serve, send, options):
    def dialogue(peer):
        peer.greet(b"PIPELINING", b"ENHANCEDSTATUSCODES", verb=b"LHLO")
        for number in range(int(options[1]) if options else 1):
            if number > 0:
                peer.expect(b"RSET")
                peer.say(b"250 2.0.0 ok\r\n")
            peer.expect(b"MAIL", b"RCPT TO:<a@", b"RCPT TO:<b@", b"RCPT TO:<c@", b"DATA")
            peer.say(b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n550 5.1.1 no b here\r\n250 2.1.5 ok\r\n354 go\r\n")
            peer.content()
            peer.say(b"250 2.0.0 a has it\r\n452 4.2.2 c is full\r\n")
        peer.quit()

    done = send(serve(dialogue), SAMPLES["short"], "--lmtp", *options, to=["a@x.example", "b@x.example", "c@x.example"],
                check=REFUSED)
    once = ["ok 250 2.0.0 a has it", "failed 550 5.1.1 no b here", "failed 452 4.2.2 c is full"]
    assert done.lines == once * (3 if options else 1)

def test_parameters_are_given_decoded(sink, send):
    send(
        sink, SAMPLES["short"], "--mail-param", "ENVID=a+b=c d", "--mail-param", "RET=HDRS", "--rcpt-param",
        "NOTIFY=SUCCESS,DELAY", "--rcpt-param", "ORCPT=rfc822;b+ob@mx.example",
    )
    stored = sink.only_message()
    assert (stored.mail_parameters["ENVID"], stored.mail_parameters["RET"]) == ("a+2Bb+3Dc+20d", "HDRS")
    assert stored.rcpt_parameters == [{"NOTIFY": "SUCCESS,DELAY", "ORCPT": "rfc822;b+2Bob@mx.example"}]


def test_auth_parameter(start_sink, send):
    sink = start_sink(users=True)
    send(sink, SAMPLES["short"], *login("PLAIN", "alice", USERS["alice"]), "--mail-param", "AUTH=e+x@mx.example")
    assert sink.only_message().mail_parameters["AUTH"] == "e+2Bx@mx.example"


def test_a_parameter_that_the_server_has_not_announced(sink, send):
    done = send(sink, SAMPLES["short"], "--mail-param", "X-NEW=1", check=REFUSED)
    assert done.lines == ["failed 000 not-offered the server does not offer X-NEW"]
    done = send(sink, SAMPLES["short"], "--mail-param", "X-NEW=1", "--any-param", check=REFUSED)
    assert done.lines[0].startswith("failed 555 5.5.4 ")


@pytest.mark.parametrize("sender", ["", "<>", "<a@client.example>"])
def test_senders_with_brackets_and_none(sink, sender):
    run("--server", f"127.0.0.1:{sink.port}", "--from", sender, "--to", "<bob@mx.example>", "-",
        content=SAMPLES["short"], check=SENT)
    assert sink.only_message().sender == sender.strip("<>")


def test_a_message_above_the_limit_is_not_sent(start_sink, send):
    sink = start_sink(options=["--max-size", "100000"])
    done = send(sink, SAMPLES["300-kib"], "--trace", to=["a@x.example", "b@x.example"], check=REFUSED)
    assert done.lines == ["failed 000 message-too-large the server takes messages of at most 100000 octets"] * 2
    assert done.commands == ["EHLO client.example", "QUIT"]
    assert sink.stored_files() == []


def test_a_declared_size_can_be_wrong(start_sink, send):
    sink = start_sink(options=["--max-size", "100000"])
    done = send(sink, SAMPLES["300-kib"], "--mail-param", "SIZE=5", check=REFUSED)
    assert done.lines[0].startswith("failed 552 5.3.4 ")


def test_internationalized_mail(sink, send):
    send(sink, "Subject: Grüße\r\n\r\nx\r\n".encode(), to=["bücher@mx.example"])
    parameters = sink.only_message().mail_parameters
    assert "SMTPUTF8" in parameters and parameters["BODY"] == "8BITMIME"
    assert sink.only_message().recipients == ["bücher@mx.example"]


LACKING = {"SMTPUTF8": ("Subject: Grüße\r\n\r\nx\r\n".encode(), [], [b"8BITMIME"]),
           "SMTPUTF8 asked for": (SAMPLES["short"], ["--mail-param", "SMTPUTF8"], [b"8BITMIME"]),
           "8BITMIME": (SAMPLES["utf-8"], [], [b"SIZE"]),
           "BINARYMIME": (SAMPLES["short"], ["--mail-param", "BODY=BINARYMIME"], [b"CHUNKING"]),
           "DSN": (SAMPLES["short"], ["--mail-param", "RET=FULL"], [b"8BITMIME"]),
           "REQUIRETLS": (SAMPLES["short"], ["--mail-param", "REQUIRETLS"], [b"8BITMIME"])}


@pytest.mark.parametrize("name", LACKING)
def test_what_the_server_lacks_is_named(serve, send, name):
    content, options, offered = LACKING[name]

    def dialogue(peer):
        peer.greet(*offered)
        peer.quit()

    done = send(serve(dialogue), content, *options, check=REFUSED)
    assert len(done.lines) == 1
    assert re.match(rf"failed 000 not-offered the server does not offer ([A-Z0-9 ]+ )?{name.split()[0]}\b", done.lines[0])


def test_the_body_type_can_be_forced(serve, send):
    def dialogue(peer):
        peer.greet(b"SIZE")
        assert b"BODY" not in peer.line()
        peer.say(b"550 5.1.8 no\r\n")
        peer.quit()

    send(serve(dialogue), SAMPLES["utf-8"], "--mail-param", "BODY=7BIT", check=REFUSED)
