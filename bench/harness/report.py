"""The report: tables as Markdown, plots beside it."""

import pathlib
import statistics

import peers
import plots
import servers
import targets
from programs import OURS
from results import Pass, Results

from tools import ROOT

CODECS = ("decode", "encode", "copy")
NOTES = ROOT / "docs" / "performance-notes.md"


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return ["| " + " | ".join(row) + " |" for row in [head, rule, *rows]] + [""]


def median_of(passes: list[Pass]) -> tuple[float, float]:
    return (statistics.median(one.nanoseconds for one in passes),
            statistics.median(one.octets_per_second for one in passes))


def head(results: Results) -> list[str]:
    said = [f"| {name} | {value} |" for name, value in results.about.items()]
    return ["| | |", "|---|---|", *said, ""]


def programs_of(results: Results) -> list[str]:
    rows = [[name, version] for name, version in results.versions.items()]
    rows += [[name, f"**missing**: {reason}"] for name, reason in results.missing.items()]
    return ["## What was measured", "", "| program | version |", "|---|---|",
            *("| " + " | ".join(row) + " |" for row in rows), ""] if rows else []


def target_tables(results: Results) -> list[str]:
    found = targets.all_of(results)
    rows = [[one.work, number(one.measured), one.beside, number(one.reach), one.verdict(one.reach),
             number(one.first) if one.first is not None else "", one.verdict(one.first)] for one in found]
    said = ["## Numbers to reach", "",
            "Each ratio is the median of the ratios of all rounds. Both sides are measured in each round.", ""]
    said += table(["work", "measured", "beside", "reach", "", "first milestone", ""], rows)
    said += ["### Missed", ""]
    missed = [one for one in found if "missed" in (one.verdict(one.reach), one.verdict(one.first))]
    for one in missed:
        what = "first milestone" if one.verdict(one.first) == "missed" else "final figure"
        wanted = one.first if what == "first milestone" else one.reach
        said.append(f"- {one.work}: {number(one.measured)} {one.beside}, wanted {number(wanted)} ({what})")
    return [*said, "" if missed else "None.", ""]


def reading_table(results: Results) -> list[str]:
    names = ["parse/cmds.txt", "parse/cmds_nodsn.txt", "reply/replies.txt", "ehlo/ehlo.txt"]
    series = [one for one in (OURS, peers.SMTP_PROTO, peers.SMTP_PROTO_BEFORE, peers.SMTPPROTO)
              if one in results.programs]
    rows = []
    for name in names:
        row = [name]
        for one in series:
            passes = results.programs[one].get(name)
            ratio = targets.program_ratio(results, name, one, name) if passes and one != OURS else None
            row.append((number(median_of(passes)[0]) if passes else "-")
                       + (f" ({number(ratio)})" if ratio is not None else ""))
        split = targets.program_ratio(results, name, OURS, name.replace("parse", "split"))
        rows.append([*row, f"{number(split)} x" if name.startswith("parse") else ""])
    return ["## Commands and replies", "", "Nanoseconds of processor time per item; in brackets our time divided by",
            "that. A command is parsed to its last parameter, a reply to its lines, an EHLO reply to its capabilities.",
            "", "![Commands and replies](performance/reading.svg)", "",
            *table(["file", *series, "line split"], rows)]


def limits_of(name: str) -> list[str]:
    """Copied content is compared with a copy into a buffer of the same size."""
    kind, file, *size = name.split("/")
    same = "/".join(["memcpy", file, *size]) if kind == "copy" and size != ["whole"] else f"memcpy/{file}"
    return [same, f"memchr/{file}", f"scan/{file}"]


def content_table(results: Results) -> list[str]:
    rows = []
    ours = results.programs[OURS]
    for file in targets.BODIES.values():
        for name in [one for one in ours if one.split("/")[1:2] == [file]]:
            row = [name, number(median_of(ours[name])[1] / 1e9)]
            row += [number(targets.speed_ratio(results, name, OURS, limit)) for limit in limits_of(name)]
            row += [number(targets.speed_ratio(results, name, peer, f"decode/{file}"))
                    if name.startswith("decode") else ""
                    for peer in (peers.SMTP_PROTO, peers.SMTP_PROTO_BEFORE)]
            rows.append(row)
    return ["## Content", "", "GB/s, and the ratio to the limits of the machine: `memcpy`, a search for each line feed",
            "with `memchr`, and a scan for dots after line ends without any policy. The last part of a name is the",
            "number of octets per call.", "", "![Content](performance/content.svg)", "",
            *table(["work", "GB/s", "memcpy", "memchr", "scan", peers.SMTP_PROTO, peers.SMTP_PROTO_BEFORE], rows)]


def session_table(results: Results) -> list[str]:
    names = [one for one in results.programs[OURS] if one.startswith(("transaction/", "submission/"))]
    rows = [[name, number(median_of(results.programs[OURS][name])[0] / 1e3)] for name in names]
    return ["## Sessions in memory", "", "A whole transaction through the C API: octets of the message, recipients.",
            "",
            *table(["work", "us"], rows)]


def server_tables(results: Results) -> list[str]:
    said = ["## Servers over loopback", "", "One client, `bench/load`, sends each server the same; a server that",
            "offers PIPELINING gets MAIL, RCPT and DATA together. Microseconds of the server's processor time per",
            "message, and the ratio to two other servers: our sink, and the floor, a program with the same reads and",
            "writes and almost nothing between them. aiosmtpd does not offer PIPELINING. Messages per second are by",
            "the wall clock, so other work of the machine affects them.", ""]
    for number_of, (scenario, rows) in enumerate(results.servers.items()):
        said += [f"### {scenario}", "", f"![{scenario}](performance/servers-{number_of + 1}.svg)", ""]
        shown = []
        for name, loads in rows.items():
            rate, total, user, system = servers.per_message(loads)
            ratios = [targets.load_ratio(results, scenario, name, other) for other in (peers.SINK, peers.FLOOR)]
            client = statistics.median(one.client / one.messages for one in loads) * 1e6
            shown.append([name, *map(number, (rate, total, user, system, *ratios, client))])
        shown += [[name.removesuffix(f", {scenario}"), f"failed: {why}", "", "", "", "", "", ""]
                  for name, why in results.failures.items() if name.endswith(f", {scenario}")]
        shown += [[name, "missing", "", "", "", "", "", ""] for name in peers.SERVERS if name in results.missing]
        said += table(["server", "messages/s", "CPU us", "user us", "system us", "of our sink", "of the floor",
                       "client us"], shown)
    return said


def memory_table(results: Results) -> list[str]:
    rows = [[f"{name}: one connection", number(statistics.median(values))] for name, values in results.memory.items()]
    rows[:0] = [[f"the library: one {role} session", number(targets.held(results, f"idle/{role}"))]
                for role in ("server", "client")]
    rows += [[name.removesuffix(", memory"), f"failed: {why}"] for name, why in results.failures.items()
             if name.endswith(", memory")]
    rows += [[name, "missing"] for name in peers.SERVERS if name in results.missing]
    return ["## Memory of idle connections", "",
            "The memory that a session takes from its allocator, and the RSS that each of "
            f"{results.about['idle connections']} connections adds to a",
            "server after the greeting and EHLO.", "", "![Memory](performance/memory.svg)", "",
            *table(["", "octets"], rows)]


def growth_rows(results: Results, kind: str, cut: int | None, octets: int | None = None) -> list[tuple[float, float]]:
    found = []
    for name, passes in results.programs.get(OURS, {}).items():
        parts = name.split("/")
        if parts[0] != kind or cut not in (None, int(parts[2])) or octets not in (None, int(parts[1])):
            continue
        found.append((float(parts[1] if cut is not None else parts[2]), 1e9 / median_of(passes)[1]))
    return sorted(found)


def growth_series(results: Results) -> dict[str, list[tuple[float, float]]]:
    return {
        "message, reads of 1,448": growth_rows(results, "message", 1448),
        "message, one octet per call": growth_rows(results, "message", 1),
        "command line, reads of 1,448": growth_rows(results, "line", 1448),
        "command line, one octet per call": growth_rows(results, "line", 1),
        "EHLO reply, reads of 1,448": growth_rows(results, "hello", 1448),
        "EHLO reply, one octet per call": growth_rows(results, "hello", 1),
    }


def growth_table(results: Results) -> list[str]:
    said = ["## Growth", "", "Nanoseconds of processor time per octet.", "",
            "![By size](performance/growth-size.svg)", "", "![By cut](performance/growth-cut.svg)", ""]
    rows = [[name, number(size), number(cost)] for name, points in growth_series(results).items()
            for size, cost in points]
    rows += [["message of 64 KiB by octets per call", number(cut), number(cost)]
             for cut, cost in growth_rows(results, "message", None, 1 << 16)]
    return said + table(["work", "octets", "ns per octet"], rows)


def worst_table(results: Results) -> list[str]:
    said = ["## The worst input", "",
            "Nanoseconds of processor time per octet of the most expensive input, at a size N and at 4 N.",
            "The growth of a linear cost is 1, that of a quadratic cost 4. The ceiling of each case is in",
            "`bench/worst`. `build/bench/bench_worst --check` fails above a ceiling or a growth of 2; `--only PART`",
            "measures the cases with that part of a name.", ""]
    rows = [[one.name, number(one.size), number(one.small), number(one.large), number(one.growth), number(one.ceiling),
             one.verdict.lower()] for one in results.worst]
    return said + table(["work", "N", "at N", "at 4 N", "growth", "ceiling", ""], rows)


def draw(results: Results, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)

    def write(name: str, drawing: str) -> None:
        (folder / f"{name}.svg").write_text(drawing, encoding="utf-8")

    ours = results.programs.get(OURS, {})
    if "reply/replies.txt" in ours:
        write("reading", plots.bars("Commands and replies", "nanoseconds per item", [
            (f"{name}: {series}", [median_of(rows[name])[0]])
            for name in ("parse/cmds.txt", "reply/replies.txt", "ehlo/ehlo.txt")
            for series, rows in results.programs.items() if name in rows and series != peers.SMTPPROTO], [""]))
        write("content", plots.bars("Content, a whole body per call", "GB/s", [
            (f"{name}: {series if name.startswith(CODECS) else 'limit'}", [median_of(rows[name])[1] / 1e9])
            for file in targets.BODIES.values()
            for name in (f"memcpy/{file}", f"memchr/{file}", f"scan/{file}", f"decode/{file}/whole",
                         f"decode/{file}", f"encode/{file}/whole", f"copy/{file}/whole")
            for series, rows in results.programs.items() if name in rows], [""]))
    for number_of, (scenario, loads) in enumerate(results.servers.items()):
        write(f"servers-{number_of + 1}", plots.bars(scenario, "microseconds of processor time per message", [
            (name, list(servers.per_message(one)[2:])) for name, one in loads.items()], ["user", "system"]))
    if results.memory:
        write("memory", plots.bars("Memory", "octets of RSS per idle connection", [
            (name, [max(0.0, statistics.median(values))]) for name, values in results.memory.items()], [""]))
    if "message/1024/1448" in ours:
        write("growth-size", plots.lines("Cost as the input grows", "octets of input", "ns per octet",
                                         growth_series(results)))
        write("growth-cut", plots.lines("Cost of a message of 64 KiB as the pieces get smaller", "octets per call",
                                        "ns per octet", {"message": growth_rows(results, "message", None, 1 << 16)}))


def write(results: Results, path: pathlib.Path) -> None:
    ours = results.programs.get(OURS, {})
    said = ["# Performance", "", "Written by `tools/bench`; the explanations are those of `performance-notes.md`,",
            "which are included below.", "", *head(results), *programs_of(results), *target_tables(results)]
    if NOTES.exists():
        said += [NOTES.read_text(encoding="utf-8").rstrip(), ""]
    if "reply/replies.txt" in ours:
        said += reading_table(results) + content_table(results) + session_table(results)
    if results.servers:
        said += server_tables(results)
    if "idle connections" in results.about:
        said += memory_table(results)
    if "message/1024/1448" in ours:
        said += growth_table(results)
    if results.worst:
        said += worst_table(results)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(said).rstrip() + "\n", encoding="utf-8")
    draw(results, path.parent / path.stem)
