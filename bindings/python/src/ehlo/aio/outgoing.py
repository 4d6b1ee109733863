"""Content that a client is about to send: converted to the form on the wire and checked, before anything of its message
leaves."""

from __future__ import annotations

import asyncio
import copy
import io
import re
import tempfile
from collections.abc import AsyncIterable, Iterable
from email import policy as policies
from email.generator import BytesGenerator
from email.message import Message
from email.utils import getaddresses
from typing import Any, NamedTuple, Union, cast

from ..client import Client as Core
from ..codecs import Octets
from ..constants import BodyType, ErrorCode, Extension
from ..envelope import Envelope
from ..errors import ContentError
from .pieces import PIECE, Stream, octets_of_piece
from .scan import Scan

#: What may be sent: see `Client.send`.
Body = Union[Octets, str, "Message[Any, Any]", Stream]

_ANY_END = re.compile(rb"\r\n|\r|\n")
_BEYOND_ASCII = re.compile(rb"[^\x00-\x7f]")
_ANY_TEXT_END = re.compile(r"\r\n|\r|\n")
# A file that is decompressed is a stream: it would have to be unpacked twice.
_SEEKABLE_FILES = (io.BytesIO, io.FileIO, io.BufferedReader, io.BufferedRandom, tempfile.SpooledTemporaryFile)
_PIECES_BETWEEN_YIELDS = 16
_ADDRESS_FIELDS = {"from", "sender", "reply-to", "to", "cc"}


class Prepared(NamedTuple):
    """Content and its envelope. `must_be_ascii`: of a stream, which is checked piece by piece."""

    envelope: Envelope
    content: bytes | bytearray | Stream
    must_be_ascii: bool


async def prepare(envelope: Envelope, body: Body, core: Core) -> Prepared:
    """ContentError, TypeError or ValueError: it cannot be sent, and nothing has been sent."""
    extensions = core.extensions
    smtputf8 = False
    if isinstance(body, Message):
        body, smtputf8 = _octets_of_message(body, extensions, envelope.smtputf8)
    elif isinstance(body, str):
        body = _ANY_TEXT_END.sub("\r\n", body).encode("utf-8")
    elif isinstance(body, (list, tuple)):
        body = b"".join(body)
    elif isinstance(body, memoryview):
        body = bytes(body)
    declared = envelope.declared_body
    if isinstance(body, (bytes, bytearray)):
        return _prepare_octets(envelope, body, core, declared, smtputf8)
    file = getattr(body, "file", body)  # what `tempfile` wraps
    if isinstance(file, io.TextIOBase) or not (hasattr(body, "read") or isinstance(body, (Iterable, AsyncIterable))):
        raise TypeError(f"content cannot be read from {type(body).__name__}: octets are wanted")
    if isinstance(file, _SEEKABLE_FILES) and _can_seek(body):
        return await _prepare_file(envelope, body, core, declared)
    # The content is not known yet: octets above 127 are announced where the server accepts them.
    likely = BodyType.EIGHTBITMIME if Extension.EIGHTBITMIME in extensions else BodyType.SEVENBIT
    fitting = envelope.for_content(size=0, body=likely, smtputf8=False)
    return Prepared(fitting, cast("Stream", body), (likely if declared is None else declared) == BodyType.SEVENBIT)


def _scan_for(core: Core, declared: BodyType | None) -> Scan:
    return Scan(core.config, in_chunks=_is_sent_in_chunks(core, declared), binary=declared == BodyType.BINARYMIME)


def _envelope_for(envelope: Envelope, scan: Scan, declared: BodyType | None, smtputf8: bool) -> Envelope:
    """The envelope with what was found in the content."""
    size = scan.finish()
    if declared == BodyType.SEVENBIT and scan.beyond_ascii is not None:
        raise _not_ascii(scan.beyond_ascii)
    body = BodyType.SEVENBIT if scan.beyond_ascii is None else BodyType.EIGHTBITMIME
    return envelope.for_content(size=size, body=body, smtputf8=smtputf8)


def _prepare_octets(
    envelope: Envelope, octets: bytes | bytearray, core: Core, declared: BodyType | None, smtputf8: bool
) -> Prepared:
    scan = _scan_for(core, declared)
    scan.feed_all(octets)
    fitting = _envelope_for(envelope, scan, declared, smtputf8)
    return Prepared(fitting, _ANY_END.sub(b"\r\n", octets) if scan.repairs else octets, False)


async def _prepare_file(envelope: Envelope, file: Any, core: Core, declared: BodyType | None) -> Prepared:
    """Reads the rest of the file, and seeks back."""
    scan = _scan_for(core, declared)
    here = file.tell()
    try:
        pieces = 0
        while piece := octets_of_piece(file.read(PIECE)):
            scan.feed(piece)
            pieces += 1
            if pieces % _PIECES_BETWEEN_YIELDS == 0:
                await asyncio.sleep(0)
    finally:
        file.seek(here)
    fitting = _envelope_for(envelope, scan, declared, False)
    # If somebody writes to the file meanwhile, sending finds that.
    must_be_ascii = scan.beyond_ascii is None if declared is None else declared == BodyType.SEVENBIT
    return Prepared(fitting, file, must_be_ascii)


def _can_seek(file: Any) -> bool:
    try:
        file.seek(file.tell())
    except (OSError, ValueError):
        return False
    return True


def _is_sent_in_chunks(core: Core, declared: BodyType | None) -> bool:
    return declared == BodyType.BINARYMIME or (core.config.chunking and Extension.CHUNKING in core.extensions)


def check_ascii(octets: bytes | bytearray | memoryview, before: int) -> None:
    """`before`: the octets of the content before these."""
    octets = bytes(octets)
    if octets.isascii():
        return
    found = _BEYOND_ASCII.search(octets)
    assert found is not None
    raise _not_ascii(before + found.start())


def _not_ascii(offset: int) -> ContentError:
    return ContentError(ErrorCode.ARGUMENT, offset, "an octet above 127 in content sent as 7BIT")


# -- messages of the standard library


def _octets_of_message(message: Message[Any, Any], extensions: Extension, smtputf8: bool) -> tuple[bytes, bool]:
    """The message without its Bcc, and whether its header needs SMTPUTF8. Where the server does not
    offer 8BITMIME, the parts that need it are encoded."""
    smtputf8 = smtputf8 or _needs_smtputf8(message)
    cte_type = "8bit" if Extension.EIGHTBITMIME in extensions else "7bit"
    policy: Any = message.policy
    if smtputf8:
        modern = policy if isinstance(policy, policies.EmailPolicy) else policies.SMTP
        policy = modern.clone(utf8=True)
    policy = policy.clone(linesep="\r\n", cte_type=cte_type)
    public = copy.copy(message)
    del public["Bcc"]
    del public["Resent-Bcc"]
    out = io.BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=policy).flatten(public)
    return out.getvalue(), smtputf8


def _needs_smtputf8(message: Message[Any, Any]) -> bool:
    """An address outside of ASCII has no other form (RFC 6532)."""
    for part in message.walk():
        for name, value in part.items():
            if name.lower().removeprefix("resent-") in _ADDRESS_FIELDS and not str(value).isascii():
                addresses = getaddresses([str(value)])
                if not all(address.isascii() for _, address in addresses):
                    return True
    return False
