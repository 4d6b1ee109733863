"""Processor time and memory of a server and its children, from /proc."""

import dataclasses
import os
import pathlib

PROC = pathlib.Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and all its descendants."""
    found = [pid]
    for task in (PROC / str(pid) / "task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            found += tree(int(child))
    return found


@dataclasses.dataclass(frozen=True)
class Times:
    """Seconds. The total is exact; user and system time are what the kernel sampled at its ticks."""

    user: float
    system: float
    total: float

    def since(self, before: "Times") -> tuple[float, float]:
        """(user, system) between the two measurements."""
        total = self.total - before.total
        user, system = self.user - before.user, self.system - before.system
        return (total * user / (user + system), total * system / (user + system)) if user + system > 0 else (0.0, total)


def times(pid: int) -> Times:
    user = system = total = 0.0
    for one in tree(pid):
        folder = PROC / str(one)
        fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        user += int(fields[11]) / TICKS
        system += int(fields[12]) / TICKS
        for task in (folder / "task").iterdir():
            total += int((task / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    return Times(user, system, total)


def resident(pid: int) -> int:
    """Octets of memory in use (VmRSS)."""
    octets = 0
    for one in tree(pid):
        for line in (PROC / str(one) / "status").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("VmRSS:"):
                octets += int(line.split()[1]) * 1024
    return octets


def listening_port(pid: int) -> int | None:
    """The TCP port on which the process listens, for programs that do not print it."""
    sockets = set()
    for descriptor in (PROC / str(pid) / "fd").iterdir():
        try:
            sockets.add(os.readlink(descriptor))
        except OSError:
            continue
    for line in (PROC / str(pid) / "net" / "tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
            return int(fields[1].rpartition(":")[2], 16)
    return None
