"""The aiosmtpd of the tests: takes its settings as JSON on the command line and stores into a folder until it ends."""

import itertools
import json
import pathlib
import signal
import ssl
import sys
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Handler:
    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._numbers = itertools.count()

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self._settings["refused_sender"]:
            return "550 5.7.1 sender refused"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("refused"):
            return "550 5.1.1 no such user"
        if address.endswith(f"@{self._settings['relay']}") and not session.authenticated:
            return "550 5.7.1 log in first"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if envelope.mail_from == self._settings["refused_at_the_end"]:
            return "550 5.7.1 refused by policy"
        assert server.transport is not None
        secure = server.transport.get_extra_info("ssl_object") is not None
        kept = {
            # aiosmtpd reports the null sender as "<>".
            "sender": "" if envelope.mail_from == "<>" else envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "protocol": "ESMTP" + "S" * secure + "A" * bool(session.authenticated),
        }
        assert envelope.original_content is not None
        base = pathlib.Path(self._settings["store"], str(next(self._numbers)))
        base.with_suffix(".eml").write_bytes(envelope.original_content)
        base.with_suffix(".json").write_text(json.dumps(kept), encoding="utf-8")
        return "250 2.0.0 stored"


def main(settings: dict[str, Any]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings["certificate"], settings["key"])
    handler = Handler(settings)

    def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _method: str, login: object) -> AuthResult:
        assert isinstance(login, LoginPassword)
        good = (login.login, login.password) == (settings["user"].encode(), settings["password"].encode())
        return AuthResult(success=good, handled=False)

    common: dict[str, Any] = {
        "hostname": "127.0.0.1",
        "server_hostname": settings["hostname"],
        "data_size_limit": settings["size_limit"],
        "authenticator": authenticate,
    }
    # aiosmtpd counts only STARTTLS as TLS, and would not offer AUTH on the port with implicit TLS.
    controllers = [
        Controller(handler, port=settings["port"], tls_context=context, **common),
        Controller(handler, port=settings["tls_port"], ssl_context=context, auth_require_tls=False, **common),
    ]
    for controller in controllers:
        controller.start()
    signal.sigwait({signal.SIGTERM})
    for controller in controllers:
        controller.stop()


if __name__ == "__main__":
    # Before threads are started, which could receive the signal instead.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    main(json.loads(sys.argv[1]))
