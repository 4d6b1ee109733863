"""A relay in front of a server that records what the program under test sends, and when."""

import itertools
import socket
import threading

from server import HOST, Server
from shared import PATIENCE


class Relay:
    """Listens on `host`, which may be another loopback address, and forwards one connection to the server."""

    def __init__(self, server: Server, host: str = HOST) -> None:
        self._target = server.port
        self._listener = socket.create_server((host, 0))
        self._listener.settimeout(PATIENCE)
        self.host, self.port = self._listener.getsockname()
        self._passed: list[tuple[str, bytes]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._listener:
            client, _ = self._listener.accept()
        with client, socket.create_connection((HOST, self._target), PATIENCE) as server:
            backward = threading.Thread(target=self._forward, args=(server, client, "server"), daemon=True)
            backward.start()
            self._forward(client, server, "client")
            backward.join(PATIENCE)

    def _forward(self, source: socket.socket, target: socket.socket, who: str) -> None:
        try:
            while octets := source.recv(65536):
                # Recorded before it is forwarded, so that the reply cannot be recorded first.
                self._passed.append((who, octets))
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def finish(self) -> list[tuple[str, bytes]]:
        """Waits for the end of the connection and returns the record: (who, octets)."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the connection did not end"
        return self._passed

    def sent(self) -> bytes:
        """All that the program sent."""
        return b"".join(octets for who, octets in self.finish() if who == "client")

    def turns(self) -> int:
        """The number of times that the program sent after the server had sent."""
        speakers = [who for who, _ in self.finish()]
        return sum(1 for before, now in itertools.pairwise(speakers) if (before, now) == ("server", "client"))
