"""Configurations: immutable once made, to be shared by any number of sessions and threads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ._ehlo import ffi, lib
from .constants import Ask, Ending, Extension, Protocol, RuleAction, RuleScope
from .errors import failure


class Rule(NamedTuple):
    """What to do with a parameter or verb that no offered extension knows; or a line of our own in the EHLO reply.

    keyword     any case; "*" for all; with `RuleScope.EHLO` the whole EHLO line
    octets      how much longer the MAIL or RCPT line may be for it
    """

    keyword: str
    scope: RuleScope
    action: RuleAction = RuleAction.OFFER
    octets: int = 0


class ReplyLimits(NamedTuple):
    """Bounds of one reply; 0 stands for the default: 4096 octets a line, 256 lines, 65536 octets."""

    line_octets: int = 0
    lines: int = 0
    octets: int = 0


def _set(options: Any, values: dict[str, int | None], within: str = "") -> None:
    for name, value in values.items():
        if value is not None:
            try:
                setattr(options, name, value)
            except OverflowError:
                raise failure(lib.EHLO_E_ARGUMENT, detail=within + name) from None


def _wrong(options: Any, error: int, check: Any) -> Exception:
    """Why options were refused. `check` gives the name of the field that is out of its bounds."""
    field = check(options) if error == lib.EHLO_E_ARGUMENT else ffi.NULL
    return failure(error, detail=str(ffi.string(field), "ascii") if field else None)


def _bits(flags: dict[int, bool]) -> int:
    return sum(bit for bit, given in flags.items() if given)


def _c_text(text: str, name: str) -> Any:
    """A C string. What a C string cannot hold would be cut off, so it is refused here."""
    octets = text.encode("utf-8", "surrogateescape")
    if b"\0" in octets:
        raise failure(lib.EHLO_E_ARGUMENT, detail=name)
    return ffi.new("char[]", octets)


class ServerConfig:
    """How a server behaves. None leaves the library's default; see ehlo_server_options for the bounds of each.

    hostname            our name in the greeting and in replies: a domain or an address literal
    mechanisms          SASL mechanisms; with none AUTH is not announced. Give `Extension.AUTH` too
    extensions          what is offered
    asks                the questions that the program answers; the others get their default answer and are told
    rules               see `Rule`
    max_message_octets  announced by SIZE; 0: no fixed limit
    max_*               limits; what becomes of those who pass them says ehlo_server_types.h
    recipient_window    recipients that may be undecided at a time
    command_endings     bare CR and LF in commands
    data_endings        bare CR and LF in content, that of BDAT too unless it is BODY=BINARYMIME, which has no lines
    refuse_nul          550 5.6.0 for content with a NUL. Without it a NUL is reported and passed on. RISK: receivers
                        that drop NULs or stop at them see another text, though never another end of it
    require_tls         530 before TLS; require_auth: 530 before AUTH
    plaintext_auth      announce and serve AUTH without TLS too. RISK: passwords in clear text
    implicit_tls        TLS is active from the first octet (RFC 8314)
    close_on_injection  plaintext behind STARTTLS closes instead of being dropped
    below_minimum       let limits go below the minimum of RFC 5321 4.5.3.1
    general_literals    accept address literals with unregistered tags

    ArgumentError if an option is out of its bounds: `detail` names it.
    """

    def __init__(
        self,
        *,
        hostname: str = "localhost",
        mechanisms: Iterable[str] = (),
        extensions: Extension = Extension.DEFAULT,
        asks: Ask = Ask.DEFAULT,
        protocol: Protocol = Protocol.SMTP,
        rules: Iterable[Rule] = (),
        max_message_octets: int | None = None,
        max_discard_octets: int | None = None,
        max_line_octets: int | None = None,
        max_auth_line_octets: int | None = None,
        max_data_line_octets: int | None = None,
        max_local_part_octets: int | None = None,
        max_path_octets: int | None = None,
        max_recipients: int | None = None,
        max_messages: int | None = None,
        max_errors: int | None = None,
        max_idle_commands: int | None = None,
        max_auth_attempts: int | None = None,
        max_auth_challenges: int | None = None,
        recipient_window: int | None = None,
        reply_queue: int | None = None,
        reply_text_octets: int | None = None,
        command_endings: Ending = Ending.REJECT,
        data_endings: Ending = Ending.REJECT,
        require_tls: bool = False,
        require_auth: bool = False,
        plaintext_auth: bool = False,
        implicit_tls: bool = False,
        close_on_injection: bool = False,
        below_minimum: bool = False,
        general_literals: bool = False,
        refuse_nul: bool = False,
    ) -> None:
        self.hostname = hostname
        self.mechanisms = tuple(mechanisms)
        self.extensions = Extension(extensions)
        self.asks = Ask(asks)
        self.protocol = Protocol(protocol)
        self.rules = tuple(rules)
        self.implicit_tls = implicit_tls
        options = ffi.new("ehlo_server_options *")
        lib.ehlo_server_options_init(options, ffi.sizeof("ehlo_server_options"))
        flags = _bits(
            {
                lib.EHLO_SERVER_FLAG_REQUIRE_TLS: require_tls,
                lib.EHLO_SERVER_FLAG_REQUIRE_AUTH: require_auth,
                lib.EHLO_SERVER_FLAG_PLAINTEXT_AUTH: plaintext_auth,
                lib.EHLO_SERVER_FLAG_IMPLICIT_TLS: implicit_tls,
                lib.EHLO_SERVER_FLAG_CLOSE_ON_INJECTION: close_on_injection,
                lib.EHLO_SERVER_FLAG_BELOW_MINIMUM: below_minimum,
                lib.EHLO_SERVER_FLAG_GENERAL_LITERALS: general_literals,
                lib.EHLO_SERVER_FLAG_REFUSE_NUL: refuse_nul,
            }
        )
        _set(
            options,
            {
                "extensions": int(extensions),
                "asks": int(asks),
                "protocol": int(protocol),
                "flags": flags,
                "max_message_octets": max_message_octets,
                "max_discard_octets": max_discard_octets,
                "max_line_octets": max_line_octets,
                "max_auth_line_octets": max_auth_line_octets,
                "max_data_line_octets": max_data_line_octets,
                "max_local_part_octets": max_local_part_octets,
                "max_path_octets": max_path_octets,
                "max_recipients": max_recipients,
                "max_messages": max_messages,
                "max_errors": max_errors,
                "max_idle_commands": max_idle_commands,
                "max_auth_attempts": max_auth_attempts,
                "max_auth_challenges": max_auth_challenges,
                "recipient_window": recipient_window,
                "reply_queue": reply_queue,
                "reply_text_octets": reply_text_octets,
                "command_endings": int(command_endings),
                "data_endings": int(data_endings),
            },
        )
        texts = [_c_text(hostname, "hostname"), _c_text(" ".join(self.mechanisms), "mechanisms")]
        options.hostname, options.mechanisms = texts
        rows = ffi.new("ehlo_keyword_rule[]", max(len(self.rules), 1))
        for row, rule in zip(rows, self.rules):
            texts.append(_c_text(rule.keyword, "rules"))
            row.keyword = texts[-1]
            _set(row, {"scope": int(rule.scope), "action": int(rule.action), "octets": rule.octets}, "rules.")
        options.rules, options.rule_count = rows, len(self.rules)
        error = ffi.new("int32_t *")
        pointer = lib.ehlo_server_config_new(options, lib.ehlo_py_allocator(), error)
        if not pointer:
            raise _wrong(options, error[0], lib.ehlo_server_options_check)
        self._pointer: Any = ffi.gc(pointer, lib.ehlo_server_config_free)

    @property
    def max_line(self) -> int:
        """The longest command or AUTH line in octets that sessions wait for: the input buffer must hold it."""
        return int(lib.ehlo_server_config_max_line(self._pointer))


class ClientConfig:
    """How a client behaves. None leaves the library's default.

    hostname        our name in EHLO: a domain or an address literal
    replies         bounds of what the server may say
    data_endings    bare CR and LF in content: REJECT refuses the call that gives it; NORMALIZE makes each a CRLF, and
                    refuses it in BDAT, whose octets are announced; ACCEPT sends them, but for those that some receiver
                    would take for the end. Not for BODY=BINARYMIME, which has no lines
    refuse_nul      refuse content with a NUL, but for BODY=BINARYMIME. RISK without it: as for servers
    require_tls     no AUTH, MAIL or transaction before TLS (RFC 3207 6)
    implicit_tls    TLS is active from the first octet (RFC 8314)
    pipelining      False: one command at a time whatever is offered
    chunking        transactions of envelopes use BDAT where CHUNKING is offered; BINARYMIME always does
    any_parameter   let parameters through whose keyword the server did not announce
    helo            False: `open` fails where EHLO is refused
    plaintext_auth  send AUTH without TLS too, which raises TlsRequiredError otherwise. RISK: passwords in clear text

    ArgumentError if an option is out of its bounds: `detail` names it.
    """

    def __init__(
        self,
        *,
        hostname: str = "localhost",
        protocol: Protocol = Protocol.SMTP,
        replies: ReplyLimits | None = None,
        data_endings: Ending = Ending.REJECT,
        max_recipients: int | None = None,
        max_auth_challenges: int | None = None,
        max_auth_line_octets: int | None = None,
        command_octets: int | None = None,
        require_tls: bool = False,
        implicit_tls: bool = False,
        pipelining: bool = True,
        chunking: bool = False,
        any_parameter: bool = False,
        helo: bool = True,
        plaintext_auth: bool = False,
        refuse_nul: bool = False,
    ) -> None:
        self.hostname = hostname
        self.protocol = Protocol(protocol)
        self.data_endings = Ending(data_endings)
        self.implicit_tls = implicit_tls
        self.chunking = chunking
        self.refuse_nul = refuse_nul
        options = ffi.new("ehlo_client_options *")
        lib.ehlo_client_options_init(options, ffi.sizeof("ehlo_client_options"))
        flags = _bits(
            {
                lib.EHLO_CLIENT_FLAG_REQUIRE_TLS: require_tls,
                lib.EHLO_CLIENT_FLAG_IMPLICIT_TLS: implicit_tls,
                lib.EHLO_CLIENT_FLAG_NO_PIPELINING: not pipelining,
                lib.EHLO_CLIENT_FLAG_CHUNKING: chunking,
                lib.EHLO_CLIENT_FLAG_ANY_PARAMETER: any_parameter,
                lib.EHLO_CLIENT_FLAG_NO_HELO: not helo,
                lib.EHLO_CLIENT_FLAG_PLAINTEXT_AUTH: plaintext_auth,
                lib.EHLO_CLIENT_FLAG_REFUSE_NUL: refuse_nul,
            }
        )
        _set(
            options,
            {
                "protocol": int(protocol),
                "flags": flags,
                "data_endings": int(data_endings),
                "max_recipients": max_recipients,
                "max_auth_challenges": max_auth_challenges,
                "max_auth_line_octets": max_auth_line_octets,
                "command_octets": command_octets,
            },
        )
        limits = ReplyLimits() if replies is None else replies
        _set(options.replies, limits._asdict(), "replies.")
        name = _c_text(hostname, "hostname")
        options.hostname = name
        error = ffi.new("int32_t *")
        pointer = lib.ehlo_client_config_new(options, lib.ehlo_py_allocator(), error)
        if not pointer:
            raise _wrong(options, error[0], lib.ehlo_client_options_check)
        self._pointer: Any = ffi.gc(pointer, lib.ehlo_client_config_free)

    @property
    def max_reply(self) -> int:
        """The longest reply in octets that sessions wait for: the input buffer must be able to hold it."""
        return int(lib.ehlo_client_config_max_reply(self._pointer))
