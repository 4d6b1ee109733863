#!/usr/bin/env python3
"""Runs the client of docs/first-programs.md against a scripted server on pipes and compares every octet of the dialogue."""
import subprocess
import sys

# What the client must send, and the reply. The server offers pipelining, so MAIL to DATA come together.
SCRIPT = (
    (b"", b"220 mx.example ESMTP\r\n"),
    (b"EHLO client.example\r\n", b"250-mx.example\r\n250-PIPELINING\r\n250 SIZE 1000\r\n"),
    (
        b"MAIL FROM:<a@client.example> SIZE=50\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n",
        b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n",
    ),
    (b"Subject: hello\r\n\r\n..dots are the library's matter\r\n.\r\n", b"250 2.0.0 queued\r\n"),
    (b"QUIT\r\n", b"221 2.0.0 bye\r\n"),
)
with subprocess.Popen(
    [sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
) as client:
    try:
        for said, answer in SCRIPT:
            heard = client.stdout.read(len(said))
            assert heard == said, heard
            client.stdin.write(answer)
            client.stdin.flush()
        rest, outcomes = client.communicate(timeout=60)
    finally:
        client.kill()
assert rest == b"", rest
assert outcomes == b"0: 1 250\n", outcomes
assert client.returncode == 0, client.returncode
