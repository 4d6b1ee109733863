"""Objects of the library that Python objects own."""

from __future__ import annotations

from typing import Any

from ._ehlo import ffi
from .constants import ErrorCode
from .errors import ClosedError, failure


class Owner:
    """Owns an object of the library: it is freed with this one, or by `close`."""

    __slots__ = ("_pointer",)

    def __init__(self, pointer: Any, free: Any) -> None:
        if not pointer:
            raise failure(ErrorCode.MEMORY)
        self._pointer: Any = ffi.gc(pointer, free)

    def close(self) -> None:
        """Frees it at once. What it returned lives on; every other call raises `ClosedError`."""
        pointer, self._pointer = self._pointer, None
        if pointer is not None:
            ffi.release(pointer)

    def _open_pointer(self) -> Any:
        if self._pointer is None:
            raise ClosedError
        return self._pointer
