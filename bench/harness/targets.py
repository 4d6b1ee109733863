"""The figures that the design requires, and the measured ones."""

import dataclasses
import statistics

import peers
import servers
from programs import OURS
from results import Results, median_ratio

BODIES = {"base64": "body_b64.bin", "short lines": "body_short.bin", "all dots": "body_dots.bin"}


@dataclasses.dataclass(frozen=True)
class Target:
    work: str
    beside: str  # the peer or limit to compare with, or the unit of the figure
    reach: float
    first: float | None  # the first milestone
    measured: float | None  # None: not measured
    at_least: bool = False  # the figure is a lower limit, not an upper limit

    def verdict(self, wanted: float | None) -> str:
        if wanted is None:
            return ""
        if self.measured is None:
            return "not measured"
        good = self.measured >= wanted if self.at_least else self.measured <= wanted
        return "reached" if good else "missed"


def program_ratio(results: Results, name: str, series: str, other: str) -> float | None:
    """The ratio of times per item."""
    ours = results.programs.get(OURS, {}).get(name, [])
    theirs = results.programs.get(series, {}).get(other, [])
    if not ours or len(ours) != len(theirs):
        return None
    return median_ratio([one.nanoseconds for one in ours], [one.nanoseconds for one in theirs])


def speed_ratio(results: Results, name: str, series: str, other: str) -> float | None:
    """The ratio of octets per second."""
    ours = results.programs.get(OURS, {}).get(name, [])
    theirs = results.programs.get(series, {}).get(other, [])
    if not ours or len(ours) != len(theirs):
        return None
    return median_ratio([one.octets_per_second for one in ours], [one.octets_per_second for one in theirs])


def program_median(results: Results, name: str) -> float | None:
    passes = results.programs.get(OURS, {}).get(name, [])
    return statistics.median(one.nanoseconds for one in passes) if passes else None


def held(results: Results, name: str) -> float | None:
    passes = results.programs.get(OURS, {}).get(name, [])
    return passes[-1].held if passes else None


def load_ratio(results: Results, scenario: str, server: str, peer: str) -> float | None:
    """The ratio of processor times per message."""
    rows = results.servers.get(scenario, {})
    ours, theirs = rows.get(server, []), rows.get(peer, [])
    if not ours or len(ours) != len(theirs):
        return None
    return median_ratio([one.processor / one.messages for one in ours],
                        [one.processor / one.messages for one in theirs])


def user_time(results: Results, scenario: str, server: str) -> float | None:
    """Microseconds per message."""
    loads = results.servers.get(scenario, {}).get(server, [])
    return servers.per_message(loads)[2] if loads else None


def scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def inverse(value: float | None) -> float | None:
    return None if value is None else 1 / value


def growth(results: Results, kind: str, small: int, large: int, cut: int) -> float | None:
    """The time per octet of a large input, relative to a small one."""
    return inverse(speed_ratio(results, f"{kind}/{large}/{cut}", OURS, f"{kind}/{small}/{cut}"))


def parsing(results: Results) -> list[Target]:
    found = []
    for peer in (peers.SMTP_PROTO_BEFORE, peers.SMTP_PROTO):
        for work, name, reach, first in (
            ("command mix", "parse/cmds.txt", 0.30, 0.65),
            ("replies", "reply/replies.txt", 0.25, 0.5),
            ("EHLO replies", "ehlo/ehlo.txt", 0.25, 0.5),
        ):
            found.append(Target(f"{work}: time", f"of {peer}", reach, first,
                                program_ratio(results, name, peer, name)))
    found.insert(1, Target("command mix: time", "times a bare line split", 4, 10,
                           program_ratio(results, "parse/cmds.txt", OURS, "split/cmds.txt")))
    return found


def content(results: Results) -> list[Target]:
    found = []
    for body, file in BODIES.items():
        name = f"decode/{file}/whole"
        found.append(Target(f"decode, {body}: speed", "of a plain span scan", 0.75, 0.35,
                            speed_ratio(results, name, OURS, f"scan/{file}"), at_least=True))
        for peer in (peers.SMTP_PROTO_BEFORE, peers.SMTP_PROTO):
            found.append(Target(f"decode, {body}: speed", f"times {peer}", 30, 10,
                                speed_ratio(results, name, peer, f"decode/{file}"), at_least=True))
    file = BODIES["base64"]
    found.append(Target("encode, nothing to stuff: speed", "of a plain span scan", 0.75, 0.375,
                        speed_ratio(results, f"encode/{file}/whole", OURS, f"scan/{file}"), at_least=True))
    found.append(Target("encode, copied out: speed", "of memcpy, 64 KiB", 0.6, 0.3,
                        speed_ratio(results, f"copy/{file}/65536", OURS, f"memcpy/{file}/65536"), at_least=True))
    return found


def sessions(results: Results) -> list[Target]:
    return [
        Target("transaction in memory, 4 KiB, 1 recipient", "us", 0.8, 2,
               scaled(program_median(results, "transaction/4096/1"), 1e-3)),
        Target("idle server session: memory of the library", "octets", 256, 512, held(results, "idle/server")),
        Target("idle connection: RSS of the sink", "octets", 1024, 2048,
               statistics.median(results.memory[peers.SINK]) if peers.SINK in results.memory else None),
    ]


def loopback(results: Results) -> list[Target]:
    found = []
    for scenario in (servers.MANY, servers.MANY_IN_TURN):
        found.append(Target(f"sink, {scenario}: CPU", f"of {peers.SMTP_SINK}", 0.25, 0.5,
                            load_ratio(results, scenario, peers.SINK, peers.SMTP_SINK)))
        found.append(Target(f"sink, {scenario}: user time", "us a message", 1.5, None,
                            user_time(results, scenario, peers.SINK)))
    found.append(Target(f"sink, {servers.BIG}: user time", "ms a MiB", 0.2, 0.5,
                        scaled(user_time(results, servers.BIG, peers.SINK), 1e-3)))
    found.append(Target(f"Python server, {servers.MANY}: messages a CPU second", f"times {peers.AIOSMTPD}", 3, None,
                        inverse(load_ratio(results, servers.MANY, peers.PYTHON, peers.AIOSMTPD)), at_least=True))
    found.append(Target(f"Go server, {servers.MANY}: CPU", f"of {peers.GO_SMTP}", 0.6, None,
                        load_ratio(results, servers.MANY, peers.GO, peers.GO_SMTP)))
    return found


# The growth that still counts as linear: disturbances of the machine do not affect both sizes equally.
LINEAR = 1.15


def linearity(results: Results) -> list[Target]:
    rows = (
        ("message, 256 KiB to 16 MiB, reads of 1,448 octets", "message", 1 << 18, 1 << 24, 1448),
        ("message, 4 KiB to 256 KiB, an octet a call", "message", 1 << 12, 1 << 18, 1),
        ("command line, 1 KiB to 64 KiB, an octet a call", "line", 1 << 10, 1 << 16, 1),
        ("EHLO reply, 1 KiB to 32 KiB, an octet a call", "hello", 1 << 10, 1 << 15, 1),
    )
    return [Target(f"{work}: time an octet", "times that of the smallest", LINEAR, LINEAR,
                   growth(results, kind, small, large, cut)) for work, kind, small, large, cut in rows]


def all_of(results: Results) -> list[Target]:
    return [*parsing(results), *content(results), *sessions(results), *loopback(results), *linearity(results)]
