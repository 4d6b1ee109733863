"""The benchmark programs and the parsers of peers over the same files, interleaved."""

import json
import pathlib
import sys

import peers
from results import Pass, Results, Worst

from tools import BUILD, ROOT, WORK, run

OURS = "ehlo"
READ_BY_PEERS = {
    "command": ["parse/cmds.txt", "parse/cmds_nodsn.txt"],
    "reply": ["reply/replies.txt", "ehlo/ehlo.txt"],
    "data": ["decode/body_b64.bin", "decode/body_short.bin", "decode/body_dots.bin"],
}


def corpus() -> pathlib.Path:
    folder = WORK / "corpus"
    run(sys.executable, ROOT / "bench" / "gen_corpus.py", "--out", folder)
    return folder


def run_ours(program: str, folder: pathlib.Path, seconds: float, results: Results) -> None:
    # Processor time, like all figures here.
    said = run(BUILD / "bench" / f"bench_{program}", "--corpus", folder, "--benchmark_format=json",
               f"--benchmark_min_time={seconds}")
    for row in json.loads(said)["benchmarks"]:
        if row.get("error_occurred"):
            raise SystemExit(f"{row['name']}: {row['error_message']}")
        one = Pass(1e9 / row["items_per_second"], row.get("bytes_per_second", 0.0), row.get("octets", 0.0))
        results.add_pass(OURS, row["name"], one)


def run_peer(name: str, command: peers.Command, folder: pathlib.Path, seconds: float, names: list[str],
             results: Results) -> None:
    for line in run(*command, folder, str(seconds), *names).splitlines():
        row = json.loads(line)
        if row["name"] in names:
            one = Pass(row["nanoseconds"] / row["items"], row["octets"] * 1e9 / row["nanoseconds"])
            results.add_pass(name, row["name"], one)


def measure(results: Results, rounds: int, seconds: float) -> None:
    folder = corpus()
    readers = peers.prepare(peers.READERS, results)
    for number in range(rounds):
        print(f"programs: round {number + 1} of {rounds}", file=sys.stderr)
        for program in ("command", "reply", "data", "session"):
            run_ours(program, folder, seconds, results)
            names = READ_BY_PEERS.get(program, [])
            for name, command in readers.items():
                if names and (name != peers.SMTPPROTO or program == "reply"):
                    run_peer(name, command, folder, seconds, names, results)


def measure_growth(results: Results, rounds: int, seconds: float) -> None:
    folder = corpus()
    for number in range(rounds):
        print(f"growth: round {number + 1} of {rounds}", file=sys.stderr)
        run_ours("growth", folder, seconds, results)


def measure_worst(results: Results, quick: bool) -> None:
    print("worst input", file=sys.stderr)
    said = run(BUILD / "bench" / "bench_worst", "--json", *(["--quick"] if quick else []))
    results.worst = [Worst(**json.loads(line)) for line in said.splitlines()]
