"""Programs that the suite starts and ends."""

import contextlib
import functools
import os
import pathlib
import signal
import socket
import subprocess
from collections.abc import Sequence

from shared import PATIENCE, wait_until


class Daemon:
    """A server in the foreground, in a session of its own, so that its child processes can be ended with it."""

    def __init__(self, command: Sequence[str | pathlib.Path], log: pathlib.Path) -> None:
        self._log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd="/",
            )

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, *ports: int) -> None:
        for port in ports:
            wait_until(functools.partial(self._listens, port), f"a server on port {port}")

    def _listens(self, port: int) -> bool:
        assert self.process.poll() is None, f"the server ended with {self.process.returncode}: {self.log()}"
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except ConnectionRefusedError:
            return False
        return True

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        finally:
            # Its child processes end after it, but may be slow.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
