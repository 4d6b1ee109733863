"""A mail transaction of a server session."""

from __future__ import annotations

from .. import events


class Transaction:
    """The open mail transaction: `mail`, and the accepted `recipients` in the order of their RCPT."""

    __slots__ = ("_accepted", "_pieces", "_sorted", "mail", "octets", "state")

    def __init__(self, mail: events.Mail) -> None:
        self.mail = mail
        self.octets = 0
        #: Whatever the program wants to keep with it.
        self.state: object = None
        self._accepted: list[events.Rcpt] = []
        self._sorted = True
        self._pieces: list[bytes] = []

    @property
    def sender(self) -> str:
        """The empty string stands for the null reverse-path."""
        return self.mail.address

    @property
    def recipients(self) -> list[events.Rcpt]:
        if not self._sorted:
            self._accepted.sort(key=lambda rcpt: rcpt.index)
            self._sorted = True
        return self._accepted

    @property
    def content(self) -> bytes:
        """All of the message, unless the handler takes it in chunks."""
        if len(self._pieces) > 1:
            self._pieces[:] = [b"".join(self._pieces)]
        return self._pieces[0] if self._pieces else b""

    def _add(self, rcpt: events.Rcpt) -> None:
        accepted = self._accepted
        if accepted and accepted[-1].index > rcpt.index:
            self._sorted = False
        accepted.append(rcpt)
