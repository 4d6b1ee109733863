"""Methods that would never be called are found when the server is made."""

from __future__ import annotations

import functools
import logging
from typing import Any

import pytest
from kit import Recorder, port_of, serving, talking, wire_to

from ehlo import aio


def method(self: Any, *arguments: Any, **more: Any) -> bool:
    return False


async def coroutine(self: Any, *arguments: Any) -> bool:
    return False


def kind_with(**members: Any) -> Any:
    return type("Mine", (aio.Handler,), members)


MISNAMED = {
    "rcpt": "handle_RCPT on_rcpt RCPT handle_rcpt_to handleRcpt onRcpt onrcpt smtp_RCPT hook_rcpt rcpt_to rcptTo rcpts",
    "mail": "handle_MAIL do_MAIL mail_from handle_mail_from mial",
    "message or receive": "handle_DATA on_DATA hook_data",
    "hello": "handle_EHLO handle_HELO smtp_EHLO ehlo",
    "authenticate or auth": "handle_AUTH auth_CRAM_MD5 authenticator",
    "starttls": "handle_STARTTLS start_tls",
    "quit": "handle_QUIT",
    "none: exceptions are logged": "handle_exception",
    "command": "handle_XOWN smtp_XOWN",
    "message": "handle_message Message process_message mesage",
    "connected": "on_connect",
    "receive": "recieve receve recceive handle_recieve",
    "authenticate": "autenticate",
    "recipients": "recipient",
}


@pytest.mark.parametrize(
    ("name", "right"), [(name, right) for right, names in MISNAMED.items() for name in names.split()]
)
@pytest.mark.parametrize("given", [method, coroutine, staticmethod(method)])
@pytest.mark.parametrize("as_class", [False, True])
def test_a_method_of_another_name_is_refused_with_the_right_one(
    name: str, right: str, given: Any, as_class: bool
) -> None:
    kind = kind_with(**{name: given})
    with pytest.raises(TypeError, match=rf"Mine\.{name} is never called: the method of a handler is {right}"):
        aio.Server(kind if as_class else kind())


def test_other_names_are_methods_of_the_program() -> None:
    class Other:
        pass

    words = (
        "handle_spam handle on_disk authorize _handle_RCPT close main domain online document email mailbox process to "
        "from_ message_from store_message is_local lookup _recieve connect log loop on_close date smtp fetch"
    )
    names = dict.fromkeys(words.split(), method)
    aio.Server(kind_with(**names, Message=Other, handle_RCPT="words", recieve=property(method), mial=7)())


def test_a_method_that_takes_no_session_is_a_programs_own() -> None:
    class Mine(aio.Handler):
        def reset(self) -> None:
            pass

        @staticmethod
        def messages() -> int:
            return 0

    aio.Server(Mine())


def test_a_callable_that_is_no_function_is_checked_too() -> None:
    class Callable:
        def __call__(self, *arguments: Any) -> bool:
            return False

    for given in (Callable(), functools.partial(method), functools.lru_cache(method)):
        with pytest.raises(TypeError, match="never called"):
            aio.Server(kind_with(handle_RCPT=given)())


@pytest.mark.parametrize(
    "given",
    [
        lambda self, session: None,
        lambda session, rcpt: None,
        lambda self, session, envelope, address, options: None,
        lambda self, session, *, rcpt: None,
        staticmethod(lambda session: None),
        None,
        "250 ok",
    ],
)
def test_a_method_that_cannot_be_called_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match=r"Mine\.rcpt is (called with session, rcpt|no method)"):
        aio.Server(kind_with(rcpt=given)())


@pytest.mark.parametrize(
    "given",
    [
        lambda self, session, rcpt: None,
        lambda self, *arguments: None,
        lambda self, session, rcpt, more=None: None,
        staticmethod(lambda session, rcpt: None),
        classmethod(lambda cls, session, rcpt: None),
        functools.partialmethod(method, flag=True),
        functools.lru_cache(lambda self, session, rcpt: None),
    ],
)
def test_a_method_that_can_be_called_is_taken(given: Any) -> None:
    aio.Server(kind_with(rcpt=given)())


def test_an_object_that_is_no_handler_is_refused() -> None:
    class Duck:
        def rcpt(self, session: Any, rcpt: Any) -> bool:
            return False

    for handler in (Duck, Duck(), lambda: Duck(), None):
        with pytest.raises(TypeError, match="does not derive from"):
            aio.Server(handler)  # type: ignore[arg-type]


async def test_a_method_that_is_set_on_a_handler_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    handler: Any = Recorder()
    handler.rcpt = lambda session, rcpt: False
    with pytest.raises(TypeError, match="Recorder: rcpt set on a handler"):
        aio.Server(handler)

    class Setting(Recorder):
        def __init__(self) -> None:
            super().__init__()
            self.mail = lambda session, mail: False  # type: ignore[method-assign]

    async with talking(Setting, hello=None) as wire:
        assert (await wire.reply())[0] == 421
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_handler_of_another_type_than_the_first_is_refused() -> None:
    class Strict(Recorder):
        def rcpt(self, session: aio.Session, rcpt: Any) -> bool:
            return False

    kinds = iter([Recorder, Recorder, Strict])

    async with serving(lambda: next(kinds)()) as server:
        for code in (220, 220, 421):
            async with wire_to(port_of(server), hello=None) as wire:
                assert (await wire.reply())[0] == code
