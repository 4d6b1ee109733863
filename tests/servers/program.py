"""The program under test: run once for each delivery; its output and exit code are checked."""

import dataclasses
import os
import pathlib
import re
import subprocess
from collections.abc import Sequence

from server import HOST, Server
from shared import PATIENCE, ROOT

SENDER = "a@client.example"
Options = tuple[str, ...]
LINE = re.compile(r"(ok|failed) (.*)")

ACCEPTED, NOT_ACCEPTED, BROKEN = 0, 1, 2


def send_binary() -> pathlib.Path:
    return ROOT / os.environ.get("EHLO_SEND", "build/examples/send")


@dataclasses.dataclass(frozen=True)
class Result:
    """How a run ended. `replies` are (accepted, text) for each recipient of each message."""

    code: int
    replies: list[tuple[bool, str]]
    error: str

    @property
    def accepted(self) -> list[bool]:
        return [accepted for accepted, _ in self.replies]


class Program:
    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder

    def run(
        self,
        server: Server,
        content: bytes,
        recipients: Sequence[str],
        *options: str | pathlib.Path,
        sender: str = SENDER,
        host: str = HOST,
        port: int | None = None,
    ) -> Result:
        path = self._folder / "message.eml"
        path.write_bytes(content)
        command: list[str | pathlib.Path] = [send_binary(), "--server", f"{host}:{port or server.port}"]
        command += ["--from", sender]
        for recipient in recipients:
            command += ["--to", recipient]
        if server.lmtp:
            command += ["--lmtp"]
        done = subprocess.run(
            [*command, *options, path],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
        )
        error = done.stderr.decode(errors="replace")
        replies = []
        for line in done.stdout.decode().splitlines():
            match = LINE.fullmatch(line)
            assert match, f"not a line about a recipient: {line!r}"
            replies.append((match[1] == "ok", match[2]))
        result = Result(done.returncode, replies, error)
        self._check(result, len(recipients))
        return result

    @staticmethod
    def _check(result: Result, recipients: int) -> None:
        """Checks that hold for each run, successful or not."""
        assert result.code in (ACCEPTED, NOT_ACCEPTED, BROKEN), result
        if result.code != BROKEN:
            assert result.replies and len(result.replies) % recipients == 0, result
            assert all(result.accepted) == (result.code == ACCEPTED), result
        for accepted, text in result.replies:
            # A failure that is not a reply of the server may be reported in words.
            assert not accepted or re.match(r"2\d\d( |$)", text), result

    def deliver(
        self, server: Server, content: bytes, recipients: Sequence[str], *options: str | pathlib.Path, **others: str
    ) -> None:
        """A run in which each recipient is accepted."""
        result = self.run(server, content, recipients, *options, **others)  # type: ignore[arg-type]
        assert result.code == ACCEPTED, result
        assert result.accepted == [True] * len(recipients), result
