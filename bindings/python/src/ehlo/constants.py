"""The numbers of the C API as enumerations. Their values come from the library itself.

Lists of verbs and parameters are open: `Verb` and `ParamId` give UNKNOWN for a number that they do not have.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

from ._ehlo import lib

ABSENT: Final[int] = lib.EHLO_ABSENT
OFF_CRLF: Final[int] = lib.EHLO_OFF_CRLF
OFF_END: Final[int] = lib.EHLO_OFF_END


class ErrorCode(IntEnum):
    """What can go wrong; `Error.error` and the `error` of events. See `error_info` for the facts about each."""

    OK = lib.EHLO_OK
    ARGUMENT = lib.EHLO_E_ARGUMENT
    STATE = lib.EHLO_E_STATE
    ID = lib.EHLO_E_ID
    MEMORY = lib.EHLO_E_MEMORY
    SPACE = lib.EHLO_E_SPACE
    NOT_OFFERED = lib.EHLO_E_NOT_OFFERED
    INCOMPLETE = lib.EHLO_E_INCOMPLETE
    LINE_TOO_LONG = lib.EHLO_E_LINE_TOO_LONG
    SYNTAX = lib.EHLO_E_SYNTAX
    UNKNOWN_COMMAND = lib.EHLO_E_UNKNOWN_COMMAND
    NOT_IMPLEMENTED = lib.EHLO_E_NOT_IMPLEMENTED
    BAD_PARAMETER = lib.EHLO_E_BAD_PARAMETER
    UNKNOWN_PARAMETER = lib.EHLO_E_UNKNOWN_PARAMETER
    SIZE_OVERFLOW = lib.EHLO_E_SIZE_OVERFLOW
    NEEDS_SMTPUTF8 = lib.EHLO_E_NEEDS_SMTPUTF8
    BAD_SEQUENCE = lib.EHLO_E_BAD_SEQUENCE
    BAD_BASE64 = lib.EHLO_E_BAD_BASE64
    BAD_MECHANISM = lib.EHLO_E_BAD_MECHANISM
    TLS_REQUIRED = lib.EHLO_E_TLS_REQUIRED
    AUTH_REQUIRED = lib.EHLO_E_AUTH_REQUIRED
    TOO_MANY_RECIPIENTS = lib.EHLO_E_TOO_MANY_RECIPIENTS
    MESSAGE_TOO_LARGE = lib.EHLO_E_MESSAGE_TOO_LARGE
    NO_RECIPIENTS = lib.EHLO_E_NO_RECIPIENTS
    AUTH_CANCELLED = lib.EHLO_E_AUTH_CANCELLED
    TOO_MANY_MESSAGES = lib.EHLO_E_TOO_MANY_MESSAGES
    BAD_CHUNK = lib.EHLO_E_BAD_CHUNK
    AUTH_LINE_TOO_LONG = lib.EHLO_E_AUTH_LINE_TOO_LONG
    PATH_TOO_LONG = lib.EHLO_E_PATH_TOO_LONG
    BAD_SENDER = lib.EHLO_E_BAD_SENDER
    BAD_RECIPIENT = lib.EHLO_E_BAD_RECIPIENT
    BARE_LF = lib.EHLO_E_BARE_LF
    BARE_CR = lib.EHLO_E_BARE_CR
    DATA_LINE_TOO_LONG = lib.EHLO_E_DATA_LINE_TOO_LONG
    FALSE_END = lib.EHLO_E_FALSE_END
    NUL = lib.EHLO_E_NUL
    TOO_MANY_ERRORS = lib.EHLO_E_TOO_MANY_ERRORS
    TIMEOUT = lib.EHLO_E_TIMEOUT
    CONNECTION_LOST = lib.EHLO_E_CONNECTION_LOST
    TLS_FAILED = lib.EHLO_E_TLS_FAILED
    TLS_INJECTION = lib.EHLO_E_TLS_INJECTION
    SHUTDOWN = lib.EHLO_E_SHUTDOWN
    TOO_MANY_COMMANDS = lib.EHLO_E_TOO_MANY_COMMANDS
    TOO_MUCH_JUNK = lib.EHLO_E_TOO_MUCH_JUNK
    MALFORMED_REPLY = lib.EHLO_E_MALFORMED_REPLY
    CODE_MISMATCH = lib.EHLO_E_CODE_MISMATCH
    REPLY_TOO_LONG = lib.EHLO_E_REPLY_TOO_LONG
    UNEXPECTED_CODE = lib.EHLO_E_UNEXPECTED_CODE
    UNSOLICITED_REPLY = lib.EHLO_E_UNSOLICITED_REPLY
    HELLO_REFUSED = lib.EHLO_E_HELLO_REFUSED


class Fault(IntEnum):
    """Whose mistake an error is."""

    NONE = lib.EHLO_FAULT_NONE
    PROGRAM = lib.EHLO_FAULT_PROGRAM
    PEER = lib.EHLO_FAULT_PEER


class Extension(IntFlag):
    """Service extensions: a set of them is what a server offers or a client may use."""

    NONE = 0
    PIPELINING = 1 << lib.EHLO_EXT_PIPELINING
    SIZE = 1 << lib.EHLO_EXT_SIZE
    EIGHTBITMIME = 1 << lib.EHLO_EXT_8BITMIME
    ENHANCEDSTATUSCODES = 1 << lib.EHLO_EXT_ENHANCEDSTATUSCODES
    DSN = 1 << lib.EHLO_EXT_DSN
    STARTTLS = 1 << lib.EHLO_EXT_STARTTLS
    AUTH = 1 << lib.EHLO_EXT_AUTH
    CHUNKING = 1 << lib.EHLO_EXT_CHUNKING
    BINARYMIME = 1 << lib.EHLO_EXT_BINARYMIME
    SMTPUTF8 = 1 << lib.EHLO_EXT_SMTPUTF8
    REQUIRETLS = 1 << lib.EHLO_EXT_REQUIRETLS
    HELP = 1 << lib.EHLO_EXT_HELP
    EXPN = 1 << lib.EHLO_EXT_EXPN
    VRFY = 1 << lib.EHLO_EXT_VRFY
    #: PIPELINING SIZE 8BITMIME ENHANCEDSTATUSCODES DSN CHUNKING BINARYMIME SMTPUTF8 HELP: what needs nothing of the
    #: program. STARTTLS, AUTH, REQUIRETLS, EXPN and VRFY are offered by a program that serves them.
    DEFAULT = lib.EHLO_EXT_DEFAULT


class Verb(IntEnum):
    UNKNOWN = lib.EHLO_VERB_UNKNOWN
    EHLO = lib.EHLO_VERB_EHLO
    HELO = lib.EHLO_VERB_HELO
    LHLO = lib.EHLO_VERB_LHLO
    MAIL = lib.EHLO_VERB_MAIL
    RCPT = lib.EHLO_VERB_RCPT
    DATA = lib.EHLO_VERB_DATA
    BDAT = lib.EHLO_VERB_BDAT
    RSET = lib.EHLO_VERB_RSET
    NOOP = lib.EHLO_VERB_NOOP
    QUIT = lib.EHLO_VERB_QUIT
    VRFY = lib.EHLO_VERB_VRFY
    EXPN = lib.EHLO_VERB_EXPN
    HELP = lib.EHLO_VERB_HELP
    STARTTLS = lib.EHLO_VERB_STARTTLS
    AUTH = lib.EHLO_VERB_AUTH

    @classmethod
    def _missing_(cls, value: object) -> Verb:
        return cls.UNKNOWN


class ParamId(IntEnum):
    """Parameters of MAIL and RCPT that the library knows; UNKNOWN for one that a keyword rule lets through."""

    UNKNOWN = lib.EHLO_PARAM_UNKNOWN
    SIZE = lib.EHLO_PARAM_SIZE
    BODY = lib.EHLO_PARAM_BODY
    SMTPUTF8 = lib.EHLO_PARAM_SMTPUTF8
    RET = lib.EHLO_PARAM_RET
    ENVID = lib.EHLO_PARAM_ENVID
    NOTIFY = lib.EHLO_PARAM_NOTIFY
    ORCPT = lib.EHLO_PARAM_ORCPT
    AUTH = lib.EHLO_PARAM_AUTH
    REQUIRETLS = lib.EHLO_PARAM_REQUIRETLS

    @classmethod
    def _missing_(cls, value: object) -> ParamId:
        return cls.UNKNOWN


class BodyType(IntEnum):
    """RFC 6152, RFC 3030: what content needs."""

    SEVENBIT = lib.EHLO_BODY_7BIT
    EIGHTBITMIME = lib.EHLO_BODY_8BITMIME
    BINARYMIME = lib.EHLO_BODY_BINARYMIME


class Ret(IntEnum):
    """RFC 3461 4.3: how much of the message a delivery status notification returns."""

    FULL = lib.EHLO_RET_FULL
    HDRS = lib.EHLO_RET_HDRS


class Notify(IntFlag):
    """RFC 3461 4.1: when the sender wants to be told."""

    NEVER = lib.EHLO_NOTIFY_NEVER
    SUCCESS = lib.EHLO_NOTIFY_SUCCESS
    FAILURE = lib.EHLO_NOTIFY_FAILURE
    DELAY = lib.EHLO_NOTIFY_DELAY


class DomainKind(IntEnum):
    NONE = lib.EHLO_DOMAIN_NONE
    NAME = lib.EHLO_DOMAIN_NAME
    IPV4 = lib.EHLO_DOMAIN_IPV4
    IPV6 = lib.EHLO_DOMAIN_IPV6
    GENERAL = lib.EHLO_DOMAIN_GENERAL


class PathFlag(IntFlag):
    NULL = lib.EHLO_PATH_NULL
    POSTMASTER = lib.EHLO_PATH_POSTMASTER
    QUOTED = lib.EHLO_PATH_QUOTED
    NON_ASCII = lib.EHLO_PATH_NON_ASCII


class Protocol(IntEnum):
    SMTP = lib.EHLO_PROTOCOL_SMTP
    LMTP = lib.EHLO_PROTOCOL_LMTP


class Ending(IntEnum):
    """What to do with a bare CR or LF, in commands and in content, that of BDAT too unless it is BINARYMIME. The end of
    data is CR LF . CR LF under each of them, and a line that some receiver would take for it (FALSE_END) is refused
    under each of them.

    REJECT: commands 501, content 550 after its true end. NORMALIZE: commands: a bare LF ends the line; content: each
    becomes CRLF. ACCEPT: content is passed on as it is. RISK: the next hop may read another message, or another number
    of messages, than you did.
    """

    REJECT = lib.EHLO_ENDING_REJECT
    NORMALIZE = lib.EHLO_ENDING_NORMALIZE
    ACCEPT = lib.EHLO_ENDING_ACCEPT


class Flag(IntFlag):
    """Marks of commands and events."""

    LAST = lib.EHLO_FLAG_LAST
    SECRET = lib.EHLO_FLAG_SECRET
    SMTPUTF8 = lib.EHLO_FLAG_SMTPUTF8
    LITERAL = lib.EHLO_FLAG_LITERAL
    ANSWERED = lib.EHLO_FLAG_ANSWERED


class Want(IntFlag):
    """What a session waits for."""

    INPUT = lib.EHLO_WANT_INPUT
    OUTPUT = lib.EHLO_WANT_OUTPUT
    ANSWER = lib.EHLO_WANT_ANSWER
    TLS = lib.EHLO_WANT_TLS
    CLOSE = lib.EHLO_WANT_CLOSE
    BODY = lib.EHLO_WANT_BODY
    COMMAND = lib.EHLO_WANT_COMMAND
    EVENTS = lib.EHLO_WANT_EVENTS


class TimeoutKind(IntEnum):
    NONE = lib.EHLO_TIMEOUT_NONE
    COMMAND = lib.EHLO_TIMEOUT_COMMAND
    DATA = lib.EHLO_TIMEOUT_DATA
    TLS = lib.EHLO_TIMEOUT_TLS
    GREETING = lib.EHLO_TIMEOUT_GREETING
    DATA_INITIATION = lib.EHLO_TIMEOUT_DATA_INITIATION
    DATA_BLOCK = lib.EHLO_TIMEOUT_DATA_BLOCK
    DATA_TERMINATION = lib.EHLO_TIMEOUT_DATA_TERMINATION


class Fact(IntFlag):
    """Facts of a session for logs and trace fields."""

    TLS = lib.EHLO_FACT_TLS
    AUTHENTICATED = lib.EHLO_FACT_AUTHENTICATED
    ESMTP = lib.EHLO_FACT_ESMTP
    SMTPUTF8 = lib.EHLO_FACT_SMTPUTF8
    EARLY_TALKER = lib.EHLO_FACT_EARLY_TALKER
    ILL_PIPELINED = lib.EHLO_FACT_ILL_PIPELINED
    SECRET_OUTPUT = lib.EHLO_FACT_SECRET_OUTPUT
    CHUNKS = lib.EHLO_FACT_CHUNKS


class Ask(IntFlag):
    """Questions of a server session. Those in `ServerConfig(asks=)` wait for the program, the others are only told."""

    NONE = 0
    GREETING = lib.EHLO_ASK_GREETING
    HELLO = lib.EHLO_ASK_HELLO
    MAIL = lib.EHLO_ASK_MAIL
    RCPT = lib.EHLO_ASK_RCPT
    DATA = lib.EHLO_ASK_DATA
    CHUNK = lib.EHLO_ASK_CHUNK
    MESSAGE = lib.EHLO_ASK_MESSAGE
    STARTTLS = lib.EHLO_ASK_STARTTLS
    AUTH = lib.EHLO_ASK_AUTH
    VRFY = lib.EHLO_ASK_VRFY
    EXPN = lib.EHLO_ASK_EXPN
    HELP = lib.EHLO_ASK_HELP
    NOOP = lib.EHLO_ASK_NOOP
    RSET = lib.EHLO_ASK_RSET
    QUIT = lib.EHLO_ASK_QUIT
    DEFAULT = lib.EHLO_ASK_DEFAULT


class RuleAction(IntEnum):
    """What to do with a keyword that no offered extension knows."""

    REFUSE = lib.EHLO_RULE_REFUSE
    OFFER = lib.EHLO_RULE_OFFER
    IGNORE = lib.EHLO_RULE_IGNORE


class RuleScope(IntFlag):
    """Where a keyword rule holds; EHLO: the keyword is a whole line for the reply to EHLO."""

    MAIL = lib.EHLO_SCOPE_MAIL
    RCPT = lib.EHLO_SCOPE_RCPT
    VERB = lib.EHLO_SCOPE_VERB
    EHLO = lib.EHLO_SCOPE_EHLO


class Junk(IntEnum):
    """What a rejected line looks like."""

    NONE = lib.EHLO_JUNK_NONE
    HTTP = lib.EHLO_JUNK_HTTP
    TLS = lib.EHLO_JUNK_TLS


class Verdict(IntEnum):
    """What is known of a message for one recipient.

    ACCEPTED: the server has taken responsibility. FAILED: do not try again as it is. RETRY: try again later. UNKNOWN:
    trying again may deliver it twice: the content went out and no reply came (RFC 1047), or the last chunk was taken
    though one before it had been refused (RFC 3030 2).
    """

    NONE = lib.EHLO_VERDICT_NONE
    ACCEPTED = lib.EHLO_VERDICT_ACCEPTED
    FAILED = lib.EHLO_VERDICT_FAILED
    RETRY = lib.EHLO_VERDICT_RETRY
    UNKNOWN = lib.EHLO_VERDICT_UNKNOWN


class Scope(IntEnum):
    """What a verdict is about: the next attempt can be with another recipient, message or server."""

    NONE = lib.EHLO_SCOPE_NONE
    RECIPIENT = lib.EHLO_SCOPE_RECIPIENT
    MESSAGE = lib.EHLO_SCOPE_MESSAGE
    CONNECTION = lib.EHLO_SCOPE_CONNECTION


class Seen(IntFlag):
    """Violations that a `DotDecoder` has seen."""

    BARE_LF = lib.EHLO_SEEN_BARE_LF
    BARE_CR = lib.EHLO_SEEN_BARE_CR
    LONG_LINE = lib.EHLO_SEEN_LONG_LINE
    TOO_LARGE = lib.EHLO_SEEN_TOO_LARGE
    FALSE_END = lib.EHLO_SEEN_FALSE_END
    NUL = lib.EHLO_SEEN_NUL


class Bound(IntEnum):
    """Sizes that callers of the low level may need."""

    PARAMS_MAX = lib.EHLO_PARAMS_MAX
    EVENTS_MIN = lib.EHLO_SERVER_EVENTS_MIN
    SPANS_MIN = lib.EHLO_SPANS_MIN
    CLIENT_EVENTS_MIN = lib.EHLO_CLIENT_EVENTS_MIN
