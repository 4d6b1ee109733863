"""Content that a client is about to send: brought into the form that goes over the wire, and looked at, before anything
of its message leaves."""

from __future__ import annotations

import copy
import io
import os
import re
from collections.abc import AsyncIterable, Iterable
from email import policy as policies
from email.generator import BytesGenerator
from email.message import Message
from email.utils import getaddresses
from operator import itemgetter
from typing import Any, NamedTuple, Union, cast

from ..client import Client as Core
from ..codecs import Octets
from ..configs import ClientConfig
from ..constants import BodyType, Ending, ErrorCode, Extension
from ..envelope import Envelope
from ..errors import ContentError
from .pieces import Stream

#: What may be sent: see `Client.send`.
Body = Union[Octets, str, "Message[Any, Any]", Stream]

_ANY_END = re.compile(rb"\r\n|\r|\n")
_BAD_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
# A line of one dot, where a line begins behind a bare CR or LF, or anywhere behind NULs; NULs may follow the dot. Where
# bare line ends are repaired, NULs alone make one: a dot directly behind a line end is stuffed.
_FALSE_END = re.compile(rb"(?:(?:\A|[\r\n])\0+|\r|(?<!\r)\n)(\.)\0*([\r\n]|\Z)")
_FALSE_END_REPAIRED = re.compile(rb"(?:\A|[\r\n])\0+(\.)\0*([\r\n]|\Z)")
_BEYOND_ASCII = re.compile(rb"[^\x00-\x7f]")
_ANY_TEXT_END = re.compile(r"\r\n|\r|\n")
_ADDRESSED = {"from", "sender", "reply-to", "to", "cc"}


class Prepared(NamedTuple):
    """What is sent with which envelope. `must_be_ascii`: of a stream, which is looked at piece by piece."""

    envelope: Envelope
    content: bytes | bytearray | Stream
    must_be_ascii: bool


def prepare(envelope: Envelope, body: Body, core: Core) -> Prepared:
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
    if isinstance(body, io.TextIOBase) or not (hasattr(body, "read") or isinstance(body, (Iterable, AsyncIterable))):
        raise TypeError(f"content cannot be read from {type(body).__name__}: octets are wanted")
    # Nobody knows what is coming: where the server takes octets above 127, they are announced.
    likely = BodyType.EIGHTBITMIME if Extension.EIGHTBITMIME in extensions else BodyType.SEVENBIT
    suited = envelope.for_content(size=_octets_left(body), body=likely, smtputf8=False)
    return Prepared(suited, cast("Stream", body), (likely if declared is None else declared) == BodyType.SEVENBIT)


def _prepare_octets(
    envelope: Envelope, octets: bytes | bytearray, core: Core, declared: BodyType | None, smtputf8: bool
) -> Prepared:
    in_chunks = _goes_in_chunks(core, declared)
    if declared != BodyType.BINARYMIME:
        octets = checked_text(octets, core.config, in_chunks)
    if declared == BodyType.SEVENBIT:
        check_ascii(octets, 0)
    body = BodyType.SEVENBIT if octets.isascii() else BodyType.EIGHTBITMIME
    size = len(octets)
    if size and not octets.endswith(b"\r\n") and not in_chunks:
        size += 2  # DATA ends what does not end with a line
    return Prepared(envelope.for_content(size=size, body=body, smtputf8=smtputf8), octets, False)


def _goes_in_chunks(core: Core, declared: BodyType | None) -> bool:
    return declared == BodyType.BINARYMIME or (core.config.chunking and Extension.CHUNKING in core.extensions)


def checked_text(octets: bytes | bytearray, config: ClientConfig, in_chunks: bool) -> bytes | bytearray:
    """What the session would find while it sends them. The octets of chunks are announced: none can be repaired."""
    pairs = octets.count(b"\r\n")
    if octets.count(b"\r") == pairs == octets.count(b"\n") and b"\0" not in octets:
        return octets
    repairs = config.data_endings == Ending.NORMALIZE and not in_chunks
    # Where each problem becomes certain, and what it is. The first is the one; on a tie that which is named first.
    found: list[tuple[int, ErrorCode, int]] = []
    end = (_FALSE_END_REPAIRED if repairs else _FALSE_END).search(octets)
    if end is not None:
        found.append((end.start(2), ErrorCode.FALSE_END, end.start(1)))
    if config.refuse_nul and (nul := octets.find(b"\0")) >= 0:
        found.append((nul, ErrorCode.NUL, nul))
    bad = None if repairs or config.data_endings == Ending.ACCEPT else _BAD_END.search(octets)
    if bad is not None:
        at = bad.start()
        found.append((at, ErrorCode.BARE_LF if bad[0] == b"\n" else ErrorCode.BARE_CR, at))
    if found:
        _, error, offset = min(found, key=itemgetter(0))
        raise ContentError(error, offset)
    return _ANY_END.sub(b"\r\n", octets) if repairs else octets


def check_ascii(octets: bytes | bytearray | memoryview, before: int) -> None:
    """`before`: the octets of the content before these."""
    octets = bytes(octets)
    if octets.isascii():
        return
    found = _BEYOND_ASCII.search(octets)
    assert found is not None
    raise ContentError(ErrorCode.ARGUMENT, before + found.start(), "an octet above 127 in content sent as 7BIT")


def _octets_left(body: Any) -> int:
    """Of a file that knows; 0: it does not, or would have to read all to say it, as one that is decompressed."""
    if not isinstance(body, (io.BytesIO, io.FileIO, io.BufferedReader, io.BufferedRandom)) or not body.seekable():
        return 0
    here = body.tell()
    end = body.seek(0, os.SEEK_END)
    body.seek(here)
    return max(end - here, 0)


# -- messages of the standard library


def _octets_of_message(message: Message[Any, Any], extensions: Extension, smtputf8: bool) -> tuple[bytes, bool]:
    """The message without its Bcc, and whether its header needs SMTPUTF8. What 8BITMIME would be needed for is encoded
    where the server does not have it."""
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
            if name.lower().removeprefix("resent-") in _ADDRESSED and not str(value).isascii():
                addresses = getaddresses([str(value)])
                if not all(address.isascii() for _, address in addresses):
                    return True
    return False
