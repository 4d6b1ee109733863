"""What the servers offer: the other tests choose servers by it, so it must be right."""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator

from fleet import over
from server import HOST, Server, Tls
from shared import PATIENCE


@contextlib.contextmanager
def connected(server: Server) -> Iterator[smtplib.SMTP]:
    kind = smtplib.LMTP if server.lmtp else smtplib.SMTP
    with kind(HOST, server.port, local_hostname="client.example", timeout=PATIENCE) as client:
        client.ehlo()
        yield client


@over()
def test_each_server_offers_the_listed_extensions(server: Server, tls: Tls) -> None:
    with connected(server) as client:
        assert {keyword.upper() for keyword in client.esmtp_features} == server.offers
        client.starttls(context=ssl.create_default_context(cafile=tls.ca))
        client.ehlo()
        assert {keyword.upper() for keyword in client.esmtp_features} == server.offers_in_tls
        if "AUTH" in server.offers_in_tls:
            assert {"PLAIN", "LOGIN"} <= set(client.esmtp_features["auth"].split())
