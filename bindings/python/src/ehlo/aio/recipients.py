"""RCPT: each recipient is asked about alone, or all that arrive together at once."""

from __future__ import annotations

from functools import partial
from typing import Any

from .. import events as e
from .handler_calls import HandlerCalls
from .meaning import meanings_of


class Recipients:
    """The recipients that wait for the handler. `together`: it has `recipients`, and is not asked `rcpt`."""

    __slots__ = ("_calls", "_collected", "_together")

    def __init__(self, calls: HandlerCalls, together: bool) -> None:
        self._calls = calls
        self._together = together
        self._collected: list[e.Rcpt] = []

    def take(self, event: e.Rcpt) -> None:
        rcpt = event.detach()
        if not event.id:
            self._add(rcpt)
        elif self._together:
            self._calls.answers.undecided += 1
            self._collected.append(rcpt)
            if len(self._collected) == 1:
                self._calls.coroutines.runners.loop.call_soon(self._ask_together)
        else:
            self._calls.ask(rcpt, "rcpt", rcpt, accepted=self._add)

    def _add(self, rcpt: e.Rcpt) -> None:
        transaction = self._calls.session.transaction
        if transaction is not None:
            transaction._add(rcpt)

    def _ask_together(self) -> None:
        rcpts, self._collected = self._collected, []
        if self._calls.coroutines.is_closed:
            return
        result = self._calls.call("recipients", rcpts)
        self._calls.coroutines.run(result, partial(self._settle_together, rcpts))
        self._calls.control.wake()

    def _settle_together(self, rcpts: list[e.Rcpt], result: Any, error: BaseException | None) -> None:
        replies = meanings_of("recipients", result if error is None else error, len(rcpts))
        for rcpt, reply in zip(rcpts, replies):
            self._calls.answers.undecided -= 1
            if self._calls.answers.send(rcpt, reply):
                self._add(rcpt)
