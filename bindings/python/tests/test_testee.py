"""The testee of the vectors: the form of requests and responses, and that it finds broken promises."""

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
