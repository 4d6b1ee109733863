"""The asyncio client keeps passwords behind TLS, and uses TLS where it can."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest
from kit import Certificate, Recorder, Users, answering, envelope, port_of, serving

import ehlo
from ehlo import ErrorCode, aio


@pytest.mark.parametrize("mechanisms", [["PLAIN"], ["LOGIN"]])
async def test_no_password_is_sent_without_tls_unless_configured(mechanisms: list[str]) -> None:
    handler = Users()
    async with serving(handler, plaintext_auth=True, mechanisms=mechanisms) as server:
        async with await aio.connect("127.0.0.1", port_of(server)) as client:
            with pytest.raises(ehlo.TlsRequiredError):
                await client.login("user", "secret")
            with pytest.raises(ehlo.TlsRequiredError):
                await client.auth(mechanisms[0], b"x")
            assert (await client.noop()).code == 250
        assert handler.tried == []
        async with await aio.connect("127.0.0.1", port_of(server), plaintext_auth=True) as client:
            assert (await client.login("user", "secret")).code == 235
        assert handler.tried == [(False, *mechanisms, "user", "secret", "")]


@pytest.mark.parametrize("starttls", [None, True, False])
async def test_starttls_is_used_where_it_is_offered(certificate: Certificate, starttls: bool | None) -> None:
    handler = Users()
    async with serving(handler, tls=certificate.server()) as server:
        options: Any = {"tls": certificate.client(), "starttls": starttls}
        async with await aio.connect("localhost", port_of(server), **options) as client:
            if starttls is False:
                with pytest.raises(ehlo.TlsRequiredError):
                    await client.login("user", "secret")
            else:
                assert (await client.login("user", "secret")).code == 235
    assert handler.tried == ([] if starttls is False else [(True, "PLAIN", "user", "secret", "")])


async def test_a_server_without_starttls_is_used_unless_tls_is_required() -> None:
    async with serving(Recorder()) as server:
        async with await aio.connect("localhost", port_of(server)) as client:
            assert (await client.send(envelope(), b"x\r\n"))[0].accepted
        with pytest.raises(ehlo.NotOfferedError) as refusal:
            await aio.connect("localhost", port_of(server), starttls=True)
        assert refusal.value.names == ("STARTTLS",)
        async with await aio.connect("localhost", port_of(server), require_tls=True) as client:
            with pytest.raises(ehlo.TlsRequiredError):
                await client.send(envelope(), b"x\r\n")


@pytest.mark.parametrize("context", [None, "verifying"])
async def test_a_certificate_that_is_not_trusted_never_leads_to_clear_text(
    certificate: Certificate, context: Any
) -> None:
    handler = Users()
    async with serving(handler, tls=certificate.server()) as server:
        with pytest.raises(aio.ClientError) as failure:
            await aio.connect("localhost", port_of(server), tls=context and ssl.create_default_context())
        assert failure.value.error == ErrorCode.TLS_FAILED
    assert handler.messages == []


async def test_a_starttls_that_is_refused_never_leads_to_clear_text(certificate: Certificate) -> None:
    lines: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx\r\n")
        lines.append(await reader.readline())
        writer.write(b"250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")
        lines.append(await reader.readline())
        writer.write(b"454 4.7.0 not now\r\n")
        lines.append(await reader.readline())

    async with answering(talk) as port:
        with pytest.raises(aio.ClientError) as failure:
            await aio.connect("127.0.0.1", port, tls=certificate.client())
        assert (failure.value.error, failure.value.code) == (ErrorCode.TLS_FAILED, 454)
        while len(lines) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert lines == [b"EHLO localhost\r\n", b"STARTTLS\r\n", b""]
