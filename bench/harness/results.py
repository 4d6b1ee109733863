"""What a run has measured, as it is kept in a file between measuring and reporting."""

import dataclasses
import json
import pathlib
import statistics


@dataclasses.dataclass
class Pass:
    """One measurement of a benchmark program or of a peer beside it."""

    nanoseconds: float  # processor time an item
    octets_per_second: float
    held: float = 0  # octets that a session holds, where that is what is asked


@dataclasses.dataclass
class Load:
    """What a number of messages has cost a server, in seconds."""

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
    """A case of bench_worst: nanoseconds an octet at a size and at four times that size."""

    name: str
    size: int
    small: float
    large: float
    growth: float
    ceiling: float
    verdict: str  # "" where all is well


@dataclasses.dataclass
class Results:
    """Measurements by series (ours, or the name of a peer) or scenario, then by name, one for each round."""

    whole: bool = False  # all parts, at length
    about: dict[str, str] = dataclasses.field(default_factory=dict)
    versions: dict[str, str] = dataclasses.field(default_factory=dict)  # by name of the program
    missing: dict[str, str] = dataclasses.field(default_factory=dict)  # why, by name of the program
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
    """The median over the rounds of what was measured side by side: what disturbs a round disturbs both."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
