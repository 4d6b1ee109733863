#!/usr/bin/env python3
"""Gives the function of the README a dialogue and compares every octet of the replies."""
import subprocess
import sys

DIALOGUE = b"HELO client.example\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n.\r\nQUIT\r\n"
EXPECTED = (
    b"220 mx.example ESMTP\r\n250 mx.example\r\n250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n"
    b"354 Start mail input; end with <CRLF>.<CRLF>\r\n250 2.0.0 Message accepted\r\n"
    b"221 2.0.0 mx.example Closing connection\r\n"
)
run = subprocess.run([sys.argv[1]], input=DIALOGUE, capture_output=True, timeout=60, check=False)
assert (run.returncode, run.stdout, run.stderr) == (0, EXPECTED, b""), run
