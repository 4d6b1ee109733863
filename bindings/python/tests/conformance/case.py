"""Reading cases, and where their octets are cut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ehlo

Json = Any

EXTENSIONS = [
    "PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "BINARYMIME", "ENHANCEDSTATUSCODES", "STARTTLS",
    "AUTH",
]  # fmt: skip
COMMON_KEYS = {"id", "why", "strictness", "tags", "name"}
EVERY_POSITION_UP_TO = 4096


class Fault(Exception):
    """Why a case fails."""


def require(condition: object, why: str) -> None:
    if not condition:
        raise Fault(why)


def octets_of(value: Json) -> bytes:
    """The octets of a byte string: one character each, or parts to be joined."""
    if isinstance(value, str):
        return value.encode("latin-1")
    if isinstance(value, list):
        return b"".join(map(octets_of, value))
    require(isinstance(value, dict) and value.keys() == {"repeat", "times"}, "bad case: no byte string")
    return octets_of(value["repeat"]) * int(value["times"])


def optional_octets(value: Json) -> bytes | None:
    return None if value is None else octets_of(value)


def only_keys(value: dict[str, Json], keys: Iterable[str], where: str) -> None:
    unknown = value.keys() - set(keys)
    require(not unknown, f"bad case: {sorted(unknown)} not known in {where}")


def only_case_keys(case: dict[str, Json], *keys: str) -> None:
    only_keys(case, COMMON_KEYS | set(keys), "the case")


def is_expected_code(expected: Json, code: int) -> bool:
    return code in expected if isinstance(expected, list) else bool(expected == code)


def extension_bits(config: dict[str, Json]) -> ehlo.Extension:
    """Whether VRFY, EXPN and HELP are served is free: the vectors speak of servers that have them."""
    bits = ehlo.Extension.VRFY | ehlo.Extension.EXPN | ehlo.Extension.HELP
    for keyword in config.get("extensions", EXTENSIONS):
        bit = ehlo.extension_of(keyword)
        require(bit, f"bad case: no extension {keyword}")
        bits |= bit
    return bits


def protocol_of(config: dict[str, Json]) -> ehlo.Protocol:
    return ehlo.Protocol.LMTP if config.get("protocol", "smtp") == "lmtp" else ehlo.Protocol.SMTP


def is_offered(config: dict[str, Json], keyword: str) -> bool:
    return keyword in config.get("extensions", EXTENSIONS)


def config_of(case: dict[str, Json], *keys: str) -> dict[str, Json]:
    config: dict[str, Json] = case.get("config", {})
    only_keys(config, {"protocol", "extensions", "tls", *keys}, "config")
    return config


# ---- cuts


def cut_positions(octets: bytes) -> list[int]:
    """Every position at which a string is split in two; of a long one where something is decided, and a sample."""
    size = len(octets)
    if size <= EVERY_POSITION_UP_TO:
        return list(range(1, size))
    places: set[int] = set(range(0, size, 211))
    for at, octet in enumerate(octets):
        dot_line = octet == 0x2E and (at == 0 or octets[at - 1] in b"\r\n")
        if octet in b"\r\n" or dot_line:
            places.update(range(at - 2, at + 3))
    places.update(range(17), range(size - 16, size + 1))
    power = 32
    while power < size:
        places.update(range(power - 2, power + 3))
        power *= 2
    return sorted(place for place in places if 0 < place < size)


def in_pieces(octets: bytes, size: int) -> list[bytes]:
    return [octets[at : at + size] for at in range(0, len(octets), size)] or [b""]


def split_at(octets: bytes, position: int) -> list[bytes]:
    if position <= 0 or position >= len(octets):
        return [octets]
    return [octets[:position], octets[position:]]


# ---- replies, as a client reads them: independent of the library


def read_replies(wire: bytes) -> list[tuple[int, list[bytes]]]:
    """All replies, held against RFC 5321 4.2."""
    replies: list[tuple[int, list[bytes]]] = []
    more = False
    for line in wire.split(b"\r\n")[:-1]:
        require(len(line) + 2 <= 512, f"a reply line of {len(line) + 2} octets")
        require(not any((octet < 32 and octet != 9) or octet == 127 for octet in line), f"a control in {line!r}")
        good = len(line) >= 3 and line[:3].isdigit() and 0x32 <= line[0] <= 0x35 and line[1] <= 0x35
        require(good, f"no reply code in {line!r}")
        code, last = int(line[:3]), line[3:4] != b"-"
        require(not last or len(line) == 3 or line[3:4] == b" ", f"no SP or hyphen in {line!r}")
        require(not last or len(line) != 4 or code == 334, f"SP and no text in {line!r}")
        if more:
            require(code == replies[-1][0], f"the lines of a reply differ in {line!r}")
        else:
            replies.append((code, []))
        replies[-1][1].append(line[4:])
        more = not last
    require(wire == b"" or wire.endswith(b"\r\n"), f"a reply line without its CRLF: {wire!r}")
    require(not more, "a reply without its last line")
    return replies


def status_class(text: bytes) -> int:
    """The class of the enhanced status code that the text begins with; 0: there is none."""
    numbers = text.split(b" ")[0].split(b".")
    if len(numbers) != 3 or numbers[0] not in (b"2", b"4", b"5"):
        return 0
    return int(numbers[0]) if all(n.isdigit() and len(n) <= 3 for n in numbers) else 0


def first_word(line: bytes) -> bytes:
    for end in (b"\t", b"\r", b"\n"):
        line = line.replace(end, b" ")
    return line.split(b" ")[0].upper()
