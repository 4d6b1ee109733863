"""Properties of sessions through the binding: any call in any order."""

from __future__ import annotations

import gc
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import ehlo
from ehlo import Extension, Protocol, Verb

LINES = [
    b"EHLO client.example\r\n", b"HELO c\r\n", b"LHLO c.example\r\n", b"MAIL FROM:<a@c.example>\r\n", b"MAIL FROM:<>\r\n",
    b"MAIL FROM:<a@c.example> SIZE=10 BODY=8BITMIME\r\n", b"RCPT TO:<b@mx.example>\r\n", b"RCPT TO:<\"x y\"@[1.2.3.4]>\r\n",
    b"DATA\r\n", b"line\r\n", b"..\r\n", b".\r\n", b"\n.\n", b"\r.\r", b"BDAT 5\r\nhello", b"BDAT 3 LAST\r\nabc", b"BDAT 0 LAST\r\n",
    b"RSET\r\n", b"NOOP x\r\n", b"QUIT\r\n", b"VRFY x\r\n", b"HELP\r\n", b"STARTTLS\r\n", b"AUTH PLAIN AGEAYg==\r\n",
    b"AUTH LOGIN\r\n", b"YQ==\r\n", b"*\r\n", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\r\n", b"x" * 600 + b"\r\n",
]  # fmt: skip
WIRE = st.lists(st.one_of(st.sampled_from(LINES), st.binary(max_size=30)), max_size=25).map(b"".join)
CONFIGS = [
    ehlo.ServerConfig(
        hostname="mx.example",
        protocol=protocol,
        extensions=Extension.DEFAULT | Extension.STARTTLS | Extension.AUTH | Extension.VRFY,
        mechanisms=["PLAIN", "LOGIN"],
        data_endings=endings,
        rows=[ehlo.VerbRow("GET")],
    )
    for protocol in Protocol
    for endings in ehlo.Ending
]


NUMBER = st.one_of(st.integers(0, 40), st.sampled_from([-1, 2**31, 2**32 - 1]))
TEXT = st.one_of(st.sampled_from(["", "text", "two\nlines", "a\0b", "\r", "ü", "x" * 5000]), st.text(max_size=20))
CODE = st.sampled_from([0, -5, 200, 220, 235, 250, 334, 354, 421, 450, 550, 599, 600, 10**6])
STATUS = st.sampled_from([None, "2.0.0", "5.1.1", "x", "5", "5.1.1\0"])
SERVER_CALLS = st.one_of(
    st.tuples(st.just("advance"), WIRE),
    st.tuples(st.just("receive"), WIRE),
    st.tuples(st.just("output"), st.integers(-1, 100)),
    st.tuples(st.just("accept"), NUMBER),
    st.tuples(st.just("reply"), NUMBER, CODE, TEXT),
    st.tuples(st.just("challenge"), NUMBER, TEXT),
    st.tuples(st.just("refuse_message"), CODE, TEXT),
    st.tuples(st.sampled_from(["tls_started", "tls_failed", "eof", "timed_out", "release", "shutdown"])),
    st.tuples(st.just("close")),
)


def _call(session: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    try:
        return getattr(session, name)(*arguments)
    except (ehlo.Error, OverflowError, UnicodeEncodeError):
        return None


@given(st.sampled_from(CONFIGS), st.lists(SERVER_CALLS, max_size=30))
@settings(max_examples=300, deadline=None)
def test_no_order_of_calls_crashes_a_server(config: ehlo.ServerConfig, calls: list[Any]) -> None:
    server, kept = ehlo.Server(config), []
    for name, *arguments in calls:
        given = _call(server, name, tuple(arguments))
        if isinstance(given, ehlo.Progress):
            kept += given.events
            for event in given.events:
                if event.id % 2:
                    _call(server, "accept", (event,))
    repr(kept)
    repr([event.detach() for event in kept])


REPLY = st.lists(
    st.one_of(
        st.sampled_from(
            [b"220 mx\r\n", b"250-mx\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", b"250 ok\r\n",
             b"354 go\r\n", b"550 5.1.1 no\r\n", b"421 bye\r\n", b"334 YQ==\r\n", b"235 ok\r\n", b"221 bye\r\n"]
        ),
        st.binary(max_size=12),
    ),
    max_size=6,
).map(b"".join)  # fmt: skip
ADDRESS = st.sampled_from(["", "a@b.example", "ü@b.example", "no address", "a@b\r\nX", '"q q"@b'])
PARAMS = st.lists(
    st.sampled_from([("SIZE", "5"), ("BODY", "8BITMIME"), ("X", None), ("X", "a b"), ("\r", "x")]), max_size=2
)
CLIENT_CALLS = st.one_of(
    st.tuples(st.just("advance"), REPLY),
    st.tuples(st.just("receive"), REPLY),
    st.tuples(st.just("output"), st.integers(-1, 100)),
    st.tuples(
        st.sampled_from(
            ["open", "starttls", "data", "rset", "quit", "auth_cancel", "abort_data", "tls_started", "tls_failed", "eof",
             "timed_out", "abort", "release", "close"]
        )
    ),
    st.tuples(st.just("hello"), st.sampled_from(Verb)),
    st.tuples(st.just("mail"), ADDRESS, PARAMS),
    st.tuples(st.just("rcpt"), ADDRESS, PARAMS),
    st.tuples(st.just("command"), st.sampled_from(Verb), TEXT),
    st.tuples(st.just("command"), TEXT, TEXT),
    st.tuples(st.just("auth"), TEXT, st.one_of(st.none(), st.binary(max_size=20))),
    st.tuples(st.just("auth_respond"), TEXT),
    st.tuples(st.just("bdat"), st.binary(max_size=10), st.booleans()),
    st.tuples(st.just("body"), st.binary(max_size=40), st.booleans()),
    st.tuples(st.just("body_copy"), st.binary(max_size=40), st.booleans()),
    st.tuples(st.just("transact"), st.just(ehlo.Envelope("a@b.example", ["c@d.example", "e@f.example"]))),
)  # fmt: skip


@given(st.sampled_from(Protocol), st.lists(CLIENT_CALLS, max_size=30))
@settings(max_examples=300, deadline=None)
def test_no_order_of_calls_crashes_a_client(protocol: Protocol, calls: list[Any]) -> None:
    client, kept = ehlo.Client(ehlo.ClientConfig(hostname="c.example", protocol=protocol)), []
    for name, *arguments in calls:
        given = _call(client, name, tuple(arguments))
        if isinstance(given, ehlo.Progress):
            kept += given.events
        if isinstance(given, ehlo.Content):
            b"".join(given.views)
    repr(kept)
    repr([event.lines for event in kept])


def test_no_memory_is_left_after_the_calls() -> None:
    gc.collect()
    # Two for each configuration of this file, and what the envelope of the calls holds.
    assert ehlo.live_blocks() < 100
