"""SMTP smuggling over a real socket: octets that some receivers read as the end of a message, with every cut.

Everything before the true end of data is content: there is one message or one refusal, and no command in it is obeyed.
"""

import json
import time

import pytest

from sink_process import ROOT
from wire import Wire

END = b"\r\n.\r\n"
# The commands that an attacker puts after the false end of data.
PAYLOAD = (
    b"MAIL FROM:<smuggled@evil.example>\r\nRCPT TO:<victim@mx.example>\r\nDATA\r\n"
    b"Subject: smuggled\r\n\r\nsmuggled"
)
# Usually long enough for the sink to read a piece before the next one comes. If not, the pieces join: the test then
# shows less, but it does not fail.
PAUSE = 0.0004


def vectors():
    with open(ROOT / "tests/vectors/data.jsonl", encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    return [case for case in cases if "smuggling" in case.get("tags", [])]


def octets(text):
    return text.encode("latin-1")


class Attack:
    """A vector as one message: its content up to the true end, its body, and whether it is refused."""

    def __init__(self, case, payload=None):
        expect = case["expect"]
        self.wire = b"".join(octets(chunk) for chunk in case["chunks"])
        self.pieces = [octets(chunk) for chunk in case["chunks"]]
        self.refused = bool(expect["violations"])
        if expect["end"]:
            self.wire = self.wire[: len(self.wire) - len(octets(expect["rest"]))]
            self.body = octets(expect["body"])
        else:
            # The vector has only the false end: add the true one.
            assert self.refused
            self.wire += END
            self.pieces.append(END)
            self.body = None
        # Without its NULs it has a line with a lone dot before the true end: refused with every policy (decision 0004).
        visible = b"\r\n" + self.wire.replace(b"\0", b"")
        self.refused |= visible.index(END) + len(END) < len(visible)
        if payload is not None:
            self.wire = self.wire.replace(b"B\r\n", payload + b"\r\n")
            self.body = None if self.body is None else self.body.replace(b"B\r\n", payload + b"\r\n")
            self.pieces = [self.wire]

    def cuts(self):
        """The content cut as in the vector, whole, octet by octet, and in two at every position."""
        yield self._without_rest(self.pieces)
        yield [self.wire]
        yield [self.wire[at : at + 1] for at in range(len(self.wire))]
        for at in range(1, len(self.wire)):
            yield [self.wire[:at], self.wire[at:]]

    def _without_rest(self, pieces):
        room = len(self.wire)
        for piece in pieces:
            yield piece[:room]
            room -= len(piece[:room])


def submit(wire, pieces, code):
    """Sends one message in pieces; there must be exactly one reply, and the session must be in sync afterwards."""
    wire.expect_all([250, 250, 354], b"MAIL FROM:<a@client.example>\r\nRCPT TO:<bob@mx.example>\r\nDATA\r\n")
    for piece in pieces:
        if piece:
            wire.send(piece)
            time.sleep(PAUSE)
    wire.expect(code)
    wire.in_sync()


def demand_stored(sink, attack, count):
    messages = sink.messages()
    assert {message.sender for message in messages} <= {"a@client.example"}
    if attack.refused:
        assert sink.stored_files() == []
    else:
        assert [message.content for message in messages] == [attack.body] * count


@pytest.mark.parametrize("case", vectors(), ids=lambda case: case["id"])
def test_every_cut_gives_one_message_or_one_refusal(sink, case):
    attack = Attack(case)
    count = 0
    for pieces in attack.cuts():
        with Wire(sink.port) as wire:
            wire.ehlo()
            submit(wire, pieces, 550 if attack.refused else 250)
        count += 1
    demand_stored(sink, attack, count)


@pytest.mark.parametrize("case", vectors(), ids=lambda case: case["id"])
def test_an_embedded_transaction_is_text(sink, case):
    attack = Attack(case, PAYLOAD)
    with Wire(sink.port) as wire:
        wire.ehlo()
        submit(wire, [attack.wire], 550 if attack.refused else 250)
        submit(wire, [attack.wire[at : at + 7] for at in range(0, len(attack.wire), 7)], 550 if attack.refused else 250)
    demand_stored(sink, attack, 2)


@pytest.mark.parametrize("case", vectors(), ids=lambda case: case["id"])
def test_a_whole_session_in_one_segment(sink, case):
    # Content sent before the 354 is an error (RFC 2920 3.1), but must not bypass the rules.
    attack = Attack(case, PAYLOAD)
    with Wire(sink.port) as wire:
        session = b"EHLO client.example\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<bob@mx.example>\r\nDATA\r\n"
        wire.expect_all([250, 250, 250, 354, 550 if attack.refused else 250], session + attack.wire)
        wire.in_sync()
    demand_stored(sink, attack, 1)


@pytest.mark.parametrize("case", vectors(), ids=lambda case: case["id"])
def test_lmtp_gives_one_reply_per_recipient(lmtp_sink, case):
    attack = Attack(case, PAYLOAD)
    code = 550 if attack.refused else 250
    with Wire(lmtp_sink.port) as wire:
        wire.ehlo("LHLO")
        wire.data(recipients=("bob@mx.example", "carol@mx.example"))
        wire.expect_all([code, code], attack.wire)
        wire.in_sync()
    demand_stored(lmtp_sink, attack, 1)


@pytest.mark.parametrize(
    "content",
    [b"bare\nline feed\r\n", b"bare\rcarriage return\r\n", b"\nfirst\r\n", b"last\r\n\n\r\n", b"\n\r\n", b"x\r\r\n"],
)
def test_bare_line_ends_are_refused_after_the_true_end(sink, content):
    with Wire(sink.port) as wire:
        wire.ehlo()
        submit(wire, [content + b".\r\n"], 550)
        wire.deliver()
    assert len(sink.messages()) == 1
    assert sink.only_message().content == b"Subject: control\r\n\r\nstill works\r\n"


def test_the_end_of_data_across_every_border_of_reads(sink):
    # The final CRLF.CRLF is cut by the border between two reads.
    with Wire(sink.port) as wire:
        wire.ehlo()
        bodies = []
        for border in (1448, 4096, 16384, 65536):
            for before in range(0, 7):
                body = b"z" * 70 + b"\r\n"
                body *= border // 72 + 1
                body = body[: border - before - 2] + b"\r\n"
                submit(wire, [body + b".\r\n"], 250)
                bodies.append(body)
    assert [message.content for message in sink.messages()] == bodies
