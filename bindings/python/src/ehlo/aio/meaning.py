"""The replies that a handler's results stand for. Only what is plainly a yes accepts."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from typing import Any

from .answers import Refuse, Reply

log = logging.getLogger("ehlo.aio")

FAILED = Reply(451, "Requested action aborted: local error in processing", "4.3.0")
BAD_CREDENTIALS = Reply(535, "Authentication credentials invalid", "5.7.8")
AUTH_FAILED = Reply(454, "Temporary authentication failure", "4.7.0")

_NOT_IMPLEMENTED = Reply(502, "Command not implemented", "5.5.1")
_RECIPIENT_REFUSED = Reply(550, "Recipient not accepted", "5.7.1")
_MESSAGE_REFUSED = Reply(554, "Message not accepted", "5.7.1")
_ACCESS_DENIED = Reply(550, "Access denied", "5.7.1")

#: The reply for False, by method.
REFUSALS = {
    "connected": Reply(554, "No SMTP service here", "5.3.2"),
    "hello": Reply(550, "Not accepted", "5.7.1"),
    "mail": Reply(550, "Sender not accepted", "5.7.1"),
    "rcpt": _RECIPIENT_REFUSED,
    "recipients": _RECIPIENT_REFUSED,
    "data": _MESSAGE_REFUSED,
    "message": _MESSAGE_REFUSED,
    "receive": _MESSAGE_REFUSED,
    "chunk": _MESSAGE_REFUSED,
    "starttls": Reply(454, "TLS not available", "4.7.0"),
    "vrfy": _ACCESS_DENIED,
    "expn": _ACCESS_DENIED,
    "help": _NOT_IMPLEMENTED,
    "noop": _NOT_IMPLEMENTED,
    "rset": _NOT_IMPLEMENTED,
    "quit": _NOT_IMPLEMENTED,
    "command": _NOT_IMPLEMENTED,
}

#: The methods that decide nothing about mail, with the code of their positive default: text without a code is the text
#: of that.
TEXT_CODES = {"help": 214, "vrfy": 252, "expn": 252, "noop": 250, "rset": 250, "quit": 221}

_CONTRADICTION = "a yes with the code of a refusal"

_CODE = re.compile(r"([0-9]{3})(?:([ -])|\Z)")
_ENHANCED = re.compile(r"([0-9]\.[0-9]{1,3}\.[0-9]{1,3})(?: |\Z)")

# Text that begins like this may be meant as a code: "550: no", "5.1.1, no". An IPv4 address is not a code.
_BLANK = r"[\s\x00-\x1f\x7f\ufeff]*"
_CODE_LIKE = re.compile(_BLANK + r"(?:[0-9]{3}(?![0-9A-Za-z])|[0-9](?:\.[0-9]{1,3}){2}(?!\.?[0-9]))")
_REFUSAL_LIKE = re.compile(_BLANK + r"(?:[3-5][0-5][0-9](?![0-9A-Za-z])|[013-9](?:\.[0-9]{1,3}){2}(?!\.?[0-9]))")


def meaning_of(method: str, result: Any) -> Reply | None:
    """The reply that a result stands for; None: the positive default. `result`: the returned value, or the
    exception."""
    if result is True or (result is None and method != "command"):
        return None
    if result is False or result is None:
        return REFUSALS[method]
    found = _explicit_reply(method, result)
    if found is None and isinstance(result, str) and method in TEXT_CODES and not _CODE_LIKE.match(result):
        found = Reply(TEXT_CODES[method], result)
    if found is None:
        return mistake(method, result)
    return mistake(method, result, _CONTRADICTION) if _contradicts_itself(found) else found


def meaning_of_auth(method: str, result: Any) -> Reply | None:
    """As `meaning_of`: True and a Reply of class 2 are a yes, and nothing else is."""
    if result is True:
        return None
    if result is None or result is False:
        return BAD_CREDENTIALS
    found = _explicit_reply(method, result)
    if found is None or (isinstance(result, str) and not is_refusal(found)):
        mistake(method, result)
        return AUTH_FAILED
    if _contradicts_itself(found):
        mistake(method, result, _CONTRADICTION)
        return AUTH_FAILED
    return found


def meaning_of_chunk(result: Any) -> Reply | None:
    """As `meaning_of`, but that a piece of a message cannot accept the whole."""
    reply = meaning_of("chunk", result)
    return reply if reply is None or is_refusal(reply) else mistake("chunk", result)


def is_refusal(reply: Reply) -> bool:
    return isinstance(reply.code, int) and 400 <= reply.code <= 599


def _contradicts_itself(reply: Reply) -> bool:
    """Whether it accepts, but has the status code of a refusal, or a line that begins with the code of one."""
    if is_refusal(reply):
        return False
    if reply.enhanced and str(reply.enhanced)[:1] != str(reply.code)[:1]:
        return True
    # A program may have put any type there.
    text: Any = reply.text
    if isinstance(text, (bytes, bytearray, memoryview)):
        text = str(text, "latin-1")
    return isinstance(text, str) and any(_REFUSAL_LIKE.match(line) for line in text.splitlines())


def mistake(method: str, result: Any, what: str = "") -> Reply:
    """Logs a result that stands for no reply, and refuses. Its value may be a secret, and is not logged."""
    what = what or ("text without a fitting reply code" if isinstance(result, str) else "no answer")
    log.error("the handler's %s returned %s: %s, refused", method, type(result).__name__, what)
    if asyncio.iscoroutine(result):
        result.close()
    return FAILED


def _explicit_reply(method: str, result: Any) -> Reply | None:
    """The reply that a result contains; FAILED for an exception; None: it contains none."""
    if isinstance(result, Reply):
        return result
    if isinstance(result, Refuse):
        return result.reply
    if isinstance(result, str):
        return reply_from_text(result)
    if isinstance(result, BaseException):
        if not isinstance(result, asyncio.CancelledError):
            log.error("the handler's %s", method, exc_info=result)
        return FAILED
    return None


def reply_from_text(text: str) -> Reply | None:
    """The reply in a text with a code: "550 5.1.1 no such user". Of several lines, each has the code, or only the
    first. None: it does not begin with a code, or the rest does not fit the code."""
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    first = _CODE.match(lines[0])
    if first is None or first[1][0] not in "2345":
        return None
    words = []
    for line in lines:
        found = _CODE.match(line)
        if found is not None and found[1] == first[1]:
            line = line[found.end() :]
        elif first[2] == "-":
            return None
        words.append(line)
    status = _ENHANCED.match(words[0])
    if status is None:
        return Reply(int(first[1]), "\n".join(words))
    enhanced = status[1]
    if enhanced[0] != first[1][0]:
        return None
    return Reply(int(first[1]), "\n".join(_without_status_code(line, enhanced) for line in words), enhanced)


def _without_status_code(line: str, enhanced: str) -> str:
    found = _ENHANCED.match(line)
    return line[found.end() :] if found is not None and found[1] == enhanced else line


def is_list(result: Any) -> bool:
    """Whether it is a sequence of answers; a Reply and text are one answer."""
    return isinstance(result, Sequence) and not isinstance(result, (str, bytes, bytearray, memoryview, Reply))


def meanings_of(method: str, result: Any, count: int) -> list[Reply | None]:
    """One answer for all, or one for each; a list of another length is a mistake, since it is not known which answer
    belongs to whom."""
    if not is_list(result):
        return [meaning_of(method, result)] * count
    if len(result) == count:
        return [meaning_of(method, answer) for answer in result]
    log.error("the handler's %s returned %d answers for %d recipients: refused", method, len(result), count)
    return [FAILED] * count
