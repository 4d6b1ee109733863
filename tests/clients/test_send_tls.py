"""send over TLS, and the cases in which it must stop."""

import re

import pytest

from samples import SAMPLES
from scripted_server import simple_dialogue
from send_program import FAILED, starttls


def test_starttls(secure_sink, certificate, send):
    done = send(secure_sink, SAMPLES["borders-0"], *starttls(certificate), "--trace")
    stored = secure_sink.only_message()
    assert stored.content == SAMPLES["borders-0"]
    assert (stored.envelope["tls"], stored.envelope["protocol"]) == (True, "ESMTPS")
    assert re.search(r"^-- TLSv1\.[23]: \w+$", done.trace, re.MULTILINE)


def test_a_certificate_of_an_unknown_authority(secure_sink, other_certificate, send):
    done = send(secure_sink, SAMPLES["short"], *starttls(other_certificate), check=FAILED)
    assert done.lines == ["failed 000 tls-failed self-signed certificate"]
    assert secure_sink.stored_files() == []


def test_a_certificate_of_another_host(start_sink, other_certificate, send):
    sink = start_sink(options=["--tls-cert", other_certificate.path, "--tls-key", other_certificate.key])
    done = send(sink, SAMPLES["short"], *starttls(other_certificate), check=FAILED)
    assert done.lines == ["failed 000 tls-failed IP address mismatch"]
    assert sink.stored_files() == []


def test_the_name_in_the_certificate_is_checked(start_sink, certificate, other_certificate, send):
    sink = start_sink(tls=True)
    send(sink, SAMPLES["short"], *starttls(certificate), host="localhost")
    sink = start_sink(options=["--tls-cert", other_certificate.path, "--tls-key", other_certificate.key])
    done = send(sink, SAMPLES["short"], *starttls(other_certificate), host="localhost", check=FAILED)
    assert done.lines == ["failed 000 tls-failed hostname mismatch"]


def test_the_system_trusts_no_test_certificate(secure_sink, send):
    done = send(secure_sink, SAMPLES["short"], "--starttls", check=FAILED)
    assert done.lines[0].startswith("failed 000 tls-failed ")
    send(secure_sink, SAMPLES["short"], "--starttls", "--insecure")
    assert secure_sink.only_message().envelope["tls"] is True


def test_without_starttls_nothing_is_sent(sink, certificate, send):
    done = send(sink, SAMPLES["short"], *starttls(certificate), "--trace", check=FAILED)
    assert done.lines == ["failed 000 not-offered the server does not offer STARTTLS"]
    assert done.commands == ["EHLO client.example", "QUIT"]


def test_a_refused_starttls_ends_the_connection(serve, send, certificate):
    def dialogue(peer):
        peer.greet(b"STARTTLS")
        peer.expect(b"STARTTLS")
        peer.say(b"454 4.7.0 not today\r\n")
        peer.quit()

    done = send(serve(dialogue), SAMPLES["short"], *starttls(certificate), check=FAILED)
    assert done.lines == ["failed 454 4.7.0 not today"]


def test_plaintext_after_the_220_ends_the_connection_before_the_handshake(serve, send, certificate):
    def dialogue(peer):
        peer.greet(b"STARTTLS")
        peer.expect(b"STARTTLS")
        peer.say(b"220 go\r\n250 evil\r\n")
        peer.expect_end()

    done = send(serve(dialogue), SAMPLES["short"], *starttls(certificate), check=FAILED)
    assert done.lines == ["failed 000 tls-injection"]


def test_a_server_that_closes_in_the_handshake(serve, send, certificate):
    def dialogue(peer):
        peer.greet(b"STARTTLS")
        peer.expect(b"STARTTLS")
        peer.say(b"220 go\r\n")
        assert peer.connection.recv(65536)

    done = send(serve(dialogue), SAMPLES["short"], *starttls(certificate), check=FAILED)
    assert done.lines[0].startswith("failed 000 tls-failed ")


def test_tls_from_the_first_octet(serve, send, certificate):
    def dialogue(peer):
        peer.handshake(certificate)
        simple_dialogue(peer)

    done = send(serve(dialogue), SAMPLES["short"], "--tls", "--ca", certificate.path, "--trace")
    assert done.lines == ["ok 250 taken"]
    assert re.match(r"-- 127\.0\.0\.1:\d+: connected\n-- TLSv1\.[23]: \w+\nS: 220 ", done.trace)


@pytest.mark.parametrize("words", [b"220 mx.example ready\r\n", b""])
def test_tls_with_a_server_without_tls(serve, send, certificate, words):
    def dialogue(peer):
        peer.say(words)
        peer.connection.recv(65536)

    done = send(serve(dialogue), SAMPLES["short"], "--tls", "--ca", certificate.path, check=FAILED)
    assert done.lines[0].startswith("failed 000 tls-failed ")
