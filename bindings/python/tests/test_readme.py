"""The examples of the README do what it says."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from kit import port_of, serving

import ehlo
from ehlo import aio, events

README = Path(__file__).resolve().parents[1] / "README.md"
# That of the project. A source distribution, which has PKG-INFO, does not have it.
ROOT_README = Path(__file__).resolve().parents[3] / "README.md"
IS_DISTRIBUTION = (README.parent / "PKG-INFO").exists()


def example(text: str, readme: Path = README) -> dict[str, Any]:
    blocks = re.findall(r"^```python\n(.*?)^```$", readme.read_text(encoding="utf-8"), re.M | re.S)
    (block,) = (block for block in blocks if text in block)
    names: dict[str, Any] = {"__name__": "example"}
    # The port that the system chooses is free.
    exec(compile(block.replace("8025", "0"), str(readme), "exec"), names)
    return names


async def test_the_client_delivers_to_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    mailroom, client = example("class Mailroom"), example("aio.connect")

    async with serving(mailroom["Mailroom"]()) as server:
        await client["main"](port_of(server))
    assert capsys.readouterr().out.splitlines() == [
        "50 octets from a@client.example to ['b@mx.example'] by ESMTP",
        "b@mx.example ACCEPTED content 250 2.0.0 queued as 4711",
        "c@elsewhere.example FAILED RCPT 550 5.1.1 no such user here",
    ]


@pytest.mark.skipif(IS_DISTRIBUTION, reason="a source distribution has no README of the project")
async def test_the_server_of_the_projects_readme_takes_mail_for_bob_alone(capsys: pytest.CaptureFixture[str]) -> None:
    mailroom = example("class Mailroom", ROOT_README)

    async with serving(mailroom["Mailroom"]()) as server, await aio.connect("127.0.0.1", port_of(server)) as sender:
        envelope = ehlo.Envelope("a@client.example", ["bob@mx.example", "eve@mx.example"])
        outcomes = await sender.send(envelope, b"Subject: hello\r\n\r\nhi\r\n")
    assert [(outcome.code, outcome.text) for outcome in outcomes] == [
        (250, "queued as 4711"),
        (550, "no such user here"),
    ]
    assert capsys.readouterr().out == "22 octets from a@client.example\n"


async def test_the_server_listens(capsys: pytest.CaptureFixture[str]) -> None:
    mailroom = example("class Mailroom")

    serving = asyncio.create_task(mailroom["main"]())
    while "listening" not in (out := capsys.readouterr().out):
        assert not serving.done()
        await asyncio.sleep(0.01)
    serving.cancel()
    assert "127.0.0.1" in out


def test_a_session_without_input_or_output(capsys: pytest.CaptureFixture[str]) -> None:
    names = example("def take")
    assert names["output"].startswith(b"220 mx.example")
    take = names["take"]
    assert take(b"EHLO client.example\r\n").startswith(b"250-mx.example")
    lines = take(b"MAIL FROM:<>\r\nRCPT TO:<nobody@mx.example>\r\nRCPT TO:<b@mx.example>\r\n").split(b"\r\n")
    assert [line[:3] for line in lines] == [b"250", b"550", b"250", b""]
    assert take(b"DATA\r\n").startswith(b"354")
    assert take(b"..hi\r\n.\r\n").startswith(b"250")
    assert capsys.readouterr().out == "b'.hi\\r\\n'\n"


def test_rows_of_a_programs_own() -> None:
    server = ehlo.Server(example("PRIORITY")["config"])
    server.advance()
    assert server.advance(b"EHLO client.example\r\n").output.endswith(b"250 X-PRIORITY LEAST=0 MOST=9\r\n")
    (mail,) = server.advance(b"MAIL FROM:<> X-PRIO=7\r\n").events
    assert isinstance(mail, events.Mail)
    assert [param.decoded for param in mail.params] == [7]
