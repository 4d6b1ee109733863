"""Runs of send, the library's own client."""

import os
import subprocess

from sink_process import PATIENCE, ROOT, sink_binary

SENT, REFUSED, FAILED = 0, 1, 2

# The ways to send content.
WAYS = {"data": [], "bdat": ["--chunking"], "one at a time": ["--no-pipelining"],
        "bdat one at a time": ["--chunking", "--no-pipelining"]}


def send_binary():
    return ROOT / os.environ.get("EHLO_SEND", sink_binary().parent / "send")


class Done:
    """The output of a run of send."""

    def __init__(self, process):
        self.code = process.returncode
        self.lines = process.stdout.decode("utf-8").splitlines()
        self.trace = process.stderr.decode("utf-8")

    @property
    def dialogue(self):
        return [line for line in self.trace.splitlines() if line.startswith(("C: ", "S: "))]

    @property
    def commands(self):
        return [line[3:] for line in self.dialogue if line.startswith("C: ")]


def run(*arguments, content=b"", check=None):
    """Runs send with exactly these arguments."""
    process = subprocess.run(
        [send_binary(), *map(str, arguments)], input=content, capture_output=True, timeout=PATIENCE
    )
    done = Done(process)
    if check is not None:
        assert done.code == check, (done.code, done.lines[:20], done.trace[-4000:])
    return done


def starttls(certificate):
    return ["--starttls", "--ca", certificate.path]


def login(mechanism, user, password):
    return ["--auth", mechanism, "--user", user, "--password", password]
