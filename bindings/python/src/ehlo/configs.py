"""Configurations: immutable, and shared by any number of sessions and threads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

from ._ehlo import ffi, lib
from .constants import Ask, Ending, Extension, Protocol, Unknown, Verb
from .errors import failure
from .layout import fill
from .rows import OwnRow, ParamRow, own_params, packed


class ReplyLimits(NamedTuple):
    """Bounds of one reply; 0 stands for the default: 4096 octets a line, 256 lines, 65536 octets."""

    line_octets: int = 0
    lines: int = 0
    octets: int = 0


class _Config:
    """Makes a configuration of the library from options, which have the names of the headers."""

    _role: ClassVar[str]
    rows: tuple[OwnRow, ...]
    own_params: dict[int, ParamRow]

    def _create(self, given: dict[str, Any]) -> None:
        name = f"ehlo_{self._role}"
        options, error = ffi.new(f"{name}_options *"), ffi.new("int32_t *")
        getattr(lib, f"{name}_options_init")(options, ffi.sizeof(f"{name}_options"))
        self.own_params = own_params(self.rows)
        kept: list[Any] = []  # what the options point to
        for option, value in given.items():
            self._set_option(options, option, value, kept)
        pointer = getattr(lib, f"{name}_config_new")(options, lib.ehlo_py_allocator(), error)
        if not pointer:
            # The name of the field that is out of its bounds.
            is_field = error[0] == lib.EHLO_E_ARGUMENT
            field = getattr(lib, f"{name}_options_check")(options) if is_field else ffi.NULL
            raise failure(error[0], detail=str(ffi.string(field), "ascii") if field else None)
        self._pointer: Any = ffi.gc(pointer, getattr(lib, f"{name}_config_free"))

    def _set_option(self, options: Any, name: str, value: Any, kept: list[Any]) -> None:
        yes, no = (getattr(lib, f"EHLO_{self._role.upper()}_FLAG_{prefix}{name.upper()}", 0) for prefix in ("", "NO_"))
        if yes or no:
            options.flags |= yes if value else no
        elif isinstance(value, ReplyLimits):
            fill(options.replies, value._asdict(), kept, "replies.")
        elif name == "rows":
            if value:
                options.rows = packed(value, kept)
        elif name == "lines":
            lines = ffi.new("ehlo_keyword_line[]", len(value))
            for struct, line in zip(lines, value):
                keyword, space, arguments = line.partition(" ")
                fill(struct, {"keyword": keyword, "arguments": arguments if space else None}, kept, "lines.")
            kept.append(lines)
            options.lines, options.line_size, options.line_count = lines, ffi.sizeof("ehlo_keyword_line"), len(value)
        else:
            fill(options, {name: value}, kept)


class ServerConfig(_Config):
    """How a server behaves. None leaves the library's default; see ehlo_server_options for the bounds of each.

    hostname            our name in the greeting and in replies: a domain or an address literal
    mechanisms          SASL mechanisms; with none AUTH is not announced. Give `Extension.AUTH` too
    extensions          what is offered
    asks                the questions that the program answers; the others get their default answer, and are reported
    command_asks        verbs whose `Command` events it answers: of those that have no bit of `Ask`
    rows                extensions, parameters and verbs of the program's own, in the place of the library's too
    lines               of the EHLO reply: a keyword and its arguments. With the keyword of an extension of the library,
                        that extension is offered with these arguments; with that of one of your rows, it sets the
                        arguments; any other keyword is only announced
    unknown_params      what to do with those that no row knows: OFFER passes them to the program, with the id UNKNOWN
    unknown_verbs       likewise; IGNORE is not for verbs
    max_message_octets  announced by SIZE; 0: no fixed limit
    max_*               limits; see ehlo_server_types.h for what happens at each
    recipient_window    recipients that may be undecided at a time
    command_endings     bare CR and LF in commands
    data_endings        bare CR and LF in content, that of BDAT too unless it is BODY=BINARYMIME, which has no lines
    refuse_nul          550 5.6.0 for content with a NUL. Without it a NUL is reported and passed on. RISK: receivers
                        that drop NULs or stop at them see another text, but never another end of it
    require_tls         530 before TLS; require_auth: 530 before AUTH
    plaintext_auth      announce and serve AUTH without TLS too. RISK: passwords in clear text
    implicit_tls        TLS is active from the first octet (RFC 8314)
    close_on_injection  plaintext after STARTTLS closes instead of being dropped
    below_minimum       let limits go below the minimum of RFC 5321 4.5.3.1
    general_literals    accept address literals with unregistered tags

    ArgumentError if an option is out of its bounds: `detail` names it.
    """

    _role = "server"

    def __init__(
        self,
        *,
        hostname: str = "localhost",
        mechanisms: Iterable[str] = (),
        extensions: Extension = Extension.DEFAULT,
        asks: Ask = Ask.DEFAULT,
        command_asks: Iterable[Verb] = (),
        protocol: Protocol = Protocol.SMTP,
        rows: Iterable[OwnRow] = (),
        lines: Iterable[str] = (),
        unknown_params: Unknown = Unknown.REFUSE,
        unknown_verbs: Unknown = Unknown.REFUSE,
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
        given = dict(locals())
        self.hostname = hostname
        self.mechanisms = tuple(mechanisms)
        self.extensions = Extension(extensions)
        self.asks = Ask(asks)
        self.protocol = Protocol(protocol)
        self.rows = tuple(rows)
        self.implicit_tls = implicit_tls
        del given["self"]
        given["command_asks"] = sum(1 << verb for verb in set(command_asks))
        self._create({**given, "mechanisms": " ".join(self.mechanisms), "rows": self.rows, "lines": [*lines]})

    @property
    def max_line(self) -> int:
        """The longest command or AUTH line in octets that sessions wait for: the input buffer must hold it."""
        return int(lib.ehlo_server_config_max_line(self._pointer))


class ClientConfig(_Config):
    """How a client behaves. None leaves the library's default.

    hostname        our name in EHLO: a domain or an address literal
    replies         bounds of the server's replies
    data_endings    bare CR and LF in content: REJECT refuses the call that gives it; NORMALIZE makes each a CRLF, and
                    refuses it in BDAT, whose octets are announced; ACCEPT sends them, but for those that some receiver
                    would take for the end. Not for BODY=BINARYMIME, which has no lines
    refuse_nul      refuse content with a NUL, but for BODY=BINARYMIME. RISK without it: as for servers
    require_tls     no AUTH, MAIL or transaction before TLS (RFC 3207 6)
    implicit_tls    TLS is active from the first octet (RFC 8314)
    pipelining      False: one command at a time whatever is offered
    chunking        transactions of envelopes use BDAT where CHUNKING is offered; BINARYMIME always does
    any_parameter   send parameters also where the server did not announce their extension
    helo            False: `open` fails where EHLO is refused
    rows            extensions, parameters and verbs of the program's own: their values are checked, and they are sent
                    where their extensions are announced
    plaintext_auth  send AUTH without TLS too, which raises TlsRequiredError otherwise. RISK: passwords in clear text

    ArgumentError if an option is out of its bounds: `detail` names it.
    """

    _role = "client"

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
        rows: Iterable[OwnRow] = (),
    ) -> None:
        given = dict(locals())
        self.hostname = hostname
        self.protocol = Protocol(protocol)
        self.data_endings = Ending(data_endings)
        self.implicit_tls = implicit_tls
        self.chunking = chunking
        self.refuse_nul = refuse_nul
        self.rows = tuple(rows)
        del given["self"]
        self._create({**given, "rows": self.rows})

    @property
    def max_reply(self) -> int:
        """The longest reply in octets that sessions wait for: the input buffer must be able to hold it."""
        return int(lib.ehlo_client_config_max_reply(self._pointer))
