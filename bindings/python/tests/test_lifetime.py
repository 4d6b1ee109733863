"""Objects and views may be freed in any order."""

from __future__ import annotations

import contextlib
import gc
import inspect
import itertools
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kit import greeted, opened, played

import ehlo
from ehlo import events as e
from ehlo._ehlo import ffi


@contextlib.contextmanager
def nothing_is_left() -> Iterator[None]:
    """Of what is made within."""
    gc.collect()
    before = ehlo.live_blocks()
    yield
    gc.collect()
    assert ehlo.live_blocks() == before


def test_events_outlive_their_session_and_their_buffer() -> None:
    server = greeted()
    data = bytearray(b"MAIL FROM:<a@client.example> SIZE=5\r\n")
    (mail,) = server.advance(data).events
    reference = weakref.ref(server)
    server.close()
    del server, data
    gc.collect()
    assert reference() is None
    assert isinstance(mail, e.Mail)
    assert mail.path.address == "a@client.example"
    assert mail.params[0].decoded == 5


def test_a_buffer_may_be_resized_once_the_events_are_gone() -> None:
    server = greeted()
    data = bytearray(b"MAIL FROM:<a@client.example>\r\n")
    progress = server.advance(data)
    with pytest.raises(BufferError):
        del data[: progress.consumed]
    consumed = progress.consumed
    del progress
    del data[:consumed]
    assert data == b""


ROLES: list[Any] = [greeted, opened]


@pytest.mark.parametrize(
    ("role", "name"),
    [(role, name) for role in ROLES for name, _ in inspect.getmembers(type(role())) if not name.startswith("_")],
)
def test_a_closed_session_raises_closed_error(role: Any, name: str) -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "accept": (1,),
        "decline": (1,),
        "reply": (1, 550),
        "challenge": (1, b""),
        "refuse_message": (550,),
        "transact": (ehlo.Envelope(""),),
        "mail": ("",),
        "rcpt": ("a@b",),
        "command": (ehlo.Verb.NOOP,),
        "offers": ("X",),
        "auth": ("PLAIN",),
        "auth_respond": (b"",),
        "bdat": (b"", True),
        "body": (b"", True),
        "body_copy": (b"", True),
    }
    session = role()
    session.close()
    session.close()
    if name in ("close", "config"):
        return
    with pytest.raises(ehlo.ClosedError):
        attribute = getattr(session, name)
        if callable(attribute):
            attribute(*arguments.get(name, ()))


def test_a_closed_decoder_raises_closed_error() -> None:
    decoder = ehlo.DotDecoder()
    decoder.close()
    with pytest.raises(ehlo.ClosedError):
        decoder.feed(b"")
    with pytest.raises(ehlo.ClosedError):
        decoder.first(ehlo.Seen.BARE_LF)


@nothing_is_left()
def test_a_configuration_lives_as_long_as_its_sessions_whatever_the_collector_does() -> None:
    for _ in range(200):
        server = greeted()
        (ask,) = server.advance(b"MAIL FROM:<>\r\n").events
        server.reply(ask, 550, "a text, so that memory for texts is allocated")
        client = ehlo.Client(ehlo.ClientConfig(hostname="c.example"))
        cycle: list[Any] = [server.config, server, client.config, client, ask]
        cycle.append(cycle)
        del server, client, ask, cycle


def submitting() -> tuple[ehlo.Client, ehlo.Envelope]:
    client = opened("PIPELINING")
    envelope = ehlo.Envelope("a@c.example", ["b@mx.example"])
    client.transact(envelope)
    return client, envelope


@pytest.mark.parametrize("order", [*itertools.permutations(("config", "envelope", "client"))])
def test_what_a_client_uses_is_freed_in_any_order(order: tuple[str, ...]) -> None:
    gc.collect()
    before = ehlo.live_blocks()
    client, envelope = submitting()
    # The pointers themselves, as the collector drops them from a cycle.
    pointers = {"config": client.config._pointer, "envelope": envelope._pointer, "client": client._pointer}
    for name in order:
        ffi.release(pointers[name])
    assert ehlo.live_blocks() == before


@nothing_is_left()
def test_a_client_sends_an_envelope_that_the_program_has_dropped() -> None:
    client, envelope = submitting()
    del envelope
    gc.collect()
    assert client.output() == b"MAIL FROM:<a@c.example>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n"
    client.advance(b"250 ok\r\n250 ok\r\n354 go\r\n")
    held = ehlo.live_blocks()
    client.body(b"x\r\n", True)
    assert ehlo.live_blocks() < held
    client.close()


def test_an_envelope_takes_no_recipient_while_a_session_holds_it() -> None:
    client, envelope = submitting()
    with pytest.raises(ehlo.StateError):
        envelope.add("late@mx.example")
    assert len(envelope) == 1
    client.close()
    assert envelope.add("late@mx.example") == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: ehlo.ServerConfig(hostname="no name"),
        lambda: ehlo.ClientConfig(hostname="no name"),
        lambda: ehlo.Envelope("no address"),
        lambda: ehlo.Envelope("a@b.example", ["no address"]),
    ],
)
def test_refused_objects_leave_no_memory(make: Callable[[], object]) -> None:
    with nothing_is_left():
        for _ in range(10):
            with pytest.raises(ehlo.ArgumentError):
                make()


def test_sessions_of_one_configuration_run_in_threads() -> None:
    config = ehlo.ServerConfig(hostname="mx.example")
    wire = (
        b"EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n" + b"x" * 500 + b"\r\n.\r\n"
    )
    found: list[bytes] = []

    def work() -> None:
        for _ in range(100):
            found.append(played(ehlo.Server(config), wire)[1])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 800
    assert len(set(found)) == 1
    assert found[0].count(b"\r\n") >= 5
