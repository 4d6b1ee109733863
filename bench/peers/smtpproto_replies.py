"""smtpproto over the reply files of gen_corpus.py: smtpproto_replies.py CORPUS SECONDS.

Prints one JSON object a line: name, items, octets (both of one pass), nanoseconds (processor time of one pass). It is a
client with one command in flight, so each item is one command written and its reply read: RCPT, with the replies that
it accepts there, or greeting and EHLO."""

import json
import pathlib
import re
import sys
import time
from collections.abc import Callable

from smtpproto.protocol import SMTPClientProtocol

REPLY = re.compile(rb"(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n")
OF_RCPT = re.compile(rb"(?:250|450|550)")


def read_replies(replies: list[bytes]) -> None:
    client = SMTPClientProtocol()
    client.feed_bytes(b"220 mx.example ESMTP\r\n")
    client.send_greeting("client.example")
    client.feed_bytes(b"250 mx.example\r\n")
    client.mail("alice@client.example")
    client.feed_bytes(b"250 ok\r\n")
    for reply in replies:
        client.recipient("bob@mx.example")
        client.feed_bytes(reply)
        client.get_outgoing_data()


def read_hellos(replies: list[bytes]) -> None:
    for reply in replies:
        client = SMTPClientProtocol()
        client.feed_bytes(b"220 mx.example ESMTP\r\n")
        client.send_greeting("client.example")
        client.feed_bytes(reply)


def measure(name: str, path: pathlib.Path, seconds: float, work: Callable[[list[bytes]], None]) -> None:
    replies = [reply for reply in REPLY.findall(path.read_bytes()) if OF_RCPT.match(reply)]
    begin = time.process_time_ns()
    passes = 0
    while time.process_time_ns() - begin < seconds * 1e9:
        work(replies)
        passes += 1
    spent = (time.process_time_ns() - begin) / passes
    print(json.dumps({"name": name, "items": len(replies), "octets": sum(map(len, replies)), "nanoseconds": spent}))


def main() -> None:
    folder, seconds = pathlib.Path(sys.argv[1]), float(sys.argv[2])
    measure("reply/replies.txt", folder / "replies.txt", seconds, read_replies)
    measure("ehlo/ehlo.txt", folder / "ehlo.txt", seconds, read_hellos)


main()
