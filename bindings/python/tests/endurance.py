"""Endurance of a server. Starts one in a process of its own, and measures it from outside.

endurance.py [--messages N] [--connections N] [--octets N]; the last line is "N passed, N failed".
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from kit import Wire, wire_to

import ehlo
from ehlo import aio

MIB = 1 << 20

# ---- the server


class Counter(aio.Handler):
    """Streams content to nowhere, and counts what is reported."""

    def __init__(self) -> None:
        self.counts = {"messages": 0, "octets": 0, "aborted": 0, "closed": 0}

    async def rcpt(self, session: aio.Session, rcpt: Any) -> None:
        if rcpt.address.startswith("late"):
            await asyncio.sleep(0.001)

    async def receive(self, session: aio.Session, content: aio.Content) -> None:
        async for piece in content:
            self.counts["octets"] += len(piece)
        self.counts["messages"] += 1

    def aborted(self, session: aio.Session, transaction: aio.Transaction, error: Any) -> None:
        self.counts["aborted"] += 1

    def closed(self, session: aio.Session, error: Any) -> None:
        self.counts["closed"] += 1


async def serve() -> None:
    handler = Counter()
    server = aio.Server(handler, hostname="mx.example")
    (address,) = await server.listen("127.0.0.1")
    loop = asyncio.get_running_loop()
    print(address[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        gc.collect()
        facts = {
            **handler.counts,
            "connections": len(server.connections),
            "blocks": ehlo.live_blocks(),
            "objects": sys.getallocatedblocks(),
        }
        print(json.dumps(facts), flush=True)
    await server.close()


class Subject:
    """The server's process."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def facts(self) -> dict[str, int]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        facts: dict[str, int] = json.loads(self.process.stdout.readline())
        return facts

    def memory(self, field: str = "VmRSS") -> float:
        """In MiB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
        raise LookupError(field)

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="ascii")

    def stop(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(20)


# ---- clients, octet by octet


async def deliver(wire: Wire, content: bytes, recipient: str = "b@mx.example") -> None:
    await wire.open_content(recipient)
    wire.send(content + b".\r\n")
    assert await wire.replies(1) == [250]


async def settled(subject: Subject, blocks: int) -> dict[str, int]:
    """The facts, once every connection has been forgotten."""
    for _ in range(100):
        facts = subject.facts()
        if facts["connections"] == 0 and facts["blocks"] <= blocks:
            return facts
        await asyncio.sleep(0.05)
    raise AssertionError(f"left behind: {facts}, {blocks} blocks before")


# ---- checks


async def many_connections(subject: Subject, options: argparse.Namespace) -> str:
    count, before = options.connections, await settled(subject, options.idle)
    memory = subject.memory()
    async with contextlib.AsyncExitStack() as stack:
        links = [await stack.enter_async_context(wire_to(subject.port)) for _ in range(count)]
        facts = subject.facts()
        assert facts["connections"] == count, facts
        grown = (subject.memory() - memory) * 1024 / count
        await asyncio.gather(*(deliver(one, b"x" * 4094 + b"\r\n", "late@m") for one in links))
        assert subject.facts()["messages"] - before["messages"] == count
    await settled(subject, before["blocks"])
    return f"{count} at once, {grown:.1f} KiB a connection"


async def octet_a_second(subject: Subject, options: argparse.Namespace) -> str:
    line = b"NOOP\r\n"
    async with wire_to(subject.port) as slow, wire_to(subject.port) as quick:
        worst, done = 0.0, 0

        async def drip() -> None:
            for octet in line:
                slow.send(bytes([octet]))
                await asyncio.sleep(1)
            assert await slow.replies(1) == [250]

        dripping = asyncio.create_task(drip())
        while not dripping.done():
            start = time.monotonic()
            await deliver(quick, b"x\r\n" * 1000)
            worst, done = max(worst, time.monotonic() - start), done + 1
            await asyncio.sleep(0.002)
        await dripping
    assert done > 100, done
    return f"{done} messages of another client meanwhile, the slowest took {worst * 1000:.0f} ms"


async def vanishing(subject: Subject, options: argparse.Namespace) -> str:
    before = await settled(subject, options.idle)
    for cut in (b"half a line", b"a line\r\n", b"x" * 100000):
        for _ in range(20):
            async with wire_to(subject.port) as one:
                await one.open_content()
                one.send(cut)
                await one.writer.drain()
                one.writer.transport.abort()
    facts = await settled(subject, before["blocks"])
    assert facts["aborted"] - before["aborted"] == 60, facts
    assert facts["closed"] - before["closed"] == 60, facts
    assert facts["messages"] == before["messages"], facts
    return "60 in mid-message, each reported and forgotten"


async def large_message(subject: Subject, options: argparse.Namespace) -> str:
    before = await settled(subject, options.idle)
    line = b"y" * 998 + b"\r\n"
    block = line * 1000
    subject.forget_peak()
    memory = subject.memory()
    async with wire_to(subject.port) as one:
        await one.open_content()
        for _ in range(options.octets // len(block)):
            one.send(block)
            await one.writer.drain()
        one.send(b".\r\n")
        assert await one.replies(1) == [250]
    facts = await settled(subject, before["blocks"])
    octets = facts["octets"] - before["octets"]
    assert octets == options.octets // len(block) * len(block), octets
    peak = subject.memory("VmHWM") - memory
    assert peak < 8, f"the peak is {peak:.1f} MiB above"
    return f"{octets / 1e6:.0f} MB, the peak {peak:.1f} MiB above what was used before"


async def many_messages(subject: Subject, options: argparse.Namespace) -> str:
    content = b"z" * 1022 + b"\r\n"

    async def some(count: int, reconnect: int) -> None:
        while count > 0:
            async with wire_to(subject.port) as one:
                for number in range(min(count, reconnect)):
                    await deliver(one, content, "late@m" if number % 50 == 0 else "b@m")
            count -= reconnect

    async def volley(count: int) -> None:
        await asyncio.gather(*(some(count // 10, 100) for _ in range(10)))

    # Objects that are made once are made before the first measurement.
    await volley(options.messages // 10)
    before = await settled(subject, options.idle)
    memory = subject.memory()
    start = time.monotonic()
    await volley(options.messages)
    took = time.monotonic() - start
    facts = await settled(subject, before["blocks"])
    assert facts["messages"] - before["messages"] == options.messages
    objects = facts["objects"] - before["objects"]
    grown = subject.memory() - memory
    assert facts["blocks"] == before["blocks"], (before, facts)
    assert objects < 2000, f"{objects} more blocks of Python's"
    assert grown < 4, f"{grown:.1f} MiB more"
    return f"{options.messages} in {took:.0f} s: {objects} blocks of Python's, 0 of ours, {grown:.2f} MiB more"


CHECKS = (many_connections, octet_a_second, vanishing, large_message, many_messages)


def run(options: argparse.Namespace) -> int:
    most = max(options.connections + 200, 4096)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, limit[1]), limit[1]))
    subject = Subject()
    options.idle = subject.facts()["blocks"]
    passed = failed = 0
    for check in CHECKS:
        name = check.__name__.replace("_", " ")
        work: Coroutine[Any, Any, str] = check(subject, options)
        try:
            print(f"{name}: {asyncio.run(asyncio.wait_for(work, options.seconds))}", flush=True)
            passed += 1
        except Exception as problem:
            print(f"FAIL {name}: {type(problem).__name__} {problem}", flush=True)
            failed += 1
    if subject.stop() == 0:
        passed += 1
    else:
        print("FAIL the server did not stop cleanly")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="What a server has to outlast.")
    parser.add_argument("--messages", type=int, default=100000)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--octets", type=int, default=100_000_000)
    parser.add_argument("--seconds", type=float, default=400)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
        return 0
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
