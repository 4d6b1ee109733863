"""Divides content that is to be sent into pieces."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from functools import partial
from typing import IO, Any, Union

from ..codecs import Octets

#: Pieces of octets, or a file opened for reading octets.
Stream = Union[Iterable[bytes], AsyncIterable[bytes], IO[bytes]]

PIECE = 1 << 16

#: Octets, and whether they are the last.
Piece = tuple[Union[bytes, memoryview], bool]


def octets_of_piece(piece: Any) -> bytes:
    if not isinstance(piece, (bytes, bytearray, memoryview)):
        raise TypeError(f"a piece of content is {type(piece).__name__}: octets are wanted")
    return bytes(piece)


async def _async_pieces(body: AsyncIterable[bytes], least: int) -> AsyncIterator[Piece]:
    """Pieces as they come, joined to `least` octets; the last one is known only once the iterator ends."""
    joined: list[bytes] = []
    size = 0
    async for piece in body:
        octets = octets_of_piece(piece)
        joined.append(octets)
        size += len(octets)
        if size >= least:
            view = memoryview(b"".join(joined))
            joined, size = [], 0
            for at in range(0, len(view), PIECE):
                yield view[at : at + PIECE], False
    yield b"".join(joined), True


def _sync_pieces(body: Any) -> Iterator[Piece]:
    """Pieces of PIECE octets but for the last; octets in memory are not copied."""
    if isinstance(body, (bytes, bytearray, memoryview)):
        view = memoryview(body).cast("B")
        for at in range(0, max(len(view), 1), PIECE):
            yield view[at : at + PIECE], at + PIECE >= len(view)
        return
    pieces = iter(partial(body.read, PIECE), b"") if hasattr(body, "read") else body
    rest = b""
    for piece in pieces:
        rest += octets_of_piece(piece)
        if len(rest) > PIECE:
            view = memoryview(rest)
            whole = (len(view) - 1) // PIECE * PIECE
            for at in range(0, whole, PIECE):
                yield view[at : at + PIECE], False
            rest = bytes(view[whole:])
    yield rest, True


def pieces_of(body: Octets | Stream, least: int) -> Iterator[Piece] | AsyncIterator[Piece]:
    return _async_pieces(body, least) if isinstance(body, AsyncIterable) else _sync_pieces(body)


async def next_piece(pieces: Iterator[Piece] | AsyncIterator[Piece]) -> Piece:
    return await pieces.__anext__() if isinstance(pieces, AsyncIterator) else next(pieces)
