"""The servers of a run: each is started for the first test that needs it and ended with the run."""

from collections.abc import Callable

import pytest

from aiosmtpd_server import AiosmtpdServer
from dovecot_server import DovecotServer
from exim_server import EximServer
from opensmtpd_server import OpensmtpdServer
from postfix_server import PostfixServer
from program import Options
from server import Server, Tls

KINDS: dict[str, type[Server]] = {
    kind.name: kind for kind in (PostfixServer, EximServer, OpensmtpdServer, DovecotServer, AiosmtpdServer)
}

# Without PIPELINING the first way must equal the second, and the third the fourth.
WAYS: dict[str, Options] = {
    "data": (),
    "data one at a time": ("--no-pipelining",),
    "chunks": ("--chunking",),
    "chunks one at a time": ("--chunking", "--no-pipelining"),
}


def over(condition: Callable[[type[Server]], bool] = lambda kind: True) -> pytest.MarkDecorator:
    """Runs a test with each server that has the needed extensions."""
    names = [name for name, kind in KINDS.items() if condition(kind)]
    return pytest.mark.parametrize("server", names, indirect=True)


def over_ways(condition: Callable[[type[Server]], bool] = lambda kind: True) -> pytest.MarkDecorator:
    """Runs a test with each server, and with each way of sending that the server offers."""
    pairs = [
        pytest.param(name, options, id=f"{name}-{way}")
        for name, kind in KINDS.items()
        for way, options in WAYS.items()
        if condition(kind) and ("--chunking" not in options or "CHUNKING" in kind.offers)
    ]
    return pytest.mark.parametrize("server, options", pairs, indirect=["server"])


def offering(keyword: str) -> pytest.MarkDecorator:
    return over(lambda kind: keyword in kind.offers | kind.offers_in_tls)


class Fleet:
    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        self._started: dict[str, Server] = {}

    def get(self, name: str) -> Server:
        if name not in self._started:
            self._started[name] = self._start(name)
        return self._started[name]

    def _start(self, name: str) -> Server:
        if name == PostfixServer.name:
            dovecot = self.get(DovecotServer.name)
            assert isinstance(dovecot, DovecotServer)
            return PostfixServer(self._tls, dovecot.logins)
        return KINDS[name](self._tls)  # type: ignore[call-arg]

    def stop(self) -> None:
        failures = []
        for server in reversed(self._started.values()):
            try:
                server.stop()
            except Exception as failure:  # The others must be ended all the same.
                failures.append(f"{server.name}: {failure!r}")
        assert failures == []
