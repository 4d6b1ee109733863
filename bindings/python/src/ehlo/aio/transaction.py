"""A mail transaction of a server session."""

from __future__ import annotations

from .. import events


class Transaction:
    """The open mail transaction: `mail`, and the accepted `recipients` in the order of their RCPT."""

    __slots__ = ("_accepted", "_content", "_is_sorted", "_later_content", "mail", "octets", "state")

    def __init__(self, mail: events.Mail) -> None:
        self.mail = mail
        self.octets = 0
        #: Free for the program.
        self.state: object = None
        self._accepted: list[events.Rcpt] = []
        self._is_sorted = True
        self._content = b""
        self._later_content: bytearray | None = None

    @property
    def sender(self) -> str:
        """The empty string stands for the null reverse-path."""
        return self.mail.address

    @property
    def recipients(self) -> list[events.Rcpt]:
        if not self._is_sorted:
            self._accepted.sort(key=lambda rcpt: rcpt.index)
            self._is_sorted = True
        return self._accepted

    @property
    def content(self) -> bytes:
        """All of the message, unless the handler takes it in chunks."""
        if self._later_content is not None:
            self._content += self._later_content
            self._later_content = None
        return self._content

    def _collect(self, octets: bytes) -> None:
        """Joins pieces in one buffer, since an object for each small piece costs many times its octets. The session
        limits them, by `max_message_octets`."""
        if self._later_content is not None:
            self._later_content += octets
        elif self._content:
            self._later_content = bytearray(octets)
        else:
            self._content = octets  # most messages have one piece

    def _add(self, rcpt: events.Rcpt) -> None:
        accepted = self._accepted
        if accepted and accepted[-1].index > rcpt.index:
            self._is_sorted = False
        accepted.append(rcpt)
