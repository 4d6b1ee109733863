"""The content of a message as it arrives."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Callable

from ..constants import ErrorCode
from ..errors import error_info

#: Octets that were not taken: above the first the connection is not read, below the second it is again.
HIGH_WATER, LOW_WATER = 1 << 18, 1 << 16

# The client chooses the size of pieces, and an object for each small one costs many times its octets: they are joined.
_SMALL_PIECE = 1 << 10


class Aborted(Exception):
    """The message is not completed. `error`: why the library refused it; OK: the client gave it up."""

    def __init__(self, error: ErrorCode | int) -> None:
        super().__init__(error)
        self.error = error

    def __str__(self) -> str:
        return error_info(self.error).name


class Content:
    """An asynchronous iterator over the pieces of a message, to be used by one coroutine."""

    __slots__ = ("_drained", "_ended", "_error", "_pieces", "_waiter", "buffered", "octets")

    def __init__(self, drained: Callable[[], None]) -> None:
        self._drained = drained
        self._pieces: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self._error: ErrorCode | int | None = None
        #: Octets that have arrived and were not taken yet.
        self.buffered = 0
        #: Octets that were taken.
        self.octets = 0

    def __aiter__(self) -> Content:
        return self

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self._error is not None:
                raise Aborted(self._error)
            if self._ended:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        piece = self._pieces.popleft()
        self.octets += len(piece)
        before, self.buffered = self.buffered, self.buffered - len(piece)
        if before > LOW_WATER >= self.buffered:
            self._drained()
        return piece

    async def read(self) -> bytes:
        """The rest of the content."""
        return b"".join([piece async for piece in self])

    @property
    def is_full(self) -> bool:
        return self.buffered > HIGH_WATER

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _feed(self, piece: bytes) -> None:
        pieces = self._pieces
        if pieces and len(pieces[-1]) < _SMALL_PIECE:
            pieces[-1] += piece
        else:
            pieces.append(piece)
        self.buffered += len(piece)
        self._wake()

    def _finish(self) -> None:
        self._ended = True
        self._wake()

    def _abort(self, error: ErrorCode | int) -> None:
        self._error = error
        self._pieces.clear()
        self.buffered = 0
        self._wake()

    def _drop(self) -> None:
        """The receiver has ended: nothing is kept for it any more."""
        self._pieces.clear()
        self.buffered = 0
