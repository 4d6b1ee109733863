"""Runs of load, the client that puts servers under load, and the messages that it sends."""

import os
import subprocess

from send_program import ROOT
from sink_process import PATIENCE, sink_binary

HEADER = (
    b"From: <load@client.example>\r\nTo: undisclosed-recipients:;\r\nSubject: load\r\n"
    b"Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-Id: <load@client.example>\r\n\r\n"
)
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
LINE = 78
BUFFER = 262144


def load_binary():
    return ROOT / os.environ.get("EHLO_LOAD", sink_binary().parents[1] / "bench/load/load")


def line(number):
    start = b"%c%07d " % (b"."[0] if number % 50 == 49 else b"n"[0], number)
    rest = bytes(LETTERS[(number * 7 + at * (1 + number % 61)) % 64] for at in range(len(start), LINE - 2))
    return start + rest + b"\r\n"


def content(size):
    """The message of `size` octets."""
    first = (size - len(HEADER)) % LINE
    if first < 2:
        first += LINE
    head = HEADER + b"x" * (first - 2) + b"\r\n"
    lines = (size - len(head)) // LINE
    kept = min(lines, (BUFFER - len(head)) // LINE)
    block = b"".join(map(line, range(kept)))
    times, rest = divmod(lines, kept) if kept else (0, 0)
    return head + block * times + block[: rest * LINE]


class Ran:
    """What a run of load printed."""

    def __init__(self, code, output, errors):
        self.code = code
        self.numbers = dict(line.split(" ") for line in output.decode("ascii").splitlines())
        self.errors = errors.decode("utf-8").splitlines()

    def counts(self):
        """(accepted, failed, vanished, held)"""
        return tuple(int(self.numbers[name]) for name in ("accepted", "failed", "vanished", "held"))


def command(server, *arguments):
    return [load_binary(), "--server", f"127.0.0.1:{server.port}", *map(str, arguments)]


def run(server, *arguments, check=0):
    process = subprocess.run(command(server, *arguments), capture_output=True, timeout=PATIENCE, check=False)
    assert process.returncode == check, (process.returncode, process.stdout, process.stderr)
    return Ran(process.returncode, process.stdout, process.stderr)
