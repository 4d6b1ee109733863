"""The interface of a connection for its parts."""

from __future__ import annotations

from typing import Protocol


class ConnectionControl(Protocol):
    """What the parts of a server's connection may call on it. `ehlo.aio.connection`, which implements it, is above
    them."""

    def wake(self) -> None:
        """The session was given an answer: advance it soon."""

    def drained(self) -> None:
        """The handler has taken the content that was there: the connection may be read again."""

    def shutdown(self, text: str | None = None) -> None:
        """421 as soon as the replies before it are decided."""

    def abort(self) -> None:
        """Drops the connection without a reply."""
