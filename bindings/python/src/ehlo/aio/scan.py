"""What a session would find in text while it sends it, found beforehand, piece by piece."""

from __future__ import annotations

import re
from operator import itemgetter

from ..codecs import Octets
from ..configs import ClientConfig
from ..constants import Ending, ErrorCode
from ..errors import ContentError
from .pieces import PIECE

# Of what is not the end of the content, and of its end, which begins with what is kept of the rest. A CR at the end of
# a piece is not known yet to be bare.
_BAD_END = re.compile(rb"\r(?=[^\n])|(?<!\r)\n")
_BAD_LAST = re.compile(rb"\r\Z")
# A line of one dot, where a line begins behind a bare CR or LF, or anywhere behind NULs; NULs may follow the dot. Where
# bare line ends are repaired, NULs alone make one: a dot directly behind a line end is stuffed.
_LINE = rb"(?:[\r\n]\0+|\r|(?<!\r)\n)(\.)\0*"
_LINE_REPAIRED = rb"[\r\n]\0+(\.)\0*"
_END, _LAST = rb"([\r\n])", rb"(\Z)"
_FALSE_END = re.compile(_LINE + _END), re.compile(_LINE + _LAST)
_FALSE_END_REPAIRED = re.compile(_LINE_REPAIRED + _END), re.compile(_LINE_REPAIRED + _LAST)
_BEYOND_ASCII = re.compile(rb"[^\x00-\x7f]")


class Scan:
    """Looks through the content of one message. `binary`: it is no text, and may have anything."""

    def __init__(self, config: ClientConfig, *, in_chunks: bool, binary: bool = False) -> None:
        self._binary = binary
        self.repairs = config.data_endings == Ending.NORMALIZE and not in_chunks and not binary
        self._refuse_nul = config.refuse_nul
        self._accept_ends = self.repairs or config.data_endings == Ending.ACCEPT
        self._false_end, self._false_last = _FALSE_END_REPAIRED if self.repairs else _FALSE_END
        self._in_chunks = in_chunks
        #: The octets before those that are looked at.
        self._taken = 0
        # What the next piece may go on with: a line end, NULs, a dot, NULs; of each run of NULs one. The beginning is
        # like that of a line.
        self._kept = b"\r\n"
        self._dot = 0
        self._bare = 0
        self._end = b""
        #: Where the first octet above 127 is.
        self.beyond_ascii: int | None = None

    def feed(self, piece: Octets) -> None:
        """ContentError: it may not be sent."""
        if not piece:
            return
        octets = b"".join((self._kept, piece))
        fresh = len(self._kept)
        if self.beyond_ascii is None and not octets.isascii():
            found = _BEYOND_ASCII.search(octets)
            assert found is not None
            self.beyond_ascii = self._taken + found.start() - fresh
        self._end = octets[-2:]
        if not self._binary:
            self._look(octets, fresh)
            self._keep(octets, fresh)
        self._taken += len(octets) - fresh

    def feed_all(self, octets: Octets) -> None:
        view = memoryview(octets)
        for at in range(0, len(view), PIECE):
            self.feed(view[at : at + PIECE])

    def finish(self) -> int:
        """How many octets are sent of it, as SIZE counts them. ContentError: the end is at fault."""
        if not self._binary:
            found = []
            if self._false_last.search(self._kept):
                found.append((self._taken, ErrorCode.FALSE_END, self._dot))
            if not self._accept_ends and _BAD_LAST.search(self._kept):
                found.append((self._taken - 1, ErrorCode.BARE_CR, self._taken - 1))
            _raise_first(found)
        size = self._taken + (self._bare if self.repairs else 0)
        ended = self._end[-1:] in (b"\r", b"\n") if self.repairs else self._end == b"\r\n"
        return size if ended or not size or self._in_chunks else size + 2  # DATA ends what does not end with a line

    def _look(self, octets: bytes, fresh: int) -> None:
        """`fresh`: how much was kept of what came before."""
        bare = _bare_ends(octets)
        if not bare and b"\0" not in octets:
            self._bare -= _bare_ends(self._kept)
            return
        self._bare += bare - _bare_ends(self._kept)
        before = self._taken - fresh
        # Where each problem becomes certain, and what it is. The first is the one; on a tie that which is named first.
        found: list[tuple[int, ErrorCode, int]] = []
        if (end := self._false_end.search(octets)) is not None:
            dot = end.start(1)
            found.append((before + end.start(2), ErrorCode.FALSE_END, self._dot if dot < fresh else before + dot))
        if self._refuse_nul and (nul := octets.find(b"\0", fresh)) >= 0:
            found.append((before + nul, ErrorCode.NUL, before + nul))
        if not self._accept_ends and (bad := _BAD_END.search(octets)) is not None:
            at = before + bad.start()
            found.append((at, ErrorCode.BARE_LF if bad[0] == b"\n" else ErrorCode.BARE_CR, at))
        _raise_first(found)

    def _keep(self, octets: bytes, fresh: int) -> None:
        head = octets.rstrip(b"\0")
        behind = b"\0" if len(head) < len(octets) else b""
        dot = b""
        if head.endswith(b"."):
            at = len(head) - 1
            self._dot = self._dot if at < fresh else self._taken - fresh + at
            line = head[:at].rstrip(b"\0")
            dot = (b"\0" if len(line) < at else b"") + b"."
            head = line
        if head.endswith(b"\r\n"):
            self._kept = b"\r\n" + dot + behind
        elif head.endswith((b"\r", b"\n")):
            self._kept = head[-1:] + dot + behind
        else:
            self._kept = b""


def _bare_ends(octets: bytes) -> int:
    return octets.count(b"\r") + octets.count(b"\n") - 2 * octets.count(b"\r\n")


def _raise_first(found: list[tuple[int, ErrorCode, int]]) -> None:
    if found:
        _, error, offset = min(found, key=itemgetter(0))
        raise ContentError(error, offset)
