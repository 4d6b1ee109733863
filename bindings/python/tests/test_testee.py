"""The testee of the vectors: exact responses to requests written by hand, and that it finds broken promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from testee.__main__ import response_to, result_of

import ehlo
from ehlo import events as e

TESTS = Path(__file__).resolve().parent
MAIL_PATH = {"whole": "<a@x.example>", "local": "a", "domain": "x.example", "domain_kind": 1, "address": "a@x.example"}


def plain(value: Any) -> Any:
    """Without what may be left out (nulls, zeros and what is empty), and without the number of calls, which is free."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items() if part not in (None, 0, "", []) and key != "receives"}
    return [plain(part) for part in value] if isinstance(value, list) else value


def result(name: str, **arguments: Any) -> Any:
    return plain(result_of({"call": name, **arguments}))


def test_a_request_is_a_line_and_so_is_its_response() -> None:
    lines = b'{"calls": [{"call": "decode_base64", "text": "w6k="}, {"call": "nothing"}]}\n{"calls": []}\n'
    command = [sys.executable, "-m", "testee"]
    done = subprocess.run(command, input=lines, stdout=subprocess.PIPE, cwd=TESTS, check=True, timeout=60)
    assert done.stdout == b'{"results":[{"octets":"\\u00c3\\u00a9"},{"unknown":true}]}\n{"results":[]}\n'


def test_pieces_are_cut_out_of_the_octets_of_the_request() -> None:
    cuts: list[list[Any]] = [[[0, 1, 8], "z"], ["a\r\n", [0, 4, 8], "z"], ["b"]]
    calls = [{"call": "decode_data", "pieces": pieces, "spans": 8} for pieces in cuts]
    request = {"octets": ["xa\r\n.\r\ny"], "calls": calls}
    results = json.loads(response_to(request))["results"]
    assert plain(results[0]) == {"body": "a\r\n", "rest": "yz", "done": True}
    assert results[1] == {"same": 0} or plain(results[1]) == plain(results[0])
    assert plain(results[2]) == {"body": "b"}
    assert results[2]["receives"] >= 1


def test_a_request_that_cannot_be_read_ends_the_program() -> None:
    command = [sys.executable, "-m", "testee"]
    done = subprocess.run(command, input=b"{\n", capture_output=True, cwd=TESTS, check=False, timeout=60)
    assert done.returncode != 0
    assert done.stdout == b""


SIZE = {"id": "SIZE", "keyword": "size", "value": "5", "number": 5, "decoded": "5"}
CALLS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"call": "parse_command", "line": "MAIL FROM:<a@x.example> size=5\r\n", "extensions": ["SIZE"]},
        {"verb": "MAIL", "path": MAIL_PATH, "params": [SIZE]},
    ),
    (
        {"call": "parse_command", "line": "MAIL FROM:<a@x.example> size=5\r\n", "extensions": []},
        {"error": "unknown-parameter", "at": 24, "code": 555},
    ),
    ({"call": "parse_command", "line": "LHLO x\r\n", "lmtp": True}, {"verb": "LHLO", "host_kind": 1, "text": "x"}),
    ({"call": "parse_command", "line": "BDAT 3 LAST\r\n"}, {"verb": "BDAT", "flags": 1, "size": 3}),
    (
        {"call": "parse_path", "path": '<@r.example:"\u00c3\u00a9\\ "@[192.0.2.1]>', "smtputf8": True},
        {
            "whole": '<@r.example:"\u00c3\u00a9\\ "@[192.0.2.1]>',
            "route": "@r.example",
            "local": '"\u00c3\u00a9\\ "',
            "local_value": "\u00c3\u00a9 ",
            "domain": "192.0.2.1",
            "domain_kind": 2,
            "flags": 12,
            "address": '"\u00c3\u00a9\\ "@[192.0.2.1]',
        },
    ),
    ({"call": "parse_path", "path": "<>", "forward": True}, {"error": "syntax", "at": 1, "code": 501}),
    (
        {"call": "parse_params", "verb": "RCPT", "params": "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb"},
        {
            "params": [
                {
                    "id": "NOTIFY",
                    "keyword": "NOTIFY",
                    "value": "SUCCESS,DELAY",
                    "number": 10,
                    "decoded": ["SUCCESS", "DELAY"],
                },
                {
                    "id": "ORCPT",
                    "keyword": "ORCPT",
                    "value": "rfc822;a+2Bb",
                    "detail": "a+2Bb",
                    "decoded": ["rfc822", "a+b"],
                },
            ]
        },
    ),
    (
        {"call": "parse_reply", "octets": "550-5.1.1 no\r\n550 5.1.1 \u00ff\r\n250"},
        {"code": 550, "enhanced": "5.1.1", "lines": ["5.1.1 no", "5.1.1 \u00ff"], "length": 27},
    ),
    ({"call": "parse_reply", "octets": "250-a\r\n"}, {"error": "incomplete"}),
    ({"call": "parse_reply", "octets": "250 abc\r\n", "max_reply_line": 5}, {"error": "reply-too-long", "at": 5}),
    (
        {"call": "parse_hello", "octets": "250-mx.example hi\r\n250-SIZE 9\r\n250 auth plain x\r\n"},
        {
            "domain": "mx.example",
            "capabilities": [["SIZE", ["9"]], ["AUTH", ["plain", "x"]]],
            "size_limit": 9,
            "offered": ["SIZE", "AUTH"],
            "usable": ["SIZE", "AUTH"],
            "mechanisms": ["PLAIN", "X"],
        },
    ),
    ({"call": "decode_base64", "text": "YQ="}, {"error": "bad-base64", "code": 501}),
    ({"call": "write_plain", "user": "u", "password": "p"}, {"text": "AHUAcA=="}),
    ({"call": "parse_plain", "octets": "\0\u00c3\u00a9\0p"}, {"authcid": "\u00c3\u00a9", "passwd": "p"}),
    ({"call": "parse_plain", "octets": "\0u"}, {"error": "syntax", "code": 501}),
    ({"call": "write_param", "keyword": "ENVID", "text": "a b"}, {"value": "a+20b"}),
    (
        {"call": "decode_data", "pieces": ["a\n..\r\n.", ".\r", "\n.\r\nQU", "IT"], "spans": 3, "max_size": 4},
        {
            "body": "a\n..\r\n.\r\n",
            "rest": "QUIT",
            "done": True,
            "violations": [["bare-lf", 1], ["message-too-large", 4]],
        },
    ),
]


@pytest.mark.parametrize(("call", "expected"), CALLS)
def test_calls_without_a_session(call: dict[str, Any], expected: dict[str, Any]) -> None:
    for _ in range(3):  # in each kind of memory
        assert plain(result_of(call)) == expected


def test_a_session_of_a_server() -> None:
    began = result(
        "server", hostname="mx.example", extensions=["SIZE"], flags=32, max_line_octets=40, max_auth_line_octets=40
    )
    session = began["session"]
    assert began == {"session": session, "max_line": 40}

    pieces = ["EHLO x\r\nMAIL ", "FROM:<a@x.example> size=5\r\n", "RSET\r\n"]
    assert result("turn", session=session, force=True, pieces=pieces, stop=True, output=7) == {
        "events": [
            {"type": "greeting"},
            {"type": "hello", "verb": "EHLO", "line": "EHLO x", "text": "x", "kind": 1},
            {
                "type": "mail",
                "id": 5,
                "verb": "MAIL",
                "line": "MAIL FROM:<a@x.example> size=5",
                "path": MAIL_PATH,
                "params": [SIZE],
                "number": 5,
            },
        ],
        "output": "220 mx.example ESMTP\r\n250-mx.example\r\n250 SIZE 0\r\n",
        "pieces": 2,
        "wants": 4,
    }
    answers = [[5, "reply", 550, "5.7.1", "no"], [5, "accept"]]
    assert result("turn", session=session, event="tls", answers=answers, pieces=["QUIT\r\n.", "."], output=100) == {
        "event_error": "state",
        "answers": [None, "id"],
        "events": [{"type": "quit", "verb": "QUIT", "line": "QUIT"}, {"type": "close"}],
        "output": "550 no\r\n221 mx.example Closing connection\r\n",
        "pieces": 2,
        "wants": 16,
    }
    assert result("close", session=session) == {}
    assert "fault" in result("turn", session=session)


def test_a_session_of_a_client() -> None:
    session = result("client", hostname="c.example", flags=64)["session"]

    def turn(do: list[Any] | None, *pieces: str) -> Any:
        return result("client_turn", session=session, do=do, pieces=pieces, output=9, stop=True, hello_reply=not do)

    greeting = {"type": "greeting", "code": 220, "reply": "220 mx\r\n", "text": "mx"}
    assert turn(None, "220 ", "mx\r\n") == {"events": [greeting], "pieces": 2, "wants": 65}
    assert turn(["mail", "a@x"])["do_error"] == "state"
    assert turn(["hello", "EHLO"])["output"] == "EHLO c.example\r\n"
    hello = turn(None, "250-mx\r\n250 AUTH LOGIN\r\n")
    assert [event["type"] for event in hello["events"]] == ["reply", "ready"]
    assert hello["hello_reply"] == "250-mx\r\n250 AUTH LOGIN\r\n"
    assert turn(["auth", "LOGIN", None])["output"] == "AUTH LOGIN\r\n"
    assert turn(None, "334 ", "VXNlcg==\r\n", "334 UGFzcw==\r\n")["pieces"] == 2
    assert turn(["respond", "u"])["output"] == "dQ==\r\n"
    turn(None, "535 no\r\n")
    for do, reply in (
        (["mail", "a@c.example", []], "250 2.1.0 ok"),
        (["rcpt", "b@mx"], "250 ok"),
        (["data"], "354 go"),
    ):
        turn(do)
        turn(None, reply + "\r\n")
    assert turn(["body", "a\n", True, 64, False])["do_error"] == "bare-lf"
    sent = turn(["body", ".a\r\n.b", True, 8, False])
    assert (sent["sent"], sent["outstanding"]) == ("..a\r\n..b\r\n.\r\n", 1)
    common = {"code": 250, "transaction": 1, "verb": "DATA", "reply": "250 done\r\n", "text": "done"}
    assert turn(None, "250 done\r\n")["events"] == [
        {"type": "result", **common},
        {"type": "outcome", "verdict": 1, "scope": 2, "flags": 1, **common},
        {"type": "done", "transaction": 1},
    ]


def test_a_name_that_cannot_be_sent_is_an_error() -> None:
    assert result("client", hostname="a b") == {"error": "argument"}


def test_a_position_outside_of_the_input_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ehlo.ProtocolError(ehlo.ErrorCode.SYNTAX, 4)

    monkeypatch.setattr(ehlo, "parse_path", refuse)
    assert result("parse_path", path="<a>") == {"fault": "syntax at 4: the position is not in the input"}


def test_two_ways_to_a_fact_that_differ_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ehlo.Path, "__str__", lambda path: "b")
    assert result("parse_path", path="<a@x>") == {"fault": "a path is not its text"}


def test_a_body_that_is_not_its_pieces_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def content() -> Any:
        session = result("server", extensions=["CHUNKING"], asks=0)["session"]
        pieces = ["EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nBDAT 3\r\nabc"]
        return result("turn", session=session, force=True, pieces=pieces)

    assert content()["events"][-2] == {"type": "body", "body": "abc"}
    monkeypatch.setattr(e.Body, "__len__", lambda body: 1)
    assert content() == {"fault": "a body is not its pieces"}


def test_input_is_overwritten_after_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[memoryview] = []
    parse_path = ehlo.parse_path

    def keep(text: Any, **options: bool) -> ehlo.Path:
        path = parse_path(text, **options)
        kept.append(path.whole)
        return path

    monkeypatch.setattr(ehlo, "parse_path", keep)
    for _ in range(3):
        result("parse_path", path="<a@x>")
    assert sorted(map(bytes, kept)) == [b"<a@x>", b"\xff" * 5, b"\xff" * 5]
