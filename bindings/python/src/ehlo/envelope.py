"""Envelopes: a sender and recipients, validated when they are built."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from ._ehlo import ffi, lib
from .codecs import Text, octets_of, passed
from .configs import ClientConfig
from .constants import BodyType, ParamId
from .errors import failure
from .layout import fill
from .rows import row_of

#: A parameter as it goes over the wire: its keyword, and its value (None: no value). `ehlo.param` makes one from its
#: meaning.
SentParam = tuple[str, Optional[Text]]


_BODY_TYPES = dict(zip((row_of(ParamId.BODY).words or "").split(), BodyType))


class ParamTexts:
    """An array of ehlo_param_text, with the memory that it points to."""

    __slots__ = ("count", "kept", "pointer")

    def __init__(self, params: Iterable[SentParam]) -> None:
        pairs = list(params)
        self.count = len(pairs)
        self.kept: list[Any] = []
        self.pointer: Any = ffi.NULL
        if not pairs:
            return
        self.pointer = ffi.new("ehlo_param_text[]", self.count)
        for row, (keyword, value) in zip(self.pointer, pairs):
            row.keyword, row.keyword_length = self._keep(keyword)
            if value is not None:
                row.value, row.value_length = self._keep(value)

    def _keep(self, text: Text) -> tuple[Any, int]:
        octets = octets_of(text)
        memory = ffi.from_buffer(octets)
        self.kept.append(memory)
        return memory, len(octets)


class Envelope:
    """A sender and its recipients, which any number of sessions may use.

    sender      without brackets; "" is the null reverse-path
    recipients  without brackets
    params      of MAIL, besides those that a session adds: SIZE, BODY, SMTPUTF8
    size        octets of the content; 0: not known. `ehlo.aio.Client.send` counts them where it can
    body        what the content needs: more than SEVENBIT is refused where the server does not offer it. None: unknown.
                `ehlo.aio.Client.send` finds it in the content; a session takes it for SEVENBIT, with which no octet
                above 127 may be in the content (RFC 6152 3), and does not check
    smtputf8    the header needs SMTPUTF8; a non-ASCII address needs it anyway
    requiretls  RFC 8689
    config      that of the clients that send it: its rows are used for the parameters; None: those of the library

    ArgumentError: a sender, recipient or parameter against its grammar, CR, LF and NUL among them.
    """

    def __init__(
        self,
        sender: str,
        recipients: Iterable[str] = (),
        *,
        params: Iterable[SentParam] = (),
        size: int = 0,
        body: BodyType | None = None,
        smtputf8: bool = False,
        requiretls: bool = False,
        config: ClientConfig | None = None,
    ) -> None:
        self.sender = sender
        self.params = tuple(params)
        self.size = size
        self.body = body
        self.smtputf8 = smtputf8
        self.requiretls = requiretls
        self.config = config
        self.recipients: list[str] = []
        self._recipient_params: list[tuple[SentParam, ...]] = []
        options = ffi.new("ehlo_envelope_options *")
        lib.ehlo_envelope_options_init(options, ffi.sizeof("ehlo_envelope_options"))
        octets, texts = octets_of(sender), ParamTexts(self.params)
        memory = ffi.from_buffer(octets)
        options.sender, options.sender_length = memory, len(octets)
        options.params, options.param_count = texts.pointer, texts.count
        options.body = int(BodyType.SEVENBIT if body is None else body)
        options.flags = (lib.EHLO_ENVELOPE_FLAG_SMTPUTF8 if smtputf8 else 0) | (
            lib.EHLO_ENVELOPE_FLAG_REQUIRETLS if requiretls else 0
        )
        fill(options, {"size": size}, [])
        if config is not None:
            options.config = config._pointer
        error = ffi.new("int32_t *")
        pointer = lib.ehlo_envelope_new(options, lib.ehlo_py_allocator(), error)
        if not pointer:
            raise failure(error[0], detail=f"the sender {sender!r}" + " or a parameter" * bool(self.params))
        self._pointer: Any = ffi.gc(pointer, lib.ehlo_envelope_free)
        for recipient in recipients:
            self.add(recipient)

    def add(self, recipient: str, params: Iterable[SentParam] = ()) -> int:
        """Adds a recipient and returns its index. StateError: a session holds the envelope, whose content it has not
        been given."""
        kept = tuple(params)
        texts = ParamTexts(kept)
        error = lib.ehlo_envelope_add(self._pointer, *passed(recipient), texts.pointer, texts.count)
        if error:
            raise failure(error, detail=f"the recipient {recipient!r}" + " or a parameter" * bool(kept))
        self.recipients.append(recipient)
        self._recipient_params.append(kept)
        return len(self.recipients) - 1

    @property
    def declared_body(self) -> BodyType | None:
        """The kind of content that the program declares, by `body` or by a parameter of its own; None: none."""
        for keyword, value in self.params:
            if keyword.upper() == "BODY" and value is not None:
                return _BODY_TYPES.get(str(octets_of(value), "latin-1").upper())
        return self.body

    def for_content(self, *, size: int, body: BodyType, smtputf8: bool) -> Envelope:
        """This envelope, or a copy that declares of its content what this one does not."""
        wanted = (self.size or size, body if self.declared_body is None else self.body, self.smtputf8 or smtputf8)
        if wanted == (self.size, self.body, self.smtputf8):
            return self
        copy = Envelope(
            self.sender,
            params=self.params,
            size=wanted[0],
            body=wanted[1],
            smtputf8=wanted[2],
            requiretls=self.requiretls,
            config=self.config,
        )
        for recipient, params in zip(self.recipients, self._recipient_params):
            copy.add(recipient, params)
        return copy

    def __len__(self) -> int:
        return len(self.recipients)

    def __repr__(self) -> str:
        return f"<Envelope from {self.sender!r} to {len(self.recipients)}>"
