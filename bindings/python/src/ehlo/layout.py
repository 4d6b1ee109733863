"""Reads structs of the C API as tuples of numbers, with the layout of the compiler, and fills in their fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from struct import Struct
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Generic, NoReturn, TypeVar

from ._ehlo import ffi, lib
from .constants import ABSENT, VERB_OWN, ErrorCode, Verb
from .errors import failure

T = TypeVar("T", covariant=True)
Row = tuple[int, ...]

_STRUCT_CODES = {
    "uint64_t": "Q",
    "int64_t": "q",
    "uint32_t": "I",
    "int32_t": "i",
    "uint16_t": "H",
    "uint8_t": "B",
}

if TYPE_CHECKING:

    class Field(Generic[T]):
        """A property with the type that its function returns."""

        def __init__(self, read: Callable[[Any], T], *, doc: str | None = None) -> None: ...
        def __get__(self, record: object, kind: type | None = None) -> T: ...
        def __set__(self, record: object, value: NoReturn) -> None: ...

else:
    Field = property


class Slotted(type):
    """A class without `__slots__` gets empty ones: its objects have no attributes of their own."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Slotted:
        namespace.setdefault("__slots__", ())
        return super().__new__(mcs, name, bases, namespace)


class Record(metaclass=Slotted):
    """A struct, and the buffer that its spans are offsets into."""

    __slots__ = ("_row", "_view")

    def __init__(self, row: Row, view: memoryview) -> None:
        self._row = row
        self._view = view


class Named(Record):
    """A record of one of several kinds, which shows the fields of its `__match_args__`. `name`: that in the C API, by
    default made from the name of the class."""

    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        if "name" not in vars(cls):
            cls.name = re.sub("(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()

    def __repr__(self) -> str:
        number = getattr(self, "id", 0)
        shown = ", ".join(f"{name}={self._shown_value(name)}" for name in getattr(self, "__match_args__", ()))
        return f"{type(self).__name__}{f'#{number}' if number else ''}({shown})"

    def _shown_value(self, name: str) -> str:
        return repr(getattr(self, name))


N = TypeVar("N", bound=Named)


def classes_by_number(base: type[N], prefix: str) -> dict[int, type[N]]:
    """The classes below `base` that the C API has a number for, by that number."""
    classes: dict[int, type[N]] = {}
    for kind in base.__subclasses__():
        number = getattr(lib, prefix + kind.name.upper().replace("-", "_"), None)
        if number is not None:
            classes[number] = kind
        classes.update(classes_by_number(kind, prefix))
    return classes


class Layout:
    """A struct. `places`: the index of each field in a row, "outer.inner" for fields of structs within; `spans`: the
    indexes of offsets. A `Record` is made of each row; the methods declare its fields."""

    def __init__(self, name: str) -> None:
        self.places: dict[str, int] = {}
        self.spans: list[int] = []
        kind = ffi.typeof(name)
        codes, end = "=", 0
        for field, offset, number in _number_fields(kind, "", 0):
            if field.endswith(".off"):
                self.spans.append(len(self.places))
            self.places[field] = len(self.places)
            codes += f"{offset - end}x{_STRUCT_CODES[number.cname]}"
            end = offset + ffi.sizeof(number)
        self.size: int = ffi.sizeof(kind)
        packed = Struct(f"{codes}{self.size - end}x")
        self.read = packed.unpack_from
        self.read_all = packed.iter_unpack

    def number(self, name: str, doc: str | None = None) -> Field[int]:
        place = self.places[name]
        return Field(lambda record: record._row[place], doc=doc)

    def member(self, name: str, kind: Callable[[int], T], doc: str | None = None) -> Field[T]:
        """A number converted by `kind`, such as to a member of an enumeration."""
        place = self.places[name]
        return Field(lambda record: kind(record._row[place]), doc=doc)

    def bit(self, name: str, bit: int, doc: str | None = None) -> Field[bool]:
        place = self.places[name]
        return Field(lambda record: record._row[place] & bit != 0, doc=doc)

    def octets(self, name: str, doc: str | None = None) -> Field[memoryview | None]:
        """A piece of the buffer; None where it is absent."""
        return self._span(name, part, doc)

    def piece(self, name: str, doc: str | None = None) -> Field[memoryview]:
        """A piece of the buffer that is never absent."""
        return self._span(name, lambda view, offset, length: view[offset : offset + length], doc)

    def text(self, name: str, doc: str | None = None) -> Field[str]:
        """A piece as text; octets that are no UTF-8 become surrogate escapes, so that nothing is lost."""
        return self._span(name, text_of, doc)

    def upper(self, name: str, doc: str | None = None) -> Field[str]:
        """A piece as text in upper case."""
        return self._span(name, lambda view, offset, length: text_of(view, offset, length).upper(), doc)

    def _span(self, name: str, read: Callable[[memoryview, int, int], T], doc: str | None) -> Field[T]:
        place = self.places[f"{name}.off"]
        return Field(lambda record: read(record._view, record._row[place], record._row[place + 1]), doc=doc)


def fill(struct: Any, values: Mapping[str, Any], kept: list[Any], within: str = "") -> None:
    """Sets the fields of a struct to numbers and texts; None leaves one as it is. `kept`: what the struct points to.
    ArgumentError: a number out of range, or a NUL, which would cut off the text after it; it names the field."""
    for name, value in values.items():
        if isinstance(value, str):
            octets = value.encode("utf-8", "surrogateescape")
            if b"\0" in octets:
                raise failure(ErrorCode.ARGUMENT, detail=within + name)
            value = ffi.new("char[]", octets)
            kept.append(value)
        try:
            if value is not None:
                setattr(struct, name, value)
        except OverflowError:
            raise failure(ErrorCode.ARGUMENT, detail=within + name) from None


def _number_fields(kind: Any, prefix: str, base: int) -> list[tuple[str, int, Any]]:
    """Name, offset and type of each number of the struct, and of the structs within it."""
    found = []
    for name, field in kind.fields:
        if field.type.kind == "struct":
            found += _number_fields(field.type, f"{prefix}{name}.", base + field.offset)
        else:
            found.append((prefix + name, base + field.offset, field.type))
    return found


def part(view: memoryview, offset: int, length: int) -> memoryview | None:
    return None if offset == ABSENT else view[offset : offset + length]


def text_of(view: memoryview, offset: int, length: int) -> str:
    return "" if offset == ABSENT else str(view[offset : offset + length], "utf-8", "surrogateescape")


_VERBS = {int(verb): verb for verb in Verb}


def verb_of(number: int) -> Verb | int:
    """The verb; one of a program's rows as the number that it is."""
    return _VERBS.get(number, number if number >= VERB_OWN else Verb.UNKNOWN)


def moved_row(row: Row, spans: list[int], start: int) -> Row:
    """The row for a copy of the buffer that begins at `start`."""
    numbers = list(row)
    for place in spans:
        if numbers[place] != ABSENT:
            numbers[place] -= start
    return tuple(numbers)
