"""How far a session of either role has come."""

from __future__ import annotations

from typing import ClassVar, Generic, NamedTuple, TypeVar

from ._ehlo import lib
from .client_events import ClientEvent
from .constants import Fact, TimeoutKind, Want
from .events import Event

Of = TypeVar("Of")


class Timeout(NamedTuple):
    """What is waited for now, and how long at most by RFC 5321 4.5.3.2; NONE while the program owes an answer."""

    kind: TimeoutKind
    seconds: int


class _Progress(Generic[Of]):
    __slots__ = ("_facts", "_seconds", "_waits_for", "consumed", "events", "output", "raw_wants")

    _more: ClassVar[int]  # what is wanted where another call has something to do

    def __init__(self, head: tuple[int, ...], events: list[Of], output: bytes) -> None:
        self.consumed = head[0]
        self.events = events
        self.output = output
        self.raw_wants = head[2]
        self._facts = head[3]
        self._waits_for = head[4]
        self._seconds = head[5]

    @property
    def wants(self) -> Want:
        return Want(self.raw_wants)

    @property
    def facts(self) -> Fact:
        return Fact(self._facts)

    @property
    def timeout(self) -> Timeout:
        return Timeout(TimeoutKind(self._waits_for), self._seconds)

    @property
    def seconds(self) -> int:
        """Of the timeout; 0: none."""
        return self._seconds

    @property
    def again(self) -> bool:
        """Whether to advance again, with the rest of the input, once the events have been executed: it stopped for
        them, or the output had no more room. Otherwise the session has no more to do until something new is given."""
        return bool(self.events) or self.raw_wants & self._more != 0


class Progress(_Progress[Event]):
    """What an advance gave, and where the session stands.

    consumed    octets of the input: drop them
    events      in order
    output      octets to be sent
    raw_wants   `wants` as a number, for loops that test bits of it
    """

    __slots__ = ()
    _more = lib.EHLO_WANT_OUTPUT


class ClientProgress(_Progress[ClientEvent]):
    """What an advance gave, and where the session stands; as `ehlo.Progress`."""

    __slots__ = ()
    _more = lib.EHLO_WANT_OUTPUT | lib.EHLO_WANT_EVENTS
