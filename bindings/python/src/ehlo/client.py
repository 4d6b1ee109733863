"""A client session: the sending side of a connection, without the connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ._ehlo import ffi, lib
from .client_events import CLASSES, EVENT, ClientEvent
from .codecs import Octets, Text, passed
from .configs import ClientConfig
from .constants import OFF_CRLF, OFF_END, Bound, ErrorCode, Extension, Flag, Verb
from .envelope import Envelope, ParamTexts, SentParam
from .errors import ContentError, NotOfferedError, ProtocolError, failure
from .layout import text_of
from .session import Session
from .turn import MAX_EVENTS, Block, Pool

_CRLF, _END = memoryview(b"\r\n"), memoryview(b".\r\n")


class Content(NamedTuple):
    """Content that is ready to be sent: `views` in order, for `consumed` octets of what was passed in."""

    consumed: int
    views: list[memoryview]


class Client(Session[ClientConfig, ClientEvent]):
    """A session for a new connection.

    The program passes in what the server sent, executes the events that come back, and sends the session's output.
    Commands (hello, mail, rcpt, ...) are sent at once or refused: StateError where the protocol does not allow them
    now. Intents (open, transact) are carried out as replies arrive. A call that is refused has sent nothing and changed
    nothing.

    A session belongs to one thread at a time. `close` frees it at once; else it is freed with the object.
    """

    __slots__ = ()
    _role = "client"
    _advance = lib.ehlo_py_client_advance
    _pool = Pool("ehlo_py_client_turn")

    def __init__(self, config: ClientConfig, *, batch_events: int = MAX_EVENTS) -> None:
        if not Bound.CLIENT_EVENTS_MIN <= batch_events <= MAX_EVENTS:
            raise failure(lib.EHLO_E_ARGUMENT, detail=f"batch_events {batch_events}")
        super().__init__(config, lib.ehlo_client_new(config._pointer, lib.ehlo_py_allocator()), batch_events, 0)

    def _read_events(self, events: list[ClientEvent], block: Block, count: int, view: memoryview) -> None:
        at = block.events
        for row in EVENT.read_all(block.memory[at : at + count * EVENT.size]):
            events.append(CLASSES.get(row[0], ClientEvent)(row, view))

    def _check(self, error: int) -> None:
        if error == ErrorCode.NOT_OFFERED:
            raise NotOfferedError(
                error, Extension(lib.ehlo_client_lacks(self._open_pointer())), self._lacking_keyword()
            )
        super()._check(error)

    def _lacking_keyword(self) -> str | None:
        """The parameter or mechanism that the server does not offer."""
        length = ffi.new("size_t *")
        keyword = lib.ehlo_client_lacks_keyword(self._open_pointer(), length)
        return bytes(ffi.buffer(keyword, length[0])).decode("utf-8", "replace") if keyword else None

    # -- intents

    def open(self) -> None:
        """Waits for the greeting and sends EHLO (LHLO in LMTP), or HELO where it is refused; again after TLS has
        started. Ends with the event Ready."""
        self._check(lib.ehlo_client_open(self._open_pointer()))

    def transact(self, envelope: Envelope) -> int:
        """Begins a transaction, while the session wants COMMAND, or after all content of the one before. Then
        it wants BODY: pass the content to `body` or `body_copy`. Returns the number of the transaction. Each recipient
        has its Outcome; Done ends it."""
        self._check(lib.ehlo_client_transact(self._open_pointer(), envelope._pointer))
        return self.transaction

    # -- commands

    def hello(self, verb: Verb = Verb.EHLO) -> None:
        self._check(lib.ehlo_client_hello(self._open_pointer(), int(verb)))

    def starttls(self) -> None:
        self._check(lib.ehlo_client_starttls(self._open_pointer()))

    def mail(self, sender: Text, params: Iterable[SentParam] = ()) -> None:
        texts = ParamTexts(params)
        self._check(lib.ehlo_client_mail(self._open_pointer(), *passed(sender), texts.pointer, texts.count))

    def rcpt(self, recipient: Text, params: Iterable[SentParam] = ()) -> None:
        texts = ParamTexts(params)
        self._check(lib.ehlo_client_rcpt(self._open_pointer(), *passed(recipient), texts.pointer, texts.count))

    def data(self) -> None:
        self._check(lib.ehlo_client_data(self._open_pointer()))

    def rset(self) -> None:
        self._check(lib.ehlo_client_rset(self._open_pointer()))

    def command(self, verb: Verb | Text, argument: Text = "", *, smtputf8: bool = False) -> None:
        """A plain verb such as NOOP, HELP, VRFY or EXPN, whose argument, moment and extension the library checks, or a
        verb that it does not know. ArgumentError for verbs that have a method of their own. `smtputf8`: of VRFY and
        EXPN (RFC 6531 3.7.4.2)."""
        word = ffi.string(lib.ehlo_verb_name(verb)) if isinstance(verb, Verb) else verb
        flags = Flag.SMTPUTF8 if smtputf8 else 0
        self._check(lib.ehlo_client_command(self._open_pointer(), *passed(word), *passed(argument), flags))

    def quit(self) -> None:
        self._check(lib.ehlo_client_quit(self._open_pointer()))

    def auth(self, mechanism: str, response: Octets | None = None) -> None:
        """Begins a SASL exchange; `response`: the initial response in raw octets. TlsRequiredError without TLS, unless
        the configuration has `plaintext_auth`."""
        self._check(lib.ehlo_client_auth(self._open_pointer(), *passed(mechanism), *passed(response)))

    def auth_respond(self, response: Text) -> None:
        """Raw octets for the open challenge."""
        self._check(lib.ehlo_client_auth_respond(self._open_pointer(), *passed(response)))

    def auth_cancel(self) -> None:
        self._check(lib.ehlo_client_auth_cancel(self._open_pointer()))

    def bdat(self, content: Octets, last: bool) -> None:
        """A BDAT line for a chunk: take the output, and send `content` after it before any other call. Not for
        transactions of an envelope.

        Without BODY=BINARYMIME a chunk is text, and is validated first, across the edges of chunks: ContentError as for
        `body`; with NORMALIZE for a bare CR or LF too, since the octets are announced before they are sent."""
        offset = ffi.new("size_t *")
        error = lib.ehlo_client_bdat(self._open_pointer(), *passed(content), last, offset)
        if error == ErrorCode.NOT_OFFERED:
            self._check(error)
        if error:
            raise _content_failure(error, offset[0])

    def abort_data(self) -> None:
        """The lone dot after a 354 without an accepted recipient (RFC 2920 3.1)."""
        self._check(lib.ehlo_client_abort_data(self._open_pointer()))

    # -- content

    def body(self, content: Octets, last: bool, *, room: int = 1024) -> Content:
        """Content after GoAhead, or when the session wants BODY: returns the octets to be sent, as views of `content`
        and of constants. Take and send the output first; send the views before any other call. Where `room` pieces are
        not enough, call again with the rest; with `last` until the session wants BODY no more.

        ContentError (BARE_LF, BARE_CR, FALSE_END, NUL): nothing of this call may be sent, nothing has changed; `offset`
        is the position from the start of the content."""
        spans = ffi.new("ehlo_span[]", room)
        count, consumed = ffi.new("uint32_t *"), ffi.new("size_t *")
        error = lib.ehlo_client_body(self._open_pointer(), *passed(content), last, spans, room, count, consumed)
        if error:
            raise _content_failure(error, consumed[0])
        view, views = memoryview(content), []
        for span in spans[0 : count[0]]:
            if span.off == OFF_CRLF:
                views.append(_CRLF)
            elif span.off == OFF_END:
                views.append(_END)
            else:
                views.append(view[span.off : span.off + span.len])
        return Content(consumed[0], views)

    def body_copy(self, content: Octets, last: bool, *, room: int = 65536) -> tuple[int, bytes]:
        """As `body`, but the pending output and the content are joined: returns the octets consumed, and the octets to
        be sent."""
        if room < 64:
            raise failure(ErrorCode.SPACE)
        out = bytearray(room)
        written, consumed = ffi.new("size_t *"), ffi.new("size_t *")
        places = (ffi.from_buffer(out), room, written, consumed)
        error = lib.ehlo_client_body_copy(self._open_pointer(), *passed(content), last, *places)
        if error:
            raise _content_failure(error, consumed[0])
        return consumed[0], bytes(memoryview(out)[: written[0]])

    # -- the connection

    def abort(self) -> None:
        """The program gives up: the session ends with SHUTDOWN, the connection is to be closed."""
        lib.ehlo_client_abort(self._open_pointer())

    # -- state

    @property
    def outstanding(self) -> int:
        """How many replies are awaited."""
        return int(lib.ehlo_client_outstanding(self._open_pointer()))

    @property
    def transaction(self) -> int:
        """The number of the transaction that `transact` or `mail` began last."""
        return int(lib.ehlo_client_transaction(self._open_pointer()))

    @property
    def extensions(self) -> Extension:
        """The extensions that the server announced last and that may be used now."""
        return Extension(lib.ehlo_client_extensions(self._open_pointer()))

    @property
    def size_limit(self) -> int | None:
        """The limit of SIZE in octets, 0: no fixed limit; None if the server gave none."""
        octets = ffi.new("uint64_t *")
        return octets[0] if lib.ehlo_client_size_limit(self._open_pointer(), octets) else None

    def offers(self, keyword: str) -> str | None:
        """The arguments of a keyword in the reply to our hello; "" where it has none; None: it is not announced. The
        keyword may be in any case, and unknown to the library."""
        arguments = ffi.new("ehlo_span *")
        found = lib.ehlo_client_offers(self._open_pointer(), *passed(keyword), arguments)
        if found < 0:
            raise failure(found)
        if not found:
            return None
        return text_of(memoryview(self.hello_reply or b""), arguments.off, arguments.len)

    @property
    def hello_reply(self) -> bytes | None:
        """The reply to our hello, for `ehlo.parse_hello`; None before it."""
        length = ffi.new("size_t *")
        reply = lib.ehlo_client_hello_reply(self._open_pointer(), length)
        return bytes(ffi.buffer(reply, length[0])) if reply else None


def _content_failure(error: int, offset: int) -> Exception:
    """The exception of `body` or `bdat`: a ContentError has a position; other errors are about the call."""
    problem = failure(error)
    return ContentError(error, offset) if isinstance(problem, ProtocolError) else problem
