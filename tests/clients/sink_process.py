"""The program under test, started on a free port of the loopback, and what it stored and printed."""

import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Seconds after which a test is considered hung. Never a measure of speed.
PATIENCE = int(os.environ.get("EHLO_PATIENCE", "60"))


def sink_binary():
    return ROOT / os.environ.get("EHLO_SINK", "build/examples/sink")


def wait_until(condition, what):
    """Calls `condition` until its result is true, and returns the result."""
    deadline = time.monotonic() + PATIENCE
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


@dataclasses.dataclass(frozen=True)
class Stored:
    """A message as the sink stored it."""

    number: int
    content: bytes
    envelope: dict

    @property
    def sender(self):
        return self.envelope["from"]

    @property
    def recipients(self):
        return self.envelope["to"]

    @property
    def mail_parameters(self):
        """Parameters of MAIL by keyword in upper case; None is a keyword without a value."""
        return {keyword.upper(): value for keyword, value in self.envelope["mail_parameters"]}

    @property
    def rcpt_parameters(self):
        """The same for each recipient."""
        return [{keyword.upper(): value for keyword, value in one} for one in self.envelope["rcpt_parameters"]]


class Sink:
    """A running sink with a folder of its own. `options` are those of the command line."""

    def __init__(self, folder, options=(), hostname="sink.example"):
        self.store = folder / "store"
        self.store.mkdir(parents=True)
        self.hostname = hostname
        self._terminated = False
        self._log = folder / "sink.log"
        with open(self._log, "wb") as log:
            self.process = subprocess.Popen(
                [sink_binary(), "--listen", "127.0.0.1:0", "--hostname", hostname, "--store", self.store, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.port = wait_until(self._listening_port, "the sink to listen")

    def _listening_port(self):
        assert self.process.poll() is None, f"the sink ended with {self.process.returncode}: {self.log()}"
        ready = re.search(r"^listening on 127\.0\.0\.1:(\d+)$", self.log(), re.MULTILINE)
        return int(ready[1]) if ready else None

    def log(self):
        return self._log.read_text(encoding="utf-8", errors="surrogateescape")

    def stored_files(self):
        return sorted(path.name for path in self.store.iterdir())

    def messages(self):
        """All stored messages in the order of their numbers."""
        numbers = sorted(int(path.stem) for path in self.store.glob("*.eml"))
        return [
            Stored(
                number,
                (self.store / f"{number}.eml").read_bytes(),
                json.loads((self.store / f"{number}.json").read_text(encoding="utf-8")),
            )
            for number in numbers
        ]

    def only_message(self):
        messages = self.messages()
        assert len(messages) == 1, f"{len(messages)} messages were stored: {self.stored_files()}"
        return messages[0]

    def message_to(self, recipient):
        """Waits for the one message with this recipient: a relay may deliver late."""

        def delivered():
            # A message counts when both of its files exist; the next one may be incomplete.
            complete = [path.stem for path in self.store.glob("*.json") if path.with_suffix(".eml").exists()]
            found = []
            for stem in complete:
                try:
                    envelope = json.loads((self.store / f"{stem}.json").read_text(encoding="utf-8"))
                except ValueError:
                    continue
                if recipient in envelope["to"]:
                    found.append(Stored(int(stem), (self.store / f"{stem}.eml").read_bytes(), envelope))
            return found

        found = wait_until(delivered, f"a message to {recipient}")
        assert len(found) == 1, f"{len(found)} messages to {recipient}"
        return found[0]

    def terminate(self):
        """Sends SIGTERM once: after a second one the sink does not wait for its clients."""
        if not self._terminated and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self._terminated = True

    def stop(self):
        """Ends the sink with SIGTERM and returns its exit code."""
        self.terminate()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the sink did not stop on SIGTERM") from None
