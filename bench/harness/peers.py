"""Builds and installs the peers that are measured beside the library, and reports why a peer is missing."""

import hashlib
import os
import pathlib
import shutil
import sys
from collections.abc import Callable

from results import Results

from tools import BUILD, PEERS, ROOT, WORK, Failed, run

SMTP_PROTO = "smtp-proto 0.2.5"
SMTP_PROTO_BEFORE = "smtp-proto 0.2.3"
SMTPPROTO = "smtpproto 2.0.0"
SINK, PYTHON, GO = "ehlo sink (C)", "ehlo.aio (Python)", "ehlo (Go)"
FLOOR = "floor (no SMTP)"
SMTP_SINK, AIOSMTPD, GO_SMTP = "smtp-sink (Postfix)", "aiosmtpd", "go-smtp"

WITH_GO = ROOT / "tools" / "with-go"

Command = list[str | pathlib.Path]


def venv() -> pathlib.Path:
    """The interpreter with the peers from PyPI."""
    wanted = (PEERS / "requirements.txt").read_bytes()
    folder = WORK / "venv"
    mark = folder / hashlib.sha256(wanted).hexdigest()[:16]
    if not mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check", "-r", PEERS / "requirements.txt")
        mark.touch()
    return folder / "bin" / "python"


def cargo(folder: str, name: str) -> Command:
    target = WORK / "cargo"
    run("cargo", "build", "-q", "--release", "--locked", env={**os.environ, "CARGO_TARGET_DIR": str(target)},
        folder=PEERS / folder)
    return [target / "release" / name]


def gosmtp() -> Command:
    program = WORK / "gosmtp-sink"
    run(WITH_GO, "go", "build", "-mod=readonly", "-o", program, ".", folder=PEERS / "gosmtp")
    return [program, "--listen", "127.0.0.1:0"]


def smtp_sink() -> Command:
    program = shutil.which("smtp-sink", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        raise Failed("not installed (Debian: postfix)")
    as_root = ["-u", "nobody"] if os.geteuid() == 0 else []
    return [program, *as_root, "-m", "10000", "inet:127.0.0.1:0", "4096"]


def ours(*program: str | pathlib.Path) -> Command:
    return [*program, "--listen", "127.0.0.1:0", "--quiet"]


def go_sink() -> Command:
    run(ROOT / "tools" / "go-build")
    return ours(ROOT / "build-go" / "sink")


def python_sink() -> Command:
    run(ROOT / "tools" / "python-env")
    return ours(ROOT / "build-python" / "venv" / "bin" / "python",
                ROOT / "bindings" / "python" / "examples" / "sink.py")


def first_line(*command: str | pathlib.Path) -> str:
    try:
        return run(*command).splitlines()[0].strip()
    except (Failed, IndexError):
        return "unknown"


READERS: dict[str, Callable[[], Command]] = {
    SMTP_PROTO: lambda: cargo("smtp_proto", "smtp-proto-bench"),
    SMTP_PROTO_BEFORE: lambda: cargo("smtp_proto_0_2_3", "smtp-proto-bench-0-2-3"),
    SMTPPROTO: lambda: [venv(), PEERS / "smtpproto_replies.py"],
}
SERVERS: dict[str, Callable[[], Command]] = {
    SINK: lambda: ours(BUILD / "examples" / "sink"),
    PYTHON: python_sink,
    GO: go_sink,
    SMTP_SINK: smtp_sink,
    AIOSMTPD: lambda: [venv(), PEERS / "aiosmtpd_sink.py"],
    GO_SMTP: gosmtp,
    FLOOR: lambda: [BUILD / "bench" / "floor", "--listen", "127.0.0.1:0"],
}
VERSIONS: dict[str, Callable[[], str]] = {
    SMTP_SINK: lambda: "Postfix " + first_line("dpkg-query", "-W", "-f", "${Version}\n", "postfix"),
    AIOSMTPD: lambda: "1.4.6, " + first_line(venv(), "--version"),
    GO_SMTP: lambda: "0.25.1, " + first_line(WITH_GO, "go", "env", "GOVERSION"),
    SMTP_PROTO: lambda: first_line("rustc", "--version"),
    SMTP_PROTO_BEFORE: lambda: first_line("rustc", "--version"),
    SMTPPROTO: lambda: first_line(venv(), "--version"),
}


def prepare(wanted: dict[str, Callable[[], Command]], results: Results) -> dict[str, Command]:
    """The commands of the peers that could be built or installed."""
    ready = {}
    for name, make in wanted.items():
        try:
            ready[name] = make()
            results.versions[name] = VERSIONS.get(name, lambda: "this version")()
        except Failed as reason:
            results.missing[name] = str(reason)
            print(f"missing: {name}: {reason}", file=sys.stderr)
    return ready
