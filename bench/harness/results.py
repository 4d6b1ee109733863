"""The measurements of a run, and the file that keeps them between measuring and reporting."""

import dataclasses
import json
import pathlib
import statistics


@dataclasses.dataclass
class Pass:
    """One measurement of a benchmark program or of a peer."""

    nanoseconds: float  # processor time per item
    octets_per_second: float
    held: float = 0  # octets of memory of a session, in the cases that measure it


@dataclasses.dataclass
class Load:
    """The time that a server needed for a number of messages, in seconds."""

    messages: int
    elapsed: float
    user: float
    system: float
    client: float  # processor time of the load program

    @property
    def processor(self) -> float:
        return self.user + self.system


@dataclasses.dataclass
class Worst:
    """A case of bench_worst: nanoseconds per octet at a size and at four times that size."""

    name: str
    size: int
    small: float
    large: float
    growth: float
    ceiling: float
    verdict: str  # "": no error


@dataclasses.dataclass
class Results:
    """Measurements by series (ours, or the name of a peer) or scenario, then by name, one for each round."""

    whole: bool = False  # all parts were measured, with full repetitions
    about: dict[str, str] = dataclasses.field(default_factory=dict)
    versions: dict[str, str] = dataclasses.field(default_factory=dict)  # by name of the program
    missing: dict[str, str] = dataclasses.field(default_factory=dict)  # the reason, by name of the program
    programs: dict[str, dict[str, list[Pass]]] = dataclasses.field(default_factory=dict)
    servers: dict[str, dict[str, list[Load]]] = dataclasses.field(default_factory=dict)
    failures: dict[str, str] = dataclasses.field(default_factory=dict)  # why a server has no figure
    memory: dict[str, list[float]] = dataclasses.field(default_factory=dict)  # octets a connection, by server
    worst: list[Worst] = dataclasses.field(default_factory=list)

    def add_pass(self, series: str, name: str, one: Pass) -> None:
        self.programs.setdefault(series, {}).setdefault(name, []).append(one)

    def save(self, path: pathlib.Path) -> None:
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n", encoding="utf-8")


def load(path: pathlib.Path) -> Results:
    kept = json.loads(path.read_text(encoding="utf-8"))
    kept["programs"] = {
        series: {name: [Pass(**one) for one in passes] for name, passes in rows.items()}
        for series, rows in kept["programs"].items()
    }
    kept["servers"] = {
        scenario: {server: [Load(**one) for one in loads] for server, loads in rows.items()}
        for scenario, rows in kept["servers"].items()
    }
    kept["worst"] = [Worst(**one) for one in kept.get("worst", [])]
    return Results(**kept)


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the ratios of each round: a disturbance of a round affects both sides of its ratio."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
