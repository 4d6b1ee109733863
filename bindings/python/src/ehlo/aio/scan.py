"""Finds the faults of content before it is sent, piece by piece, as a session finds them while it sends."""

from __future__ import annotations

import re
from operator import itemgetter

from ..codecs import Octets
from ..configs import ClientConfig
from ..constants import Ending, ErrorCode
from ..errors import ContentError
from .pieces import PIECE

# A CR at the end of a piece may be followed by its LF: it is bare only at the end of the content.
_BARE_END = re.compile(rb"\r(?=[^\n])|(?<!\r)\n")
_BARE_CR_AT_END = re.compile(rb"\r\Z")
# A line of one dot, where a line begins after a bare CR or LF, or anywhere after NULs; NULs may follow the dot. Where
# bare line ends are repaired, NULs alone make one: a dot directly after a line end is stuffed.
_LONE_DOT = rb"(?:[\r\n]\0+|\r|(?<!\r)\n)(\.)\0*"
_LONE_DOT_REPAIRED = rb"[\r\n]\0+(\.)\0*"
_LINE_END, _CONTENT_END = rb"([\r\n])", rb"(\Z)"
_FALSE_END = re.compile(_LONE_DOT + _LINE_END), re.compile(_LONE_DOT + _CONTENT_END)
_FALSE_END_REPAIRED = re.compile(_LONE_DOT_REPAIRED + _LINE_END), re.compile(_LONE_DOT_REPAIRED + _CONTENT_END)
_BEYOND_ASCII = re.compile(rb"[^\x00-\x7f]")


class Scan:
    """Scans the content of one message. `binary`: it is no text, and may have any octet."""

    def __init__(self, config: ClientConfig, *, in_chunks: bool, binary: bool = False) -> None:
        self._binary = binary
        self.repairs = config.data_endings == Ending.NORMALIZE and not in_chunks and not binary
        self._refuse_nul = config.refuse_nul
        self._accept_ends = self.repairs or config.data_endings == Ending.ACCEPT
        self._false_end, self._false_end_of_content = _FALSE_END_REPAIRED if self.repairs else _FALSE_END
        self._in_chunks = in_chunks
        #: How many octets came before this piece.
        self._offset = 0
        # The end of the last piece, if a fault may begin in it: a line end, NULs, a dot, NULs, with one NUL for each
        # run of them. The content begins like a line.
        self._kept = b"\r\n"
        self._dot_offset = 0
        self._bare_count = 0
        self._last_octets = b""
        #: Where the first octet above 127 is.
        self.beyond_ascii: int | None = None

    def feed(self, piece: Octets) -> None:
        """ContentError: the content may not be sent."""
        if not piece:
            return
        octets = b"".join((self._kept, piece))
        kept = len(self._kept)
        if self.beyond_ascii is None and not octets.isascii():
            found = _BEYOND_ASCII.search(octets)
            assert found is not None
            self.beyond_ascii = self._offset + found.start() - kept
        self._last_octets = octets[-2:]
        if not self._binary:
            self._find_faults(octets, kept)
            self._keep_line_start(octets, kept)
        self._offset += len(octets) - kept

    def feed_all(self, octets: Octets) -> None:
        view = memoryview(octets)
        for at in range(0, len(view), PIECE):
            self.feed(view[at : at + PIECE])

    def finish(self) -> int:
        """The number of octets that are sent, as SIZE counts them. ContentError: a fault at the end."""
        if not self._binary:
            found = []
            if self._false_end_of_content.search(self._kept):
                found.append((self._offset, ErrorCode.FALSE_END, self._dot_offset))
            if not self._accept_ends and _BARE_CR_AT_END.search(self._kept):
                found.append((self._offset - 1, ErrorCode.BARE_CR, self._offset - 1))
            _raise_first(found)
        size = self._offset + (self._bare_count if self.repairs else 0)
        ended = self._last_octets[-1:] in (b"\r", b"\n") if self.repairs else self._last_octets == b"\r\n"
        return size if ended or not size or self._in_chunks else size + 2  # DATA ends what does not end with a line

    def _find_faults(self, octets: bytes, kept: int) -> None:
        """`kept`: how many of the octets come from the piece before."""
        bare = _bare_ends(octets)
        if not bare and b"\0" not in octets:
            self._bare_count -= _bare_ends(self._kept)
            return
        self._bare_count += bare - _bare_ends(self._kept)
        before = self._offset - kept
        # Where each fault becomes certain, and what it is. The first one is reported, as the session does; of two at
        # one place that which is added first.
        found: list[tuple[int, ErrorCode, int]] = []
        if (end := self._false_end.search(octets)) is not None:
            dot = end.start(1)
            found.append((before + end.start(2), ErrorCode.FALSE_END, self._dot_offset if dot < kept else before + dot))
        if self._refuse_nul and (nul := octets.find(b"\0", kept)) >= 0:
            found.append((before + nul, ErrorCode.NUL, before + nul))
        if not self._accept_ends and (bad := _BARE_END.search(octets)) is not None:
            at = before + bad.start()
            found.append((at, ErrorCode.BARE_LF if bad[0] == b"\n" else ErrorCode.BARE_CR, at))
        _raise_first(found)

    def _keep_line_start(self, octets: bytes, kept: int) -> None:
        head = octets.rstrip(b"\0")
        nul = b"\0" if len(head) < len(octets) else b""
        dot = b""
        if head.endswith(b"."):
            at = len(head) - 1
            self._dot_offset = self._dot_offset if at < kept else self._offset - kept + at
            line = head[:at].rstrip(b"\0")
            dot = (b"\0" if len(line) < at else b"") + b"."
            head = line
        if head.endswith(b"\r\n"):
            self._kept = b"\r\n" + dot + nul
        elif head.endswith((b"\r", b"\n")):
            self._kept = head[-1:] + dot + nul
        else:
            self._kept = b""


def _bare_ends(octets: bytes) -> int:
    return octets.count(b"\r") + octets.count(b"\n") - 2 * octets.count(b"\r\n")


def _raise_first(found: list[tuple[int, ErrorCode, int]]) -> None:
    if found:
        _, error, offset = min(found, key=itemgetter(0))
        raise ContentError(error, offset)
