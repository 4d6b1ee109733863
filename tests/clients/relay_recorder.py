"""A relay between a client and the sink that records all octets: it shows what a foreign client sends, and when."""

import socket
import threading

from sink_process import PATIENCE


class Recorder:
    """Listens on `port` and forwards the first connection to `target`."""

    def __init__(self, target, port):
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(PATIENCE)
        self.passed = []  # (who, octets) in order, who is "client" or "server"
        self._target = target
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", self._target), PATIENCE)
        backward = threading.Thread(target=self._forward, args=(server, client, "server"), daemon=True)
        backward.start()
        self._forward(client, server, "client")
        backward.join(PATIENCE)
        client.close()
        server.close()

    def _forward(self, source, target, who):
        try:
            while octets := source.recv(65536):
                # Recorded before it is forwarded, so that the reply cannot be recorded first.
                self.passed.append((who, octets))
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def finish(self):
        """Waits for the end of the recorded connection and returns the record."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the recorded connection did not end"
        self._listener.close()
        return self.passed
