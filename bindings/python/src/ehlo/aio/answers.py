"""What a handler's methods may return: see `ehlo.aio.handler` for what each value means."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import NamedTuple, Union


class Reply(NamedTuple):
    """A reply: `code` of class 2 accepts (354 for DATA), 4 and 5 refuse. `enhanced`: such as "5.1.1"; None: the
    default of the code; "": none. Where the text or the status code cannot be sent, the reply keeps its code.
    """

    code: int
    text: str = ""
    enhanced: str | None = None


class Refuse(Exception):
    """A refusal: `Refuse(550, "no such user", enhanced="5.1.1")`. ValueError: a code of another class than 4 and 5."""

    def __init__(self, code: int, text: str = "", enhanced: str | None = None) -> None:
        if type(code) is not int or not 400 <= code <= 599:
            raise ValueError(f"no refusal: {code}")
        super().__init__(code, text, enhanced)
        self.reply = Reply(code, text, enhanced)


Answer = Union[None, bool, str, Reply]
Answers = Union[Answer, Sequence[Answer]]
MaybeAwaitable = Union[Answer, Awaitable[Answer]]
