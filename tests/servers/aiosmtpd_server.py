"""A private aiosmtpd: the server that a program in Python embeds."""

import json
import pathlib

from daemon import Daemon
from server import (
    HOSTNAME,
    PASSWORD,
    REFUSED_AT_THE_END,
    REFUSED_SENDER,
    RELAY,
    SIZE_LIMIT,
    USER,
    Mail,
    Server,
    Tls,
    for_each,
)
from shared import free_port
from store import new_folder, remove_files, remove_folder

PROGRAM = pathlib.Path(__file__).with_name("aiosmtpd_program.py")


class AiosmtpdServer(Server):
    """It has no PIPELINING, CHUNKING, DSN. It adds nothing to a message."""

    name = "aiosmtpd"
    offers = frozenset({"SIZE", "8BITMIME", "SMTPUTF8", "STARTTLS", "HELP"})
    offers_in_tls = offers - {"STARTTLS"} | {"AUTH"}

    def __init__(self, tls: Tls) -> None:
        self.port, self.tls_port = free_port(), free_port()
        self._folder = new_folder("aiosmtpd")
        self._store = self._folder / "store"
        self._store.mkdir()
        settings = {
            "hostname": HOSTNAME,
            "port": self.port,
            "tls_port": self.tls_port,
            "certificate": str(tls.certificate),
            "key": str(tls.key),
            "store": str(self._store),
            "size_limit": SIZE_LIMIT,
            "relay": RELAY,
            "refused_sender": REFUSED_SENDER,
            "refused_at_the_end": REFUSED_AT_THE_END,
            "user": USER,
            "password": PASSWORD,
        }
        # Debian's interpreter, for which python3-aiosmtpd is installed.
        self._daemon = Daemon(["/usr/bin/python3", PROGRAM, json.dumps(settings)], self._folder / "output")
        try:
            self._daemon.wait_for(self.port, self.tls_port)
        except BaseException:
            self.stop()
            raise

    def settle(self) -> None:
        """A message is stored before its reply is sent."""

    def stored(self) -> list[Mail]:
        mails = []
        for path in self._store.glob("*.json"):
            kept = json.loads(path.read_text(encoding="utf-8"))
            content = path.with_suffix(".eml").read_bytes()
            mails += for_each(kept["sender"], kept["recipients"], content, kept["protocol"])
        return mails

    def clear(self) -> None:
        remove_files(self._store)

    def log(self) -> str:
        return self._daemon.log()

    def stop(self) -> None:
        self._daemon.stop()
        remove_folder(self._folder)
