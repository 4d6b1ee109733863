"""A private OpenSMTPD of Debian's backports, which tools/servers has unpacked. Its folders and its socket are compiled
in, so each instance runs in a root of its own that has only the needed files."""

import pathlib
import re
import shutil
import subprocess

from daemon import Daemon
from server import (
    HOSTNAME,
    MX,
    PASSWORD,
    REFUSED_AT_THE_END,
    REFUSED_SENDER,
    RELAY,
    SIZE_LIMIT,
    USER,
    Mail,
    Server,
    Tls,
)
from shared import free_port, wait_until
from store import files_in, from_line_feeds, new_folder, remove_files, remove_folder, split_trace

UNPACKED = pathlib.Path("/var/cache/libehlo-servers/opensmtpd")
# It starts the program that writes into the maildir by a shell.
PROGRAMS = ("usr/sbin/smtpd", "usr/libexec/opensmtpd/mail.maildir")
SHELL = "bin/sh"
ACCOUNTS = ("root", "nobody", "opensmtpd", "opensmtpq")
GROUPS = ("root", "nogroup", "opensmtpd", "opensmtpq")

CONFIGURATION = """\
pki "{hostname}" cert "/etc/certificate.pem"
pki "{hostname}" key "/etc/key.pem"
table "logins" file:/etc/logins
table "everyone" {{ "@" = "nobody" }}
smtp max-message-size "{size_limit}"
filter "senders" phase mail-from match mail-from regex "^{refused_sender}$" reject "550 5.7.1 sender refused"
filter "recipients" phase rcpt-to match rcpt-to regex "^refused" reject "550 5.1.1 no such user"
filter "policy" phase commit match mail-from regex "^{refused_at_the_end}$" reject "550 5.7.1 refused by policy"
filter "all" chain {{ "senders", "recipients", "policy" }}
listen on 127.0.0.1 port {port} tls pki "{hostname}" auth-optional <logins> hostname "{hostname}" filter "all"
listen on 127.0.0.1 port {tls_port} smtps pki "{hostname}" auth-optional <logins> hostname "{hostname}" filter "all"
action "store" maildir "/store" virtual <everyone>
match from any for domain "{mx}" action "store"
match auth from any for domain "{relay}" action "store"
"""

# With the null sender there is no Return-Path. A single recipient is named in Received too.
TRACE = re.compile(
    rb"(?:Return-Path: <(?P<sender>[^>\n]+)>\n)?"
    rb"Delivered-To: (?P<recipient>[^\n]+)\n"
    rb"Received: from [^\n]*\n\tby mx\.example \(OpenSMTPD\) with (?P<protocol>[A-Z]+) [^\n]*\n(?:\t[^\n]*\n)+"
)


class OpensmtpdServer(Server):
    """It has no PIPELINING, CHUNKING, SMTPUTF8."""

    name = "opensmtpd"
    offers = frozenset({"8BITMIME", "ENHANCEDSTATUSCODES", "SIZE", "DSN", "STARTTLS", "HELP"})
    offers_in_tls = offers - {"STARTTLS"} | {"AUTH"}

    def __init__(self, tls: Tls) -> None:
        self.port, self.tls_port = free_port(), free_port()
        self._folder = new_folder("opensmtpd")
        self._root = self._folder / "root"
        self._store = self._root / "store"
        self._make_root(tls)
        self._daemon = Daemon(
            ["/usr/sbin/chroot", self._root, "/usr/sbin/smtpd", "-d", "-f", "/etc/smtpd.conf"], self._folder / "output"
        )
        try:
            self._daemon.wait_for(self.port, self.tls_port)
        except BaseException:
            self.stop()
            raise

    def _make_root(self, tls: Tls) -> None:
        root = self._root
        for name in ("etc/ssl/certs", "var/spool/smtpd", "var/run", "var/lib/opensmtpd/empty", "tmp", "store"):
            (root / name).mkdir(parents=True)
        (root / "var/spool/smtpd").chmod(0o711)
        (root / "tmp").chmod(0o1777)
        shutil.chown(self._store, "nobody")
        for name in PROGRAMS:
            self._copy(UNPACKED / name, name)
        self._copy(pathlib.Path("/", SHELL), SHELL)
        for name in (*PROGRAMS, SHELL):
            for library in self._libraries(root / name):
                self._copy(pathlib.Path(library), library.lstrip("/"))
        etc = root / "etc"
        self._filter("passwd", ACCOUNTS)
        self._filter("group", GROUPS)
        (etc / "hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")
        shutil.copy(tls.certificate, etc / "certificate.pem")
        shutil.copy(tls.key, etc / "key.pem")
        (etc / "key.pem").chmod(0o600)
        # It does not start without this file.
        shutil.copy(tls.ca, etc / "ssl/certs/ca-certificates.crt")
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD.encode(), capture_output=True, check=True
        ).stdout.decode()
        (etc / "logins").write_text(f"{USER}:{hashed}", encoding="ascii")
        configuration = CONFIGURATION.format(
            hostname=HOSTNAME, port=self.port, tls_port=self.tls_port, size_limit=SIZE_LIMIT, mx=MX, relay=RELAY,
            refused_sender=REFUSED_SENDER, refused_at_the_end=REFUSED_AT_THE_END,
        )
        (etc / "smtpd.conf").write_text(configuration, encoding="utf-8")

    def _copy(self, source: pathlib.Path, name: str) -> None:
        target = self._root / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)

    def _filter(self, name: str, kept: tuple[str, ...]) -> None:
        lines = pathlib.Path("/etc", name).read_text(encoding="utf-8").splitlines()
        text = "".join(f"{line}\n" for line in lines if line.split(":")[0] in kept)
        (self._root / "etc" / name).write_text(text, encoding="utf-8")

    @staticmethod
    def _libraries(program: pathlib.Path) -> list[str]:
        listed = subprocess.run(["ldd", program], capture_output=True, check=True).stdout.decode()
        return re.findall(r"(/\S+) \(0x", listed)

    def settle(self) -> None:
        queue = self._root / "var/spool/smtpd"
        wait_until(lambda: not files_in(queue), "OpenSMTPD to deliver all")

    def stored(self) -> list[Mail]:
        mails = []
        for path in files_in(self._store / "new"):
            trace, content = split_trace(TRACE, path.read_bytes())
            sender = (trace["sender"] or b"").decode()
            # It stores and delivers messages with the line ends of its system, as it documents for its queue.
            content = from_line_feeds(content)
            mails.append(Mail(sender, trace["recipient"].decode(), content, trace["protocol"].decode()))
        return mails

    def clear(self) -> None:
        remove_files(self._store)

    def log(self) -> str:
        return self._daemon.log()

    def stop(self) -> None:
        self._daemon.stop()
        remove_folder(self._folder)
