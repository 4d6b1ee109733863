"""A private Dovecot: an LMTP server, and the one that checks logins for Postfix."""

import pathlib
import re
import shutil

from daemon import Daemon
from server import FULL, HOSTNAME, MX, PASSWORD, USER, USERS, Mail, Server, Tls
from shared import free_port
from store import files_in, new_folder, remove_folder, split_trace

# lmtp_rcpt_check_quota: the default; LMTP checks the quota when the message has arrived.
# auth_failure_delay, anvil-auth-penalty: otherwise a failed login waits for seconds, and longer each time.
# mail_save_crlf: otherwise stored messages have line feeds.
CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = lmtp
listen = 127.0.0.1
hostname = {hostname}
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
first_valid_uid = 1
auth_mechanisms = plain login
auth_username_chars =
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
mail_location = maildir:~
mail_save_crlf = yes
mail_fsync = never
mail_plugins = quota
quota_full_tempfail = no
lmtp_rcpt_check_quota = no
plugin {{
  quota = maildir:User
}}
service lmtp {{
  inet_listener lmtp {{
    port = {port}
  }}
  inet_listener lmtps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener logins {{
    mode = 0666
  }}
}}
"""

# Delivered-To exists only for a single recipient; the folder shows whose message it is.
TRACE = re.compile(
    rb"Return-Path: <(?P<sender>[^>\r\n]*)>\r\n"
    rb"(?:Delivered-To: [^\r\n]+\r\n)?"
    rb"Received: from [^\r\n]*\r\n(?:\t\(using [^\r\n]*\r\n)?\tby mx\.example with (?P<protocol>LMTPS?)\r\n"
    rb"(?:\t[^\r\n]*\r\n)+"
)


class DovecotServer(Server):
    """It has no AUTH and no SMTPUTF8 in LMTP, no limit of size, and no policy except the quota of the mailbox."""

    name = "dovecot"
    offers = frozenset({"8BITMIME", "CHUNKING", "ENHANCEDSTATUSCODES", "PIPELINING", "STARTTLS"})
    offers_in_tls = offers - {"STARTTLS"}
    lmtp = True

    def __init__(self, tls: Tls) -> None:
        self.port, self.tls_port = free_port(), free_port()
        self._folder = new_folder("dovecot")
        self._store = self._folder / "store"
        for name in ("run", "state", "store"):
            (self._folder / name).mkdir(mode=0o755)
        shutil.chown(self._store, "nobody", "nogroup")
        shutil.copy(tls.certificate, self._folder / "certificate.pem")
        shutil.copy(tls.key, self._folder / "key.pem")
        names = [f"r{number}" for number in range(USERS)]
        lines = [f"{USER}:{{PLAIN}}{PASSWORD}:65534:65534::{self._store}/{USER}::"]
        lines += [f"{name}@{MX}::65534:65534::{self._store}/{name}@{MX}::" for name in names]
        lines += [f"{FULL}::65534:65534::{self._store}/{FULL}::userdb_quota_rule=*:bytes=10"]
        (self._folder / "users").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        configuration = CONFIGURATION.format(
            folder=self._folder, hostname=HOSTNAME, port=self.port, tls_port=self.tls_port
        )
        path = self._folder / "configuration"
        path.write_text(configuration, encoding="utf-8")
        self._daemon = Daemon(["/usr/sbin/dovecot", "-F", "-c", path], self._folder / "output")
        try:
            self._daemon.wait_for(self.port, self.tls_port)
        except BaseException:
            self.stop()
            raise

    @property
    def logins(self) -> pathlib.Path:
        """The socket by which other servers check logins."""
        return self._folder / "run" / "logins"

    def settle(self) -> None:
        """A message is in the mailbox before its reply is sent."""

    def stored(self) -> list[Mail]:
        mails = []
        for mailbox in self._store.iterdir():
            for path in files_in(mailbox / "new"):
                trace, content = split_trace(TRACE, path.read_bytes())
                mails.append(Mail(trace["sender"].decode(), mailbox.name, content, trace["protocol"].decode()))
        return mails

    def clear(self) -> None:
        for mailbox in self._store.iterdir():
            for path in files_in(mailbox / "new"):
                path.unlink()

    def log(self) -> str:
        path = self._folder / "log"
        return self._daemon.log() + (path.read_text(encoding="utf-8", errors="replace") if path.exists() else "")

    def stop(self) -> None:
        self._daemon.stop()
        remove_folder(self._folder)
