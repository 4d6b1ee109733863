"""libehlo for Python: SMTP and LMTP, both ends, without sockets, threads or a clock.

`Server` and `Client` are sessions: the program passes in what it read, executes the events that come back (`events`,
`client_events`), and sends their output. `ehlo.aio` is an asyncio server and client on top of them. The
functions parse and write commands, replies and their parts.
"""

from . import client_events, constants, events
from ._ehlo import lib as _lib
from .client import Client, Content
from .codecs import (
    Plain,
    decode_base64,
    decode_orcpt,
    decode_xtext,
    encode_base64,
    encode_xtext,
    parse_plain,
    quote_local_part,
    unquote_local_part,
    write_plain,
)
from .configs import ClientConfig, ReplyLimits, ServerConfig
from .constants import *  # noqa: F403 - it has an __all__
from .envelope import Envelope, SentParam
from .errors import (
    AnswerError,
    ArgumentError,
    ClosedError,
    ContentError,
    Error,
    ErrorInfo,
    IncompleteError,
    NotOfferedError,
    ProgramError,
    ProtocolError,
    SpaceError,
    StateError,
    TlsRequiredError,
    error_info,
)
from .rows import ExtensionRow, OwnRow, ParamRow, VerbRow, row_of
from .server import Server
from .session import Progress, Timeout
from .syntax import (
    Command,
    Decoded,
    DotDecoder,
    Hello,
    Reply,
    extension_of,
    keyword_of,
    param,
    parse_command,
    parse_hello,
    parse_params,
    parse_path,
    parse_reply,
    write_command,
    write_hello,
    write_reply,
)
from .views import Param, Path

#: The version of the library that runs.
__version__ = "{}.{}.{}".format(*divmod(_lib.ehlo_version_number() // 100, 100), _lib.ehlo_version_number() % 100)


def live_blocks() -> int:
    """Memory blocks that the library holds now: for sessions, configurations, envelopes and their contents."""
    return int(_lib.ehlo_py_live_blocks())


__all__ = [
    "AnswerError", "ArgumentError", "Client", "ClientConfig", "ClosedError", "Command", "Content", "ContentError",
    "Decoded", "DotDecoder", "Envelope", "Error", "ErrorInfo", "ExtensionRow", "Hello", "IncompleteError",
    "NotOfferedError", "OwnRow", "Param", "ParamRow", "Path", "Plain", "ProgramError", "Progress", "ProtocolError",
    "Reply", "ReplyLimits", "SentParam", "Server", "ServerConfig", "SpaceError", "StateError", "Timeout",
    "TlsRequiredError", "VerbRow", "client_events", "decode_base64", "decode_orcpt", "decode_xtext", "encode_base64",
    "encode_xtext", "error_info", "events", "extension_of", "keyword_of", "live_blocks", "param", "parse_command",
    "parse_hello", "parse_params", "parse_path", "parse_plain", "parse_reply", "quote_local_part", "row_of",
    "unquote_local_part", "write_command", "write_hello", "write_plain", "write_reply",
]  # fmt: skip
__all__ += constants.__all__
