"""The methods that a handler overrides, and checks of them: one that is never called would accept in silence."""

from __future__ import annotations

import inspect
import re
from typing import Any

from ..constants import Ask, CommandFlag, Verb
from ..rows import row_of
from .handler import Handler

#: The question that the session asks if a handler overrides one of these methods.
METHODS_OF_ASKS = {
    Ask.GREETING: ("connected",),
    Ask.HELLO: ("hello",),
    Ask.MAIL: ("mail",),
    Ask.RCPT: ("rcpt", "recipients"),
    Ask.DATA: ("data",),
    Ask.MESSAGE: ("message", "receive", "chunk"),  # chunk: it may refuse the last piece, when the end has been seen
    Ask.STARTTLS: ("starttls",),
    Ask.AUTH: ("authenticate", "auth"),
    Ask.RSET: ("rset",),
    Ask.QUIT: ("quit",),
}

#: The verbs that have a method of their own; the other plain ones have `command`.
METHODS_OF_VERBS: dict[int, str] = {Verb.VRFY: "vrfy", Verb.EXPN: "expn", Verb.HELP: "help", Verb.NOOP: "noop"}

#: The methods of a handler, each with the names of its parameters.
HOOKS = {
    name: tuple(inspect.signature(method).parameters)[1:]
    for name, method in vars(Handler).items()
    if inspect.isfunction(method) and not name.startswith("_")
}

# Names in other libraries.
_NAMES_ELSEWHERE = {
    "ehlo": "hello",
    "helo": "hello",
    "lhlo": "hello",
    "bdat": "message or receive",
    "authenticator": "authenticate or auth",
}
# The same, with a prefix alone.
_PREFIXED_NAMES_ELSEWHERE = {
    "data": "message or receive",
    "auth": "authenticate or auth",
    "connect": "connected",
    "exception": "none: exceptions are logged and answered with 451",
}
_PREFIXES = ("handle", "hook", "process", "smtp", "do", "on")
# A prefix and a word: `handle_rcpt`, `handleRcpt`.
_PREFIXED_NAME = re.compile(rf"({'|'.join(_PREFIXES)})(?:_+|(?=[A-Z]))(\w+)")
# Words that are one letter away from the name of a method, and mean something else.
_OTHER_WORDS = {"abort", "close", "date", "email", "fail", "heap", "loop", "main", "reject", "set", "tail"}


def overrides(kind: type[Handler], method: str) -> bool:
    return getattr(kind, method) is not getattr(Handler, method)


def asks_of(kind: type[Handler]) -> Ask:
    """The session asks only the questions that the handler has a method for."""
    asks = Ask.NONE
    for ask, methods in METHODS_OF_ASKS.items():
        if any(overrides(kind, method) for method in methods):
            asks |= ask
    return asks


def command_asks_of(kind: type[Handler]) -> list[Verb]:
    plain = [verb for verb in Verb if verb and not row_of(verb).flags & CommandFlag.SESSION]
    return [verb for verb in plain if overrides(kind, METHODS_OF_VERBS.get(verb, "command"))]


class Features:
    """The methods that a kind of handler overrides, as far as they change how it is called."""

    __slots__ = ("auth", "chunk", "collect", "kind", "receive", "recipients", "unused")

    def __init__(self, kind: type[Handler]) -> None:
        check_kind(kind)
        self.kind = kind
        self.receive = overrides(kind, "receive")
        self.chunk = overrides(kind, "chunk")
        self.collect = overrides(kind, "message") and not self.receive and not self.chunk
        self.recipients = overrides(kind, "recipients")
        self.auth = overrides(kind, "auth")
        self.unused = frozenset(hook for hook in HOOKS if not overrides(kind, hook))

    def check(self, handler: Handler) -> None:
        """TypeError: it has methods that would never be called."""
        if type(handler) is not self.kind:
            raise TypeError(f"a handler of type {type(handler).__name__} after one of {self.kind.__name__}")
        own = getattr(handler, "__dict__", {})
        if not self.unused.isdisjoint(own):
            names = ", ".join(sorted(self.unused.intersection(own)))
            raise TypeError(
                f"{self.kind.__name__}: {names} set on a handler, and not a method of its class: never called"
            )


def check_kind(kind: Any) -> None:
    """TypeError: it is no class of handlers, or has a method that would never be called or cannot be."""
    if not (isinstance(kind, type) and issubclass(kind, Handler)):
        raise TypeError(f"{getattr(kind, '__name__', kind)} does not derive from ehlo.aio.Handler")
    for name in dir(kind):
        if not name.startswith("_") and not hasattr(Handler, name):
            member = getattr(kind, name)
            right = _right_name(kind, name) if callable(member) and not isinstance(member, type) else None
            if right is not None:
                raise TypeError(f"{kind.__name__}.{name} is never called: the method of a handler is {right}")
    for name, parameters in HOOKS.items():
        if overrides(kind, name):
            _check_method(kind, name, parameters)


def _right_name(kind: type[Handler], name: str) -> str | None:
    """The name of the method that is probably meant: this is its name in another library, is written with other case
    or underscores, or has one letter wrong. None: it is another method."""
    found = _PREFIXED_NAME.fullmatch(name)
    if found is not None and (right := _PREFIXED_NAMES_ELSEWHERE.get(_letters_of(found[2]))):
        return right
    if re.fullmatch(r"auth_[A-Z][A-Z0-9_]*", name):
        return _PREFIXED_NAMES_ELSEWHERE["auth"]
    plain = _letters_of(name)
    for word in (plain, *(plain[len(prefix) :] for prefix in _PREFIXES if plain.startswith(prefix))):
        verb = word.removesuffix("to").removesuffix("from") if word[:4] in ("mail", "rcpt") else word
        if verb in HOOKS or verb in _NAMES_ELSEWHERE:
            return _NAMES_ELSEWHERE.get(verb, verb)
    if found is not None and found[1] in ("handle", "smtp") and found[2].isupper():
        return "command"
    for word in (plain,) if found is None else (plain, _letters_of(found[2])):
        near = None if word in _OTHER_WORDS else next((hook for hook in HOOKS if _one_letter_apart(hook, word)), None)
        # Our methods are given the session: one that takes no argument is another method.
        if near is not None and _can_be_called_with(kind, name, ("session",), partly=True):
            return near
    return None


def _letters_of(name: str) -> str:
    return name.replace("_", "").lower()


def _one_letter_apart(hook: str, name: str) -> bool:
    """Whether one letter is missing, too many or another one, or two have changed places."""
    if abs(len(hook) - len(name)) > 1:
        return False
    same = 0
    while hook[same : same + 1] == name[same : same + 1] != "":
        same += 1
    rest, other = hook[same:], name[same:]
    return (
        rest[1:] == other[1:]
        or rest == other[1:]
        or rest[1:] == other
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )


def _can_be_called_with(kind: type[Handler], name: str, parameters: tuple[str, ...], *, partly: bool = False) -> bool:
    """Whether the method takes these arguments; `partly`: and perhaps more. True where its signature is unknown."""
    try:
        signature = inspect.signature(getattr(kind, name))
    except (TypeError, ValueError):
        return True
    bound = isinstance(inspect.getattr_static(kind, name), (staticmethod, classmethod))
    arguments = parameters if bound else ("self", *parameters)
    try:
        if partly:
            return len(signature.bind_partial(*arguments).args) == len(arguments)
        signature.bind(*arguments)
    except TypeError:
        return False
    return True


def _check_method(kind: type[Handler], name: str, parameters: tuple[str, ...]) -> None:
    method = getattr(kind, name)
    if not callable(method):
        raise TypeError(f"{kind.__name__}.{name} is no method")
    if not _can_be_called_with(kind, name, parameters):
        raise TypeError(
            f"{kind.__name__}.{name} is called with {', '.join(parameters)}, and takes {inspect.signature(method)}"
        )
