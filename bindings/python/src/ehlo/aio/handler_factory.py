"""The handlers of a server: one for all connections, or one for each."""

from __future__ import annotations

from typing import Callable

from .handler import Handler
from .hooks import Features


class HandlerFactory:
    """`handler`: as `Server` takes it. TypeError: it is no handler, or has methods that would never be called."""

    def __init__(self, handler: Handler | Callable[[], Handler]) -> None:
        self._handler = handler
        self._spare: Handler | None = None
        self.kind = self._kind_of(handler)
        self.features = Features(self.kind)
        if isinstance(handler, Handler):
            self.features.check(handler)

    def _kind_of(self, handler: Handler | Callable[[], Handler]) -> type[Handler]:
        """A callable is called here to learn the kind: the first connection gets the handler that it made."""
        if isinstance(handler, type):
            return handler
        if isinstance(handler, Handler):
            return type(handler)
        if not callable(handler):
            raise TypeError(f"{type(handler).__name__} does not derive from ehlo.aio.Handler")
        self._spare = handler()
        return type(self._spare)

    def make(self) -> Handler:
        """The handler of a new connection. TypeError: it is not of the same kind."""
        handler = self._handler
        if not isinstance(handler, Handler):
            spare, self._spare = self._spare, None
            handler = handler() if spare is None else spare
            self.features.check(handler)
        return handler
