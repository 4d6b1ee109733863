"""A client session: the sending side of a connection, without the connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ._ehlo import ffi, lib
from .client_events import CLASSES, ClientEvent
from .codecs import Octets, Text, octets_of, pointer_to
from .configs import ClientConfig
from .constants import OFF_CRLF, OFF_END, Bound, ErrorCode, Extension, Fact, TimeoutKind, Verb, Want
from .envelope import Envelope, ParamTexts, SentParam
from .errors import ClosedError, ContentError, NotOfferedError, ProtocolError, failure
from .steps import ClientProgress, Timeout
from .turn import CLIENT_EVENT, HEAD, MAX_EVENTS, MAX_OUT, client_blocks, take_client_block

_CRLF, _END = memoryview(b"\r\n"), memoryview(b".\r\n")


class Content(NamedTuple):
    """What is to be sent of content that was given: `consumed` octets of it, as `views` in order."""

    consumed: int
    views: list[memoryview]


class Client:
    """A session for a new connection.

    The program shows it what the server sent, executes the events that come back, and sends what the session has to
    say. Commands (hello, mail, rcpt, ...) are sent at once or refused: StateError where the protocol does not allow
    them now. Intents (open, transact) are carried out step by step as replies arrive. A call that is refused has sent
    nothing and changed nothing.

    A session belongs to one thread at a time. `close` frees it at once; else it goes with the object.
    """

    __slots__ = ("__weakref__", "_events", "_pointer", "config")

    def __init__(self, config: ClientConfig, *, batch_events: int = MAX_EVENTS) -> None:
        self.config = config
        if not Bound.CLIENT_EVENTS_MIN <= batch_events <= MAX_EVENTS:
            raise failure(lib.EHLO_E_ARGUMENT, detail=f"batch_events {batch_events}")
        self._events = batch_events
        pointer = lib.ehlo_client_new(config._pointer, lib.ehlo_py_allocator())
        if not pointer:
            raise failure(lib.EHLO_E_MEMORY)
        self._pointer: Any = ffi.gc(pointer, lib.ehlo_client_free)

    def close(self) -> None:
        """Frees the session. Events live on; every other call raises `ClosedError`."""
        pointer, self._pointer = self._pointer, None
        if pointer is not None:
            ffi.release(pointer)

    def _open(self) -> Any:
        if self._pointer is None:
            raise ClosedError
        return self._pointer

    def _check(self, error: int) -> None:
        if error == ErrorCode.NOT_OFFERED:
            raise NotOfferedError(error, Extension(lib.ehlo_client_lacks(self._open())), self._lacking())
        if error:
            raise failure(error)

    def _lacking(self) -> str | None:
        """The parameter or mechanism that the server does not offer."""
        length = ffi.new("size_t *")
        keyword = lib.ehlo_client_lacks_keyword(self._open(), length)
        return bytes(ffi.buffer(keyword, length[0])).decode("utf-8", "replace") if keyword else None

    # -- input and output

    def advance(self, data: Octets = b"", *, room: int = MAX_OUT) -> ClientProgress:
        """Shows the input, starting with what the last call did not consume, and takes output, of `room` octets at
        most, until there are events or no more to do. To be called `again` with the rest of the input once the events
        have been executed."""
        pointer = self._pointer
        if pointer is None:
            raise ClosedError
        block = take_client_block()
        if isinstance(data, bytes):
            shown: Any = data
        else:
            data = memoryview(data).cast("B")
            shown = ffi.from_buffer(data)
        lib.ehlo_py_client_step(pointer, shown, len(data), block.pointer, self._events, min(room, MAX_OUT))
        memory = block.memory
        head = HEAD.unpack_from(memory)
        written, count = head[1], head[8]
        output = bytes(memory[block.out : block.out + written]) if written else b""
        events: list[ClientEvent] = []
        if count:
            view, at = memoryview(data)[head[12] :], block.events
            for row in CLIENT_EVENT.iter_unpack(memory[at : at + count * CLIENT_EVENT.size]):
                events.append(CLASSES.get(row[0], ClientEvent)(row, view))
        client_blocks.append(block)
        return ClientProgress(head, events, output)

    def receive(self, data: Octets = b"") -> tuple[int, list[ClientEvent]]:
        """Shows the input only: the octets consumed, and the events."""
        progress = self.advance(data, room=0)
        return progress.consumed, progress.events

    def output(self, room: int = -1) -> bytes:
        """The pending commands; at most `room` octets of them, unless it is negative."""
        pointer, pieces = self._open(), []
        while room:
            size = 4096 if room < 0 else min(room, 65536)
            out = ffi.new("char[]", size)
            written = lib.ehlo_client_output(pointer, out, size)
            pieces.append(bytes(ffi.buffer(out, written)))
            if written < size:
                break
            if room > 0:
                room -= written
        return b"".join(pieces)

    # -- intents

    def open(self) -> None:
        """Waits for the greeting and says EHLO (LHLO in LMTP), or HELO where it is refused; again after TLS has
        started. Ends with the event Ready."""
        self._check(lib.ehlo_client_open(self._open()))

    def transact(self, envelope: Envelope) -> int:
        """One transaction, while the session wants COMMAND, or once the content of the one before has been given. Then
        it wants BODY: give the content with `body` or `body_copy`. Gives the number of the transaction. Each recipient
        has its Outcome; Done ends it."""
        self._check(lib.ehlo_client_transact(self._open(), envelope._pointer))
        return self.transaction

    # -- commands

    def hello(self, verb: Verb = Verb.EHLO) -> None:
        self._check(lib.ehlo_client_hello(self._open(), int(verb)))

    def starttls(self) -> None:
        self._check(lib.ehlo_client_starttls(self._open()))

    def mail(self, sender: Text, params: Iterable[SentParam] = ()) -> None:
        octets, texts = octets_of(sender), ParamTexts(params)
        self._check(lib.ehlo_client_mail(self._open(), pointer_to(octets), len(octets), texts.pointer, texts.count))

    def rcpt(self, recipient: Text, params: Iterable[SentParam] = ()) -> None:
        octets, texts = octets_of(recipient), ParamTexts(params)
        self._check(lib.ehlo_client_rcpt(self._open(), pointer_to(octets), len(octets), texts.pointer, texts.count))

    def data(self) -> None:
        self._check(lib.ehlo_client_data(self._open()))

    def rset(self) -> None:
        self._check(lib.ehlo_client_rset(self._open()))

    def command(self, verb: Verb | Text, text: Text = "", *, smtputf8: bool = False) -> None:
        """NOOP, HELP (text may be empty), VRFY or EXPN; or, as text, a verb that the library does not know."""
        octets = octets_of(text)
        argument = pointer_to(octets), len(octets)
        if isinstance(verb, Verb):
            self._check(lib.ehlo_client_query(self._open(), int(verb), *argument, smtputf8))
        else:
            word = octets_of(verb)
            self._check(lib.ehlo_client_command(self._open(), pointer_to(word), len(word), *argument))

    def quit(self) -> None:
        self._check(lib.ehlo_client_quit(self._open()))

    def auth(self, mechanism: str, response: Octets | None = None) -> None:
        """Begins a SASL exchange; `response`: the initial response in raw octets. TlsRequiredError without TLS, unless
        the configuration says `plaintext_auth`."""
        word = octets_of(mechanism)
        raw = ffi.NULL if response is None else pointer_to(response)
        size = 0 if response is None else len(response)
        self._check(lib.ehlo_client_auth(self._open(), pointer_to(word), len(word), raw, size))

    def auth_respond(self, response: Text) -> None:
        """Raw octets for the open challenge."""
        octets = octets_of(response)
        self._check(lib.ehlo_client_auth_respond(self._open(), pointer_to(octets), len(octets)))

    def auth_cancel(self) -> None:
        self._check(lib.ehlo_client_auth_cancel(self._open()))

    def bdat(self, content: Octets, last: bool) -> None:
        """A BDAT line for a chunk: take the output, and send `content` behind it before any other call. Not for
        transactions of an envelope.

        Without BODY=BINARYMIME a chunk is text, and is validated first, across the edges of chunks: ContentError as for
        `body`; with NORMALIZE for a bare CR or LF too, since the octets are announced before they are sent."""
        offset = ffi.new("size_t *")
        error = lib.ehlo_client_bdat(self._open(), pointer_to(content), len(content), last, offset)
        if error == ErrorCode.NOT_OFFERED:
            self._check(error)
        if error:
            raise _content_failure(error, offset[0])

    def abort_data(self) -> None:
        """The lone dot after a 354 without an accepted recipient (RFC 2920 3.1)."""
        self._check(lib.ehlo_client_abort_data(self._open()))

    # -- content

    def body(self, content: Octets, last: bool, *, room: int = 1024) -> Content:
        """Content after GoAhead, or when the session wants BODY: what is to be sent, as views of `content` and of
        constants. Take and send the output first; send the views before any other call. Where `room` pieces are not
        enough, call again with the rest; with `last` until the session wants BODY no more.

        ContentError (BARE_LF, BARE_CR, FALSE_END, NUL): nothing of this call may be sent, nothing has changed; `offset`
        is the position from the start of the content."""
        spans = ffi.new("ehlo_span[]", room)
        count, consumed = ffi.new("uint32_t *"), ffi.new("size_t *")
        error = lib.ehlo_client_body(
            self._open(), pointer_to(content), len(content), last, spans, room, count, consumed
        )
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
        """As `body`, but the pending output and the content are joined: the octets consumed, and what to send."""
        if room < 64:
            raise failure(ErrorCode.SPACE)
        out = bytearray(room)
        written, consumed = ffi.new("size_t *"), ffi.new("size_t *")
        error = lib.ehlo_client_body_copy(
            self._open(),
            pointer_to(content),
            len(content),
            last,
            ffi.from_buffer(out),
            room,
            written,
            consumed,
        )
        if error:
            raise _content_failure(error, consumed[0])
        return consumed[0], bytes(memoryview(out)[: written[0]])

    # -- the connection

    def tls_started(self) -> None:
        self._check(lib.ehlo_client_tls_started(self._open()))

    def tls_failed(self) -> None:
        self._check(lib.ehlo_client_tls_failed(self._open()))

    def eof(self) -> None:
        """The server has closed. What was read before the close counts."""
        lib.ehlo_client_eof(self._open())

    def timed_out(self) -> None:
        lib.ehlo_client_timed_out(self._open())

    def abort(self) -> None:
        """The program gives up: the session ends with SHUTDOWN, the connection is to be closed."""
        lib.ehlo_client_abort(self._open())

    def release(self) -> None:
        """As `Server.release`: also nothing may be awaited."""
        self._check(lib.ehlo_client_release(self._open()))

    # -- where it stands

    @property
    def wants(self) -> Want:
        return Want(lib.ehlo_client_wants(self._open()))

    @property
    def facts(self) -> Fact:
        return Fact(lib.ehlo_client_facts(self._open()))

    @property
    def timeout(self) -> Timeout:
        timeout = lib.ehlo_client_timeout(self._open())
        return Timeout(TimeoutKind(timeout.kind), timeout.seconds)

    @property
    def outstanding(self) -> int:
        """Replies awaited."""
        return int(lib.ehlo_client_outstanding(self._open()))

    @property
    def transaction(self) -> int:
        """The number of the transaction that `transact` or `mail` began last."""
        return int(lib.ehlo_client_transaction(self._open()))

    @property
    def extensions(self) -> Extension:
        """What the server announced last and may be used now."""
        return Extension(lib.ehlo_client_extensions(self._open()))

    @property
    def size_limit(self) -> int | None:
        """The limit of SIZE in octets, 0: no fixed limit; None if the server gave none."""
        octets = ffi.new("uint64_t *")
        return octets[0] if lib.ehlo_client_size_limit(self._open(), octets) else None

    @property
    def hello_reply(self) -> bytes | None:
        """The reply to our hello, for `ehlo.parse_hello`; None before it."""
        length = ffi.new("size_t *")
        reply = lib.ehlo_client_hello_reply(self._open(), length)
        return bytes(ffi.buffer(reply, length[0])) if reply else None


def _content_failure(error: int, offset: int) -> Exception:
    """What `body` or `bdat` refuses without a position is the call, not the content."""
    problem = failure(error)
    return ContentError(error, offset) if isinstance(problem, ProtocolError) else problem
