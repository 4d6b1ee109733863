#!/usr/bin/env python3
"""Takes every message, and stores it or counts it.

sink.py --listen HOST:PORT [--lmtp] [--store DIR] [--quiet] [--tls-cert F --tls-key F] [--users FILE] [--max-size N]

Stores each message as DIR/<n>.eml (the exact octets) and DIR/<n>.json (its envelope). USERS lines are "name:password".
Prints "listening on HOST:PORT" when ready, and stops cleanly on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import signal
import ssl
import sys
from itertools import count
from pathlib import Path
from typing import Any

import ehlo
from ehlo import aio, events


def described(params: list[ehlo.Param]) -> dict[str, str | None]:
    """The parameters as sent."""
    return {param.name: None if param.value is None else str(param.value, "utf-8") for param in params}


class Sink(aio.Handler):
    """Counts messages, and drops their content piece by piece."""

    def __init__(self) -> None:
        self.messages = 0

    def chunk(self, session: aio.Session, octets: bytes) -> None:
        pass

    def message(self, session: aio.Session, transaction: aio.Transaction) -> None:
        self.messages += 1


class Store(aio.Handler):
    """Writes content to a file as it arrives, and renames the file when the message is complete."""

    def __init__(self, folder: Path, quiet: bool) -> None:
        self.folder = folder
        self.quiet = quiet
        self.messages = 0
        self.numbers = count(1)
        self.parts = count(1)

    async def receive(self, session: aio.Session, content: aio.Content) -> str:
        part = self.folder / f".{next(self.parts)}.part"
        try:
            with part.open("wb") as file:
                async for piece in content:
                    file.write(piece)
            number = next(self.numbers)
            self.describe(session, self.folder / f"{number}.json")
            part.rename(self.folder / f"{number}.eml")
        finally:
            part.unlink(missing_ok=True)
        self.messages += 1
        if not self.quiet:
            print(f"{number}.eml {content.octets} octets", flush=True)
        return f"250 stored as {number}"

    def describe(self, session: aio.Session, path: Path) -> None:
        transaction = session.transaction
        assert transaction is not None

        def one(event: events.Mail | events.Rcpt) -> dict[str, Any]:
            return {"address": event.address, "params": described(event.params)}

        facts = {
            "protocol": session.protocol_name,
            "helo": session.host,
            "tls": session.is_tls,
            "auth": session.user,
            "from": one(transaction.mail),
            "to": [one(rcpt) for rcpt in transaction.recipients],
        }
        path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def with_users(kind: type[Any], users: dict[str, str]) -> type[Any]:
    """The handler with authentication; without users none is offered."""

    class Authenticating(kind):  # type: ignore[misc]
        def authenticate(self, session: aio.Session, mechanism: str, user: str, password: str, authzid: str) -> bool:
            known = users.get(user, "")
            return hmac.compare_digest(known.encode(), password.encode()) and user in users

    return Authenticating


def read_users(path: Path) -> dict[str, str]:
    pairs = (line.partition(":") for line in path.read_text(encoding="utf-8").splitlines() if line)
    return {name: password for name, _, password in pairs}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Takes every message.")
    parser.add_argument("--listen", required=True, metavar="HOST:PORT")
    parser.add_argument("--hostname", default="localhost")
    parser.add_argument("--lmtp", action="store_true")
    parser.add_argument("--store", type=Path, metavar="DIR")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument("--users", type=Path)
    parser.add_argument("--max-size", type=int, default=0)
    return parser.parse_args()


async def serve(arguments: argparse.Namespace) -> None:
    kind: type[Any] = Store if arguments.store else Sink
    if arguments.users:
        kind = with_users(kind, read_users(arguments.users))
    handler = kind(arguments.store, arguments.quiet) if arguments.store else kind()
    context = None
    if arguments.tls_cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.tls_cert, arguments.tls_key)
    server = aio.Server(
        handler,
        hostname=arguments.hostname,
        tls=context,
        plaintext_auth=context is None,
        protocol=ehlo.Protocol.LMTP if arguments.lmtp else ehlo.Protocol.SMTP,
        max_message_octets=arguments.max_size,
    )
    host, _, port = arguments.listen.rpartition(":")
    (address, *_) = await server.listen(host.strip("[]"), int(port))
    print(f"listening on {host}:{address[1]}", flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await server.close()
    if not arguments.quiet:
        print(f"{handler.messages} messages", flush=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(serve(parse_arguments())))
