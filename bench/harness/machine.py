"""The machine and the programs on it."""

import os
import pathlib
import platform
import time

from peers import first_line

from tools import ROOT


def processor() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def vectors() -> str:
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return next((name for name in ("avx2", "sse2") if name in flags), "none")


def compiler() -> str:
    return first_line(os.environ.get("CXX", "g++"), "--version")


def system() -> str:
    for line in pathlib.Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return "unknown"


def about() -> dict[str, str]:
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": first_line("git", "-C", ROOT, "describe", "--always", "--dirty"),
        "processor": f"{processor()}, {os.cpu_count()} cores, {vectors()}",
        "system": f"{system()}, Linux {platform.release()}",
        "compiler": compiler(),
        "load before": " ".join(f"{one:.2f}" for one in os.getloadavg()),
    }
