"""What is found in content before it is sent is what the session finds in it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from kit import answer, opened

import ehlo
from ehlo import Ending
from ehlo.aio.scan import Scan


def on_the_wire(octets: bytes, options: dict[str, Any]) -> bytes:
    """What a session sends of content."""
    client = opened("CHUNKING", **options)
    client.transact(ehlo.Envelope("", ["b@m"]))
    answer(client, *(b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")[: 2 if options["chunking"] else 3])
    return client.body_copy(octets, last=True)[1]


def scanned(config: ehlo.ClientConfig, *pieces: bytes) -> int:
    scan = Scan(config, in_chunks=config.chunking)
    for piece in pieces:
        scan.feed(piece)
    return scan.finish()


def without_dots(sent: bytes, chunking: bool) -> bytes:
    """What SIZE counts of what goes over the wire, where no line of it has a dot but those of the encoding."""
    if chunking:
        return sent.partition(b"\r\n")[2]
    sent = sent.removesuffix(b".\r\n")
    return (b"\r\n" + sent).replace(b"\r\n..", b"\r\n.")[2:]


def verdict(call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except ehlo.ContentError as problem:
        return problem.error, problem.offset


@pytest.mark.parametrize("refuse_nul", [False, True])
@pytest.mark.parametrize("chunking", [False, True])
@pytest.mark.parametrize("endings", list(Ending))
def test_the_scan_finds_the_fault_that_the_session_finds(endings: Ending, chunking: bool, refuse_nul: bool) -> None:
    options: dict[str, Any] = {"data_endings": endings, "chunking": chunking, "refuse_nul": refuse_nul}
    config = ehlo.ClientConfig(**options)
    for length in range(6):
        for octets in map(bytes, itertools.product(b"a.\r\n\0", repeat=length)):
            sent = verdict(on_the_wire, octets, options)
            found = len(without_dots(sent, chunking)) if isinstance(sent, bytes) else sent
            for cut in range(max(length, 1)):
                assert verdict(scanned, config, octets[:cut], octets[cut:]) == found, octets
            assert verdict(scanned, config, *(bytes([octet]) for octet in octets)) == found, octets
