"""The parts of bench/harness that decide what a report says: ratios, verdicts, missing peers, plots, processor time."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
from xml.etree import ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench" / "harness"))

import peers
import plots
import processes
import programs
import report
import results
import servers
import targets


def measured() -> results.Results:
    """Two rounds in which the machine was twice as slow in the second."""
    found = results.Results(about={"machine": "m", "idle connections": "1000"})
    for slowness in (1, 2):
        found.add_pass(programs.OURS, "parse/cmds.txt", results.Pass(30 * slowness, 3e9 / slowness))
        found.add_pass(peers.SMTP_PROTO, "parse/cmds.txt", results.Pass(100 * slowness, 1e9 / slowness))
        found.add_pass(programs.OURS, "split/cmds.txt", results.Pass(6 * slowness, 9e9 / slowness))
        for name, cost in ((peers.SINK, 10), (peers.SMTP_SINK, 50)):
            one = results.Load(100, 1.0, cost * slowness * 4e-5, cost * slowness * 6e-5, 1e-3)
            found.servers.setdefault(servers.MANY, {}).setdefault(name, []).append(one)
    found.missing[peers.GO] = "go: no Go toolchain"
    found.failures[f"{peers.GO_SMTP}, {servers.MANY}"] = "load: it broke"
    found.memory[peers.SINK] = [800.0, 900.0, 5000.0]
    found.worst = [results.Worst("reply: long", 1024, 2.0, 8.2, 4.1, 10.0, "GROWS")]
    return found


def target(found: results.Results, work: str, beside: str) -> targets.Target:
    return next(one for one in targets.all_of(found) if (one.work, one.beside) == (work, beside))


class Targets(unittest.TestCase):
    def test_ratios_are_of_one_round(self) -> None:
        one = target(measured(), "command mix: time", f"of {peers.SMTP_PROTO}")
        self.assertAlmostEqual(one.measured or 0, 0.3)
        self.assertEqual((one.verdict(0.30), one.verdict(0.29)), ("reached", "missed"))

    def test_what_is_not_measured_is_neither_reached_nor_missed(self) -> None:
        one = target(measured(), "replies: time", f"of {peers.SMTP_PROTO}")
        self.assertIsNone(one.measured)
        self.assertEqual((one.verdict(one.reach), one.verdict(None)), ("not measured", ""))

    def test_speeds_must_be_as_high(self) -> None:
        one = targets.Target("work", "peer", reach=0.75, first=0.35, measured=0.5, at_least=True)
        self.assertEqual((one.verdict(one.reach), one.verdict(one.first)), ("missed", "reached"))

    def test_rounds_that_are_not_complete_give_no_ratio(self) -> None:
        found = measured()
        found.programs[peers.SMTP_PROTO]["parse/cmds.txt"].pop()
        self.assertIsNone(targets.program_ratio(found, "parse/cmds.txt", peers.SMTP_PROTO, "parse/cmds.txt"))

    def test_servers(self) -> None:
        found = measured()
        self.assertAlmostEqual(targets.load_ratio(found, servers.MANY, peers.SINK, peers.SMTP_SINK) or 0, 0.2)
        self.assertAlmostEqual(targets.user_time(found, servers.MANY, peers.SINK) or 0, 6.0)
        self.assertEqual(target(found, "idle connection: RSS of the sink", "octets").measured, 900)


class Report(unittest.TestCase):
    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self._folder.name) / "performance.md"

    def tearDown(self) -> None:
        self._folder.cleanup()

    def test_nothing_is_left_out_silently(self) -> None:
        report.write(measured(), self.path)
        said = self.path.read_text(encoding="utf-8")
        self.assertIn(f"| {peers.GO} | **missing**: go: no Go toolchain |", said)
        self.assertIn(f"| {peers.GO} | missing |", said)
        self.assertIn(f"| {peers.GO_SMTP} | failed: load: it broke |", said)
        self.assertIn("- command mix: time: 5 times a bare line split, wanted 4 (final figure)", said)
        self.assertNotIn("- replies: time", said)

    def test_the_worst_input_has_its_verdict(self) -> None:
        report.write(measured(), self.path)
        self.assertIn("| reply: long | 1,024 | 2 | 8.2 | 4.1 | 10 | grows |", self.path.read_text(encoding="utf-8"))

    def test_results_are_kept(self) -> None:
        kept = self.path.with_suffix(".json")
        found = measured()
        found.save(kept)
        self.assertEqual(results.load(kept), found)
        self.assertEqual(json.loads(kept.read_text(encoding="utf-8"))["missing"], found.missing)

    def test_plots_are_well_formed(self) -> None:
        report.write(measured(), self.path)
        drawn = sorted(path.name for path in (self.path.parent / "performance").iterdir())
        self.assertEqual(drawn, ["memory.svg", "servers-1.svg"])
        for name in drawn:
            ElementTree.parse(self.path.parent / "performance" / name)
        line = plots.lines("a < b", "x", "y", {"one & only": [(1.0, 2.0), (1000.0, 0.5)]})
        points = ElementTree.fromstring(line).findall(".//{http://www.w3.org/2000/svg}circle")
        self.assertEqual(len(points), 2)


def running(program: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


class Processes(unittest.TestCase):
    def test_the_time_of_children_counts(self) -> None:
        work = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\ninput()"
        parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {work!r}])"
        with running(parent) as process:
            assert process.stdout is not None
            self.assertEqual(process.stdout.readline(), b"done\n")
            found = processes.times(process.pid)
            self.assertEqual(len(processes.tree(process.pid)), 2)
            self.assertGreater(processes.resident(process.pid), 2 << 20)
            process.communicate(b"\n")
        self.assertGreaterEqual(found.total, 0.3)
        # User and system time are sampled at ticks: on a busy machine they can have any ratio.
        self.assertAlmostEqual(found.user + found.system, found.total, delta=0.1)

    def test_the_exact_total_is_parted_as_the_ticks_say(self) -> None:
        user, system = processes.Times(0.03, 0.01, 0.050).since(processes.Times(0.0, 0.0, 0.010))
        self.assertAlmostEqual(user, 0.03)
        self.assertAlmostEqual(system, 0.01)

    def test_a_listening_port_is_found(self) -> None:
        program = ("import socket\nlistener = socket.create_server(('127.0.0.1', 0))\n"
                   "print(listener.getsockname()[1], flush=True)\ninput()")
        with running(program) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            self.assertEqual(processes.listening_port(process.pid), port)
            process.communicate(b"\n")


if __name__ == "__main__":
    unittest.main()
