"""What the parts of a connection may ask of it."""

from __future__ import annotations

from typing import Protocol


class ConnectionControl(Protocol):
    """A connection of the server as the parts that it is made of see it: `ehlo.aio.connection` stands above them."""

    def wake(self) -> None:
        """Another turn soon: the session was given something that it has to act on."""

    def drained(self) -> None:
        """The handler has taken content: the connection may be read again."""

    def shutdown(self, text: str | None = None) -> None:
        """421 as soon as the replies before it are decided."""

    def abort(self) -> None:
        """Drops the connection without a reply."""
