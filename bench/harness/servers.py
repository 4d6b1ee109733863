"""Servers over loopback under the load of one client: messages per second, and the cost of a message."""

import contextlib
import re
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import peers
import processes
from results import Load, Results

from tools import BUILD, WORK, Failed, last_words, run

LOAD = BUILD / "bench" / "load" / "load"
SMALL, LARGE = 4096, 1048576
ONE, MANY, MANY_IN_TURN, BIG = (
    "4 KiB, 1 connection", "4 KiB, 100 connections", "4 KiB, 100 connections, one command at a time",
    "1 MiB, 4 connections")
SCENARIOS = {
    ONE: ["--connections", "1", "--size", str(SMALL)],
    MANY: ["--connections", "100", "--size", str(SMALL)],
    MANY_IN_TURN: ["--connections", "100", "--size", str(SMALL), "--no-pipelining"],
    BIG: ["--connections", "4", "--size", str(LARGE)],
}
PATIENCE = 60.0


class Server:
    """A running server."""

    def __init__(self, name: str, command: peers.Command) -> None:
        self.name = name
        self._log = WORK / "server.log"
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self.pid = self._process.pid
        self.port = self._wait_for_port()

    def _wait_for_port(self) -> int:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            said = self._log.read_text(encoding="utf-8", errors="replace")
            ready = re.search(r"^listening on .*:(\d+)$", said, re.MULTILINE)
            port = int(ready[1]) if ready else None
            if self.name == peers.SMTP_SINK:
                port = processes.listening_port(self.pid)
            if port is not None:
                return port
            time.sleep(0.02)
        self.stop()
        raise Failed(last_words(self._log.read_text(encoding="utf-8", errors="replace")))

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def started(commands: dict[str, peers.Command], results: Results) -> Iterator[list[Server]]:
    """The servers that start, in order. For the others it stores the reason."""
    servers = []
    try:
        for name, command in commands.items():
            try:
                servers.append(Server(name, command))
            except Failed as reason:
                results.missing[name] = f"does not start: {reason}"
        yield servers
    finally:
        for server in servers:
            server.stop()


def raise_descriptor_limit() -> None:
    """Raises the limit of open files, for the servers that inherit it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def numbers_of(said: str) -> dict[str, float]:
    return {name: float(value) for name, value in (line.split(" ") for line in said.splitlines())}


def put_under_load(server: Server, scenario: str, messages: int) -> Load:
    before = processes.times(server.pid)
    numbers = numbers_of(run(LOAD, "--server", f"127.0.0.1:{server.port}", "--messages", str(messages),
                             *SCENARIOS[scenario], seconds=300))
    time.sleep(0.05)  # time for the server to see the ends of the connections
    user, system = processes.times(server.pid).since(before)
    return Load(messages, numbers["seconds"], user, system, numbers["user-seconds"] + numbers["system-seconds"])


def fitting(server: Server, scenario: str, seconds: float) -> int:
    """The number of messages that take the server about this time: a multiple of 100, or of 4 if they are large."""
    unit = 4 if scenario == BIG else 100
    messages = unit
    while True:
        elapsed = put_under_load(server, scenario, messages).elapsed
        if elapsed >= seconds / 4 or elapsed * 16 >= seconds:
            return max(unit, round(messages * seconds / elapsed / unit) * unit)
        messages *= 4


def measure(results: Results, rounds: int, seconds: float) -> None:
    raise_descriptor_limit()
    with started(peers.prepare(peers.SERVERS, results), results) as servers:
        for scenario in SCENARIOS:
            rows: dict[str, list[Load]] = {}
            counts: dict[str, int] = {}
            for number in range(rounds):
                print(f"servers: {scenario}: round {number + 1} of {rounds}", file=sys.stderr)
                for server in [one for one in servers if f"{one.name}, {scenario}" not in results.failures]:
                    try:
                        if server.name not in counts:
                            counts[server.name] = fitting(server, scenario, seconds)
                        rows.setdefault(server.name, []).append(
                            put_under_load(server, scenario, counts[server.name]))
                    except Failed as reason:
                        results.failures[f"{server.name}, {scenario}"] = str(reason)
                        rows.pop(server.name, None)
            results.servers[scenario] = rows


def idle_cost(name: str, command: peers.Command, connections: int) -> float:
    """Octets of memory per idle connection, in a new server that has received a few messages before."""
    server = Server(name, command)
    try:
        address = f"127.0.0.1:{server.port}"
        run(LOAD, "--server", address, "--connections", "10", "--messages", "100")
        time.sleep(0.2)
        before = processes.resident(server.pid)
        with subprocess.Popen([LOAD, "--server", address, "--idle", str(connections), "--hold", "60"],
                              stdout=subprocess.PIPE, text=True) as client:
            assert client.stdout is not None
            said = client.stdout.readline()
            time.sleep(0.2)
            after = processes.resident(server.pid)
            client.send_signal(signal.SIGTERM)
            client.communicate(timeout=PATIENCE)
        if said != f"holding {connections}\n" or client.returncode != 0:
            raise Failed(f"does not hold {connections} idle connections")
        return (after - before) / connections
    finally:
        server.stop()


def measure_memory(results: Results, rounds: int, connections: int) -> None:
    raise_descriptor_limit()
    results.about["idle connections"] = str(connections)
    commands = peers.prepare(peers.SERVERS, results)
    commands.pop(peers.FLOOR, None)  # it has no sessions
    for name, command in commands.items():
        print(f"memory: {name}", file=sys.stderr)
        try:
            results.memory[name] = [idle_cost(name, command, connections) for _ in range(rounds)]
        except Failed as reason:
            results.failures[f"{name}, memory"] = str(reason)


def per_message(loads: list[Load]) -> tuple[float, float, float, float]:
    """Medians: messages per second; processor time, user time and system time per message in microseconds. User and
    system time are sums over all rounds: the kernel samples them at its ticks, and one round has few of these."""
    total = statistics.median(one.processor / one.messages for one in loads) * 1e6
    user = sum(one.user for one in loads) / sum(one.processor for one in loads)
    return statistics.median(one.messages / one.elapsed for one in loads), total, total * user, total * (1 - user)

