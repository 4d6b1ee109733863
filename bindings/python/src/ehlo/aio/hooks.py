"""Which methods a handler has, and whether it has them right: one that is never called would accept in silence."""

from __future__ import annotations

import inspect
import re
from typing import Any

from ..constants import Ask
from .handler import Handler

#: What is asked where a handler overrides one of the methods.
ASKED = {
    Ask.GREETING: ("connected",),
    Ask.HELLO: ("hello",),
    Ask.MAIL: ("mail",),
    Ask.RCPT: ("rcpt", "recipients"),
    Ask.DATA: ("data",),
    Ask.MESSAGE: ("message", "receive", "chunk"),  # chunk: it may refuse the last piece, when the end has been seen
    Ask.STARTTLS: ("starttls",),
    Ask.AUTH: ("authenticate", "auth"),
    Ask.VRFY: ("vrfy",),
    Ask.EXPN: ("expn",),
    Ask.HELP: ("help",),
    Ask.NOOP: ("noop",),
    Ask.RSET: ("rset",),
    Ask.QUIT: ("quit",),
}

#: The methods of a handler, each with the names of its parameters.
HOOKS = {
    name: tuple(inspect.signature(method).parameters)[1:]
    for name, method in vars(Handler).items()
    if inspect.isfunction(method) and not name.startswith("_")
}

# What other libraries, and other spellings, call them.
_OTHER_NAMES = {
    "ehlo": "hello",
    "helo": "hello",
    "lhlo": "hello",
    "data": "message or receive",
    "bdat": "message or receive",
    "auth": "authenticate or auth",
    "connect": "connected",
    "exception": "none: exceptions are logged and answered with 451",
}
_FOREIGN = re.compile(r"(handle|on|auth)_(\w+)")


def overrides(kind: type[Handler], method: str) -> bool:
    return getattr(kind, method) is not getattr(Handler, method)


def asks_of(kind: type[Handler]) -> Ask:
    """Only what the handler has an opinion on is asked."""
    asks = Ask.NONE
    for ask, methods in ASKED.items():
        if any(overrides(kind, method) for method in methods):
            asks |= ask
    return asks


class Features:
    """Which ways a handler has chosen."""

    __slots__ = ("auth", "chunk", "collect", "kind", "listed", "receive", "unused")

    def __init__(self, kind: type[Handler]) -> None:
        check_kind(kind)
        self.kind = kind
        self.receive = overrides(kind, "receive")
        self.chunk = overrides(kind, "chunk")
        self.collect = overrides(kind, "message") and not self.receive and not self.chunk
        self.listed = overrides(kind, "recipients")
        self.auth = overrides(kind, "auth")
        self.unused = frozenset(hook for hook in HOOKS if not overrides(kind, hook))

    def check(self, handler: Handler) -> None:
        """TypeError: it has answers that would not be asked for."""
        if type(handler) is not self.kind:
            raise TypeError(f"a handler of type {type(handler).__name__} after one of {self.kind.__name__}")
        own = getattr(handler, "__dict__", {})
        if not self.unused.isdisjoint(own):
            names = ", ".join(sorted(self.unused.intersection(own)))
            raise TypeError(
                f"{self.kind.__name__}: {names} set on a handler, and not a method of its class: never called"
            )


def check_kind(kind: Any) -> None:
    """TypeError: it is no class of handlers, or has a method that would never be called, or not as it is."""
    if not (isinstance(kind, type) and issubclass(kind, Handler)):
        raise TypeError(f"{getattr(kind, '__name__', kind)} does not derive from ehlo.aio.Handler")
    for name in dir(kind):
        right = None if name.startswith("_") or name in HOOKS else _right_name(name)
        if right is not None and inspect.isroutine(getattr(kind, name)):
            raise TypeError(f"{kind.__name__}.{name} is never called: the method of a handler is {right}")
    for name, parameters in HOOKS.items():
        if overrides(kind, name):
            _check_method(kind, name, parameters)


def _right_name(name: str) -> str | None:
    """The name of the method that is meant, by those of aiosmtpd, with `on_`, or in other letters; None: it is another
    method."""
    if name.lower() in HOOKS:
        return name.lower()
    found = _FOREIGN.fullmatch(name)
    if found is None:
        return None
    prefix, word = found[1], found[2]
    if prefix == "auth":
        return _OTHER_NAMES["auth"] if word.isupper() else None
    known = word.lower()
    if known in _OTHER_NAMES or known in HOOKS:
        return _OTHER_NAMES.get(known, known)
    return "command" if prefix == "handle" and word.isupper() else None


def _check_method(kind: type[Handler], name: str, parameters: tuple[str, ...]) -> None:
    method = getattr(kind, name)
    if not callable(method):
        raise TypeError(f"{kind.__name__}.{name} is no method")
    bound = isinstance(inspect.getattr_static(kind, name), (staticmethod, classmethod))
    try:
        signature = inspect.signature(method)
    except (TypeError, ValueError):
        return  # nobody knows
    try:
        signature.bind(*parameters if bound else ("self", *parameters))
    except TypeError:
        raise TypeError(
            f"{kind.__name__}.{name} is called with {', '.join(parameters)}, and takes {signature}"
        ) from None
