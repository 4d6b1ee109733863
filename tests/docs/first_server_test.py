#!/usr/bin/env python3
"""Runs the server of docs/first-programs.md as inetd would and compares every octet of the dialogue."""
import subprocess
import sys

DIALOGUE = (
    b"EHLO client.example\r\nMAIL FROM:<a@client.example> SIZE=20\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n"
    b"Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n"
)
EXPECTED = (
    b"220 mx.example ESMTP\r\n"
    b"250-mx.example\r\n250-PIPELINING\r\n250-SIZE 0\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n"
    b"250-CHUNKING\r\n250-BINARYMIME\r\n250-SMTPUTF8\r\n250 HELP\r\n"
    b"250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n354 Start mail input; end with <CRLF>.<CRLF>\r\n"
    b"250 2.0.0 Message accepted\r\n221 2.0.0 mx.example Closing connection\r\n"
)
run = subprocess.run([sys.argv[1]], input=DIALOGUE, capture_output=True, timeout=60, check=False)
assert run.returncode == 0, run.returncode
assert run.stdout == EXPECTED, run.stdout
assert run.stderr == b"Subject: x\r\n\r\n.dot\r\n", run.stderr
