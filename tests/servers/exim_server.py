"""A private Exim of Debian's package, which tools/servers has unpacked."""

import pathlib
import pwd
import re
import shutil

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
from shared import free_port, wait_until
from store import files_in, new_folder, remove_files, remove_folder, split_trace

PROGRAM = pathlib.Path("/var/cache/libehlo-servers/exim/usr/sbin/exim4")

# deliver_drop_privilege: it delivers with the account that receives, so that no program must be setuid root.
# use_crlf: otherwise stored messages have line feeds. batch_max: recipients share a file, which names them all.
CONFIGURATION = """\
exim_path = {program}
primary_hostname = {hostname}
daemon_smtp_ports = {port} : {tls_port}
tls_on_connect_ports = {tls_port}
local_interfaces = 127.0.0.1
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/log/pid
never_users =
keep_environment =
deliver_drop_privilege
host_lookup =
rfc1413_query_timeout = 0s
message_size_limit = {size_limit}
tls_advertise_hosts = *
tls_certificate = {folder}/certificate.pem
tls_privatekey = {folder}/key.pem
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}}}
dsn_advertise_hosts = *
acl_smtp_mail = mail
acl_smtp_rcpt = recipient
acl_smtp_data = content
begin acl
mail:
  deny senders = {refused_sender}
       message = 5.7.1 sender refused
  accept
recipient:
  deny local_parts = ^refused
       message = 5.1.1 no such user
  deny domains = {relay}
       !authenticated = *
       message = 5.7.1 log in first
  accept
content:
  deny senders = {refused_at_the_end}
       message = 5.7.1 refused by policy
  accept
begin routers
all:
  driver = accept
  transport = store
begin transports
store:
  driver = appendfile
  directory = {folder}/store
  maildir_format
  use_crlf
  return_path_add
  envelope_to_add
  batch_max = 10000
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_set_id = $auth2
  server_condition = ${{if and{{ {{eq{{$auth2}}{{{user}}}}} {{eq{{$auth3}}{{{password}}}}} }}}}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_set_id = $auth1
  server_condition = ${{if and{{ {{eq{{$auth1}}{{{user}}}}} {{eq{{$auth2}}{{{password}}}}} }}}}
"""

TRACE = re.compile(
    rb"Return-path: <(?P<sender>[^>\r\n]*)>\r\n"
    rb"Envelope-to: (?P<recipients>[^\r\n]*(?:\r\n [^\r\n]*)*)\r\n"
    rb"Received: from [^\r\n]*\r\n\tby mx\.example with (?P<protocol>[a-z0-9]+) [^\r\n]*\r\n(?:\t[^\r\n]*\r\n)+"
)


class EximServer(Server):
    name = "exim"
    offers = frozenset({
        "SIZE", "8BITMIME", "DSN", "PIPELINING", "PIPECONNECT", "CHUNKING", "STARTTLS", "SMTPUTF8", "HELP",
    })
    offers_in_tls = offers - {"STARTTLS"} | {"AUTH"}
    # It stores the header and the body in complete lines, and writes them with an empty line between them.
    ends_the_header = True
    keeps_an_open_end = False

    def __init__(self, tls: Tls) -> None:
        self.port, self.tls_port = free_port(), free_port()
        self._folder = new_folder("exim")
        account = pwd.getpwnam("Debian-exim")
        for name in ("spool", "log", "store"):
            (self._folder / name).mkdir(mode=0o755)
            shutil.chown(self._folder / name, account.pw_uid, account.pw_gid)
        shutil.copy(tls.certificate, self._folder / "certificate.pem")
        shutil.copy(tls.key, self._folder / "key.pem")
        shutil.chown(self._folder / "key.pem", account.pw_uid, account.pw_gid)
        configuration = CONFIGURATION.format(
            program=PROGRAM, hostname=HOSTNAME, port=self.port, tls_port=self.tls_port, folder=self._folder,
            size_limit=SIZE_LIMIT, relay=RELAY, refused_sender=REFUSED_SENDER, refused_at_the_end=REFUSED_AT_THE_END,
            user=USER, password=PASSWORD,
        )
        path = self._folder / "configuration"
        path.write_text(configuration, encoding="utf-8")
        self._daemon = Daemon([PROGRAM, "-C", path, "-bdf"], self._folder / "output")
        try:
            self._daemon.wait_for(self.port, self.tls_port)
        except BaseException:
            self.stop()
            raise

    def settle(self) -> None:
        # The -D file of a message exists from its first octet to its last delivery.
        wait_until(lambda: not files_in(self._folder / "spool" / "input"), "Exim to deliver all")

    def stored(self) -> list[Mail]:
        mails = []
        for path in files_in(self._folder / "store" / "new"):
            trace, content = split_trace(TRACE, path.read_bytes())
            recipients = [name.strip() for name in trace["recipients"].decode().split(",")]
            # utf8esmtps is ESMTPS for an internationalised message.
            protocol = trace["protocol"].decode().removeprefix("utf8").upper()
            mails += for_each(trace["sender"].decode(), recipients, content, protocol)
        return mails

    def clear(self) -> None:
        remove_files(self._folder / "store")

    def log(self) -> str:
        path = self._folder / "log" / "mainlog"
        return self._daemon.log() + (path.read_text(encoding="utf-8", errors="replace") if path.exists() else "")

    def stop(self) -> None:
        self._daemon.stop()
        remove_folder(self._folder)
