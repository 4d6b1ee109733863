"""send with AUTH."""


import pytest

from conftest import USERS
from samples import SAMPLES
from send_program import FAILED, login, starttls
from wire import plain_message


@pytest.mark.parametrize("secure", [False, True], ids=["clear", "tls"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "plain"])
@pytest.mark.parametrize("user", USERS)
def test_login(start_sink, certificate, send, mechanism, user, secure):
    sink = start_sink(tls=secure, users=True)
    options = starttls(certificate) if secure else []
    done = send(sink, SAMPLES["short"], *login(mechanism, user, USERS[user]), *options, "--trace")
    assert sink.only_message().envelope["auth"] == user
    assert USERS[user] not in done.trace
    auth = [line for line in done.commands if line.startswith(("AUTH", "***"))]
    assert auth == (["AUTH LOGIN", "***", "***"] if mechanism == "LOGIN" else [f"AUTH {mechanism} ***"])


def test_a_password_from_a_file(secure_sink, certificate, send, tmp_path):
    (tmp_path / "password").write_text(USERS["bob"] + "\nsecond line\n", encoding="utf-8")
    send(secure_sink, SAMPLES["short"], *starttls(certificate), "--auth", "PLAIN", "--user", "bob", "--password-file",
         tmp_path / "password")
    assert secure_sink.only_message().envelope["auth"] == "bob"


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_wrong_password(secure_sink, certificate, send, mechanism):
    done = send(secure_sink, SAMPLES["short"], *starttls(certificate), *login(mechanism, "alice", "looking-glass"),
                check=FAILED)
    assert done.lines == ["failed 535 5.7.8 Authentication credentials invalid"]
    assert secure_sink.stored_files() == []


def test_auth_that_is_not_offered(sink, send):
    done = send(sink, SAMPLES["short"], *login("PLAIN", "alice", "x"), check=FAILED)
    assert done.lines == ["failed 000 not-offered the server does not offer AUTH"]


def test_a_mechanism_that_is_not_offered(serve, send):
    def dialogue(peer):
        peer.greet(b"AUTH PLAIN")
        peer.quit()

    done = send(serve(dialogue), SAMPLES["short"], *login("LOGIN", "alice", "x"), check=FAILED)
    assert done.lines[0].startswith("failed 000 not-offered ")


def test_the_exchange_is_cancelled_after_one_challenge_too_many(serve, send):
    def dialogue(peer):
        peer.greet(b"AUTH LOGIN")
        peer.expect(b"AUTH LOGIN")
        for answer in (b"YWxpY2U=", b"eA==", b"*"):
            peer.say(b"334 Pz8=\r\n")
            peer.expect(answer)
        peer.say(b"501 5.7.0 cancelled\r\n")
        peer.quit()

    done = send(serve(dialogue), SAMPLES["short"], *login("LOGIN", "alice", "x"), check=FAILED)
    assert done.lines == ["failed 501 5.7.0 cancelled"]


def test_a_long_initial_response_waits_for_its_challenge(serve, send):
    password = "p" * 600

    def dialogue(peer):
        peer.greet(b"AUTH PLAIN")
        assert peer.line() == b"AUTH PLAIN"
        peer.say(b"334 \r\n")
        assert peer.line() == plain_message("alice", password).encode()
        peer.say(b"535 5.7.8 no\r\n")
        peer.quit()

    done = send(serve(dialogue), SAMPLES["short"], *login("PLAIN", "alice", password), "--trace", check=FAILED)
    assert done.commands == ["EHLO client.example", "AUTH PLAIN", "***", "QUIT"]


def test_a_password_in_clear_text_causes_a_warning(start_sink, certificate, send):
    sink = start_sink(users=True)
    warning = "the password can be read on the way"
    assert warning in send(sink, SAMPLES["short"], *login("PLAIN", "alice", USERS["alice"])).trace
    sink = start_sink(users=True, tls=True)
    done = send(sink, SAMPLES["short"], *login("PLAIN", "alice", USERS["alice"]), *starttls(certificate))
    assert warning not in done.trace


# An address of this machine that is not a loopback address.
ELSEWHERE = "0.0.0.0"


def test_a_password_for_another_machine_goes_after_starttls(secure_sink, send):
    done = send(secure_sink, SAMPLES["short"], *login("PLAIN", "alice", USERS["alice"]), "--insecure", "--trace",
                host=ELSEWHERE)
    stored = secure_sink.only_message()
    assert (stored.envelope["auth"], stored.envelope["tls"]) == ("alice", True)
    assert done.commands[:2] == ["EHLO client.example", "STARTTLS"]
    assert "the password can be read on the way" not in done.trace


@pytest.mark.parametrize("trust", [True, False])
def test_a_password_for_another_machine_needs_a_valid_certificate(secure_sink, certificate, send, trust):
    ca = ["--ca", certificate.path] if trust else []
    done = send(secure_sink, SAMPLES["short"], *login("PLAIN", "alice", USERS["alice"]), *ca, "--trace", host=ELSEWHERE,
                check=FAILED)
    assert done.lines[0].startswith("failed 000 tls-failed ")
    assert done.commands == ["EHLO client.example", "STARTTLS"]


def test_a_password_for_another_machine_is_not_sent_without_starttls(start_sink, send):
    sink = start_sink(users=True)
    done = send(sink, SAMPLES["short"], *login("PLAIN", "alice", USERS["alice"]), "--trace", host=ELSEWHERE,
                check=FAILED)
    assert done.lines == ["failed 000 not-offered the server does not offer STARTTLS, and the password is not sent in "
                          "clear without --plaintext-auth"]
    assert done.commands == ["EHLO client.example", "QUIT"]
    assert sink.stored_files() == []


def test_a_password_for_another_machine_in_clear_text_with_the_option(start_sink, send):
    sink = start_sink(users=True)
    done = send(sink, SAMPLES["short"], *login("LOGIN", "alice", USERS["alice"]), "--plaintext-auth", host=ELSEWHERE)
    stored = sink.only_message()
    assert (stored.envelope["auth"], stored.envelope["tls"]) == ("alice", False)
    assert "the password can be read on the way" in done.trace


def test_ca_and_insecure_imply_starttls_on_the_loopback_too(secure_sink, certificate, send):
    send(secure_sink, SAMPLES["short"], *login("PLAIN", "alice", USERS["alice"]), "--ca", certificate.path)
    assert secure_sink.only_message().envelope["tls"] is True


def test_without_auth_starttls_is_not_used_by_itself(secure_sink, send):
    send(secure_sink, SAMPLES["short"], host=ELSEWHERE)
    assert secure_sink.only_message().envelope["tls"] is False
