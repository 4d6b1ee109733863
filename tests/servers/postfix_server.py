"""A private Postfix that gives accepted messages to a program of ours, which stores them unchanged."""

import pathlib
import re
import shutil

from server import (
    HOSTNAME,
    MX,
    REFUSED_AT_THE_END,
    REFUSED_SENDER,
    RELAY,
    SIZE_LIMIT,
    Mail,
    Server,
    Tls,
    for_each,
)
from shared import Postfix, free_port, wait_until
from store import files_in, new_folder, remove_files, remove_folder, split_trace

# One file for the envelope and one for the content. A message counts when the content has its final name.
KEEP = """\
#!/bin/sh
set -eu
store=$1
shift
base=$(mktemp "$store/XXXXXXXXXX")
printf '%s\\n' "$@" >"$base.envelope"
cat >"$base.part"
mv "$base.part" "$base.eml"
rm "$base"
"""

# pipe(8) writes lines with the configured end, and without flags it adds nothing at the top.
SERVICES = """\
127.0.0.1:{tls_port} inet n - n - - smtpd
    -o smtpd_tls_wrappermode=yes
127.0.0.1:{plain_port} inet n - n - - smtpd
    -o smtpd_tls_security_level=none
    -o smtpd_sasl_auth_enable=no
127.0.0.1:{strict_port} inet n - n - - smtpd
    -o smtpd_hard_error_limit=5
127.0.0.1:{unsized_port} inet n - n - - smtpd
    -o smtpd_discard_ehlo_keywords=size
keep unix - n n - - pipe
    eol=\\r\\n null_sender= user=nobody argv={folder}/keep {folder}/store ${{sender}} ${{recipient}}
"""

TRACE = re.compile(
    rb"Received: from [^\r\n]*\r\n"
    rb"(?:\t\(using [^\r\n]*\r\n(?:\t [^\r\n]*\r\n)*\t\([^\r\n]*\)\r\n)?"
    rb"(?:\t\(Authenticated sender: [^\r\n]*\r\n)?"
    rb"\tby mx\.example \(Postfix\) with (?P<protocol>(?:UTF8SMTP|ESMTP)S?A?) id [^\r\n]*\r\n(?:\t[^\r\n]*\r\n)+"
)


class Instance(Postfix):
    """The instance of tests/clients, with services of our own."""

    def __init__(self, settings: list[str], services: str) -> None:
        self._services = services
        super().__init__(settings)

    def _control(self, verb: str) -> None:
        if verb == "start":
            with open(self.config / "master.cf", "a", encoding="utf-8") as master:
                master.write(self._services)
        super()._control(verb)


class PostfixServer(Server):
    name = "postfix"
    offers = frozenset({
        "PIPELINING", "SIZE", "ETRN", "STARTTLS", "ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING",
        "VRFY",
    })
    offers_in_tls = offers - {"STARTTLS"} | {"AUTH"}
    # It stores lines without their ends.
    keeps_an_open_end = False

    def __init__(self, tls: Tls, logins: pathlib.Path) -> None:
        # Besides the usual instance: no TLS and no AUTH; closes after five errors; does not announce its SIZE limit.
        self.tls_port, self.plain_port, self.strict_port, self.unsized_port = (free_port() for _ in range(4))
        self._folder = new_folder("postfix-store")
        self._store = self._folder / "store"
        self._store.mkdir()
        shutil.chown(self._store, "nobody")
        keep = self._folder / "keep"
        keep.write_text(KEEP, encoding="ascii")
        keep.chmod(0o755)
        services = SERVICES.format(
            tls_port=self.tls_port, plain_port=self.plain_port, strict_port=self.strict_port,
            unsized_port=self.unsized_port, folder=self._folder,
        )
        try:
            self._postfix = Instance(self._settings(tls, logins), services)
        except BaseException:
            remove_folder(self._folder)
            raise
        self.port = self._postfix.port

    @staticmethod
    def _settings(tls: Tls, logins: pathlib.Path) -> list[str]:
        def refuse(address: str, reply: str) -> str:
            return f"inline:{{ {{ {address} = {reply} }} }}"

        return [
            f"myhostname = {HOSTNAME}",
            "smtpd_peername_lookup = no",
            f"virtual_mailbox_domains = {MX}, bücher.example",
            "virtual_mailbox_maps = static:all",
            "virtual_transport = keep",
            f"transport_maps = inline:{{ {{ {RELAY} = keep: }} }}",
            "keep_destination_recipient_limit = 10000",
            # The tests are local clients, for which it would add missing header fields.
            "local_header_rewrite_clients =",
            f"message_size_limit = {SIZE_LIMIT}",
            # By default it waits a second after each error and closes after twenty.
            "smtpd_error_sleep_time = 0",
            "smtpd_hard_error_limit = 1000",
            "smtpd_sender_restrictions = check_sender_access "
            + refuse(REFUSED_SENDER, "550 5.7.1 sender refused"),
            "smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination",
            "smtpd_recipient_restrictions = check_recipient_access regexp:{{/^refused/ 550 5.1.1 no such user}}",
            "smtpd_end_of_data_restrictions = check_sender_access "
            + refuse(REFUSED_AT_THE_END, "550 5.7.1 refused by policy"),
            "smtpd_tls_security_level = may",
            f"smtpd_tls_cert_file = {tls.certificate}",
            f"smtpd_tls_key_file = {tls.key}",
            "smtpd_tls_auth_only = yes",
            "smtpd_sasl_auth_enable = yes",
            "smtpd_sasl_type = dovecot",
            f"smtpd_sasl_path = {logins}",
        ]

    def settle(self) -> None:
        queues = [self._postfix.folder / "queue" / name for name in ("incoming", "active", "deferred", "hold")]
        wait_until(lambda: not any(files_in(queue) for queue in queues), "Postfix to deliver all")

    def stored(self) -> list[Mail]:
        mails = []
        for path in self._store.glob("*.eml"):
            sender, *recipients = path.with_suffix(".envelope").read_text(encoding="utf-8").split("\n")[:-1]
            trace, content = split_trace(TRACE, path.read_bytes())
            protocol = trace["protocol"].decode().replace("UTF8SMTP", "ESMTP")
            mails += for_each(sender, recipients, content, protocol)
        return mails

    def clear(self) -> None:
        remove_files(self._store)

    def log(self) -> str:
        return self._postfix.log()

    def stop(self) -> None:
        try:
            self._postfix.stop()
        finally:
            remove_folder(self._folder)
