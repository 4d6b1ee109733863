"""Measures the library beside its peers and the limits of the machine, and writes the report.

Called by tools/bench, which builds the programs. The exit status is 1 if a server of ours is missing or fails; missing
peers are only reported."""

import argparse
import pathlib
import shlex
import sys

import machine
import peers
import programs
import report
import results
import servers
import targets

from tools import ROOT, WORK

PARTS = ("programs", "servers", "memory", "growth", "worst")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", choices=PARTS, action="append", help="this part; may be given more than once")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that everything works")
    parser.add_argument("--rounds", type=int, help="the number of rounds in which everything is measured (default: 7)")
    parser.add_argument("--report", action="store_true", help="measure nothing: write the report of the last run again")
    parser.add_argument("--output", type=pathlib.Path, help="where the report goes (default: docs/performance.md "
                        "for all parts, build/bench/performance.md for some, or with --quick)")
    return parser.parse_args()


def measure(parts: list[str], quick: bool, rounds: int) -> results.Results:
    found = results.Results(whole=not quick and parts == list(PARTS), about=machine.about())
    found.about["command"] = shlex.join(["tools/bench", *sys.argv[1:]])
    found.about["rounds"] = str(rounds)
    if "programs" in parts:
        programs.measure(found, rounds, 0.01 if quick else 0.1)
    if "growth" in parts or "memory" in parts:
        programs.measure_growth(found, rounds, 0.01 if quick else 0.1)
    if "worst" in parts:
        programs.measure_worst(found, quick)
    if "servers" in parts:
        servers.measure(found, rounds, 0.05 if quick else 2.0)
    if "memory" in parts:
        servers.measure_memory(found, min(rounds, 3), 100 if quick else 1000)
    found.save(WORK / "results.json")
    return found


def main() -> int:
    arguments = read_arguments()
    parts = arguments.only or list(PARTS)
    if arguments.report:
        found = results.load(WORK / "results.json")
    else:
        found = measure(parts, arguments.quick, arguments.rounds or (1 if arguments.quick else 7))
    path = arguments.output or (ROOT / "docs" if found.whole else WORK) / "performance.md"
    report.write(found, path)
    for one in targets.all_of(found):
        if one.measured is not None:
            print(f"{one.verdict(one.reach):8} {one.verdict(one.first):8} {report.number(one.measured):>8} {one.beside}"
                  f" (reach {report.number(one.reach)}): {one.work}")
    for name, reason in {**found.missing, **found.failures}.items():
        print(f"missing: {name}: {reason}")
    print(f"written to {path}")
    ours = (peers.SINK, peers.PYTHON, peers.GO)
    return 1 if any(name.startswith(ours) for name in [*found.missing, *found.failures]) else 0


sys.exit(main())
