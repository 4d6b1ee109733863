"""A private Postfix: its own configuration, queue and data in a temporary folder, its own port on the loopback."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

from sink_process import PATIENCE

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix n - n 1 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 1 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
secure    unix - - n - - smtp
    -o smtp_tls_security_level=encrypt
    -o smtp_sasl_auth_enable=yes
lmtp      unix - - n - - lmtp
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""

# Each connection has one message, so that each test has a session of its own, and nothing waits for a retry.
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = relay.example
myorigin = relay.example
mydestination =
local_transport = error:no local delivery here
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtputf8_enable = yes
message_size_limit = 100000000
mailbox_size_limit = 0
smtp_destination_recipient_limit = 100
lmtp_destination_recipient_limit = 100
smtp_connection_cache_on_demand = no
lmtp_connection_cache_on_demand = no
smtp_tls_loglevel = 1
smtp_sasl_security_options = noanonymous
smtp_sasl_mechanism_filter = plain
smtp_host_lookup = native
lmtp_host_lookup = native
disable_dns_lookups = yes
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Postfix:
    """A started instance. `settings` are the last lines of main.cf."""

    def __init__(self, settings):
        assert os.geteuid() == 0, "a private Postfix needs root"
        for program in ("/usr/sbin/postfix", "/usr/sbin/sendmail"):
            assert shutil.which(program), f"{program} is not installed"
        self.port = free_port()
        # Not in pytest's folder, which the user of Postfix may not enter.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postfix-"))
        self.folder.chmod(0o755)
        for name in ("config", "queue", "data"):
            (self.folder / name).mkdir(mode=0o755)
        account = pwd.getpwnam("postfix")
        os.chown(self.folder / "data", account.pw_uid, account.pw_gid)
        self.config = self.folder / "config"
        main = MAIN.format(folder=self.folder) + "".join(f"{line}\n" for line in settings)
        (self.config / "main.cf").write_text(main, encoding="utf-8")
        (self.config / "master.cf").write_text(MASTER.format(port=self.port), encoding="utf-8")
        self._control("start")

    def _control(self, verb):
        done = subprocess.run(
            ["/usr/sbin/postfix", "-c", self.config, verb],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stdout.decode(errors="replace") + self.log()

    def sendmail(self, content, sender, recipients):
        """Submits by the sendmail command, whose input has lines that end with a line feed."""
        done = subprocess.run(
            ["/usr/sbin/sendmail", "-C", self.config, "-i", "-f", sender, "--", *recipients],
            input=content,
            capture_output=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")

    def log(self):
        path = self.folder / "mail.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def log_lines(self, *words):
        """Lines of the log that have all the words."""
        return [line for line in self.log().splitlines() if all(word in line for word in words)]

    def stop(self):
        try:
            self._control("stop")
        finally:
            shutil.rmtree(self.folder)
