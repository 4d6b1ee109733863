"""The command line of send."""

import re

import pytest

from send_program import FAILED, SENT, login, run

GIVEN = ["--server", "127.0.0.1:1", "--from", "a@b.example", "--to", "c@d.example"]
MISUSES = {
    "--server": ["--from", "a@b.example", "--to", "c@d.example", "-"],
    "--server is not HOST:PORT: mx": ["--server", "mx.example", "--from", "a@b.example", "--to", "c@d.example", "-"],
    "--server is not HOST:PORT: ::1:25": ["--server", "::1:25", "--from", "a@b.example", "--to", "c@d.example", "-"],
    "--from": ["--server", "127.0.0.1:1", "--to", "c@d.example", "-"],
    "--from a@b@c": ["--server", "127.0.0.1:1", "--from", "a@b@c", "--to", "c@d.example", "-"],
    "--to": ["--server", "127.0.0.1:1", "--from", "a@b.example", "-"],
    "--to x\r\nRCPT": [*GIVEN, "--to", "x\r\nRCPT TO:<y@z.example>", "-"],
    "FILE": GIVEN,
    "unexpected argument": [*GIVEN, "-", "-"],
    "/no/such/file": [*GIVEN, "/no/such/file"],
    "--unknown": [*GIVEN, "--unknown", "-"],
    "--repeat": [*GIVEN, "--repeat", "0", "-"],
    "--connections": [*GIVEN, "--connections", "many", "-"],
    "--timeout": [*GIVEN, "--timeout", "-1", "-"],
    "--auth: only PLAIN and LOGIN": [*GIVEN, *login("CRAM-MD5", "a", "b"), "-"],
    "--auth needs": [*GIVEN, "--auth", "PLAIN", "-"],
    "need --auth": [*GIVEN, "--user", "a", "-"],
    "--plaintext-auth needs --auth": [*GIVEN, "--plaintext-auth", "-"],
    "--plaintext-auth excludes": [*GIVEN, *login("PLAIN", "a", "b"), "--plaintext-auth", "--starttls", "-"],
    "--ca and --insecure need": [*GIVEN, *login("PLAIN", "a", "b"), "--plaintext-auth", "--insecure", "-"],
    "--starttls and --tls": [*GIVEN, "--starttls", "--tls", "-"],
    "--ca": [*GIVEN, "--starttls", "--ca", "/no/such/file", "-"],
    "--insecure": [*GIVEN, "--insecure", "-"],
    "--normalize": [*GIVEN, "--normalize", "--chunking", "-"],
    "--mail-param BODY=9BIT": [*GIVEN, "--mail-param", "BODY=9BIT", "-"],
    "--mail-param SIZE": [*GIVEN, "--mail-param", "SIZE=x", "-"],
    "--rcpt-param ORCPT": [*GIVEN, "--rcpt-param", "ORCPT=nothing", "-"],
    "--hostname": [*GIVEN, "--hostname", "not a name", "-"],
}


@pytest.mark.parametrize("message", MISUSES)
def test_a_misuse_is_reported(message):
    done = run(*MISUSES[message], check=FAILED)
    assert message in done.trace
    assert done.lines == []


def test_help_and_version():
    assert run("--help", check=SENT).lines[0].startswith("usage: send --server HOST:PORT")
    assert re.fullmatch(r"send \(libehlo \d+\.\d+\.\d+\)", run("--version", check=SENT).lines[0])
