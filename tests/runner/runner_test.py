"""The runner finds what is wrong: against testees that answer wrongly, crash, hang or answer what is no response.

runner_test.py VECTORS
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

VECTORS = sys.argv.pop(1)

# Answers parse_reply as a library would that knows one reply; `ANSWER` makes of a call what is printed for it.
TESTEE = """#!{python}
import json, os, signal, sys, time
def right(call):
    return {{"code": 250, "length": 8, "lines": ["ok"]}}
{answer}
for line in sys.stdin:
    calls = json.loads(line)["calls"]
    print(json.dumps({{"results": [answer(call) for call in calls]}}), flush=True)
"""

# Plays the testee of the C API, and makes something else of a request: `ANSWERS` gives the results.
PROXY = """#!{python}
import json, subprocess, sys
testee = subprocess.Popen([{testee!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def ask(request):
    testee.stdin.write(json.dumps(request) + "\\n")
    testee.stdin.flush()
    results = json.loads(testee.stdout.readline())["results"]
    return [results[r["same"]] if "same" in r else r for r in results]
{answers}
for line in sys.stdin: print(json.dumps({{"results": answers(json.loads(line))}}), flush=True)
"""

# Shows the pieces of each call as one.
JOINING = r"""
def answers(request):
    octets, numbers = request.get("octets", []), []
    for call in request["calls"]:
        pieces = call.get("pieces") or []
        parts = [p if isinstance(p, str) else octets[p[0]][p[1]:p[2]] for p in pieces]
        numbers.append(len(pieces))
        if pieces: call["pieces"] = ["".join(parts)]
    return [r | ({"pieces": n} if "pieces" in r else {}) for r, n in zip(ask(request), numbers)]
"""

# Shows in the turn of a client's call already what answers the call.
HASTY = r"""
shown = set()
def answers(request):
    for call in request["calls"]:
        if call.get("session") in shown and "pieces" in call: call["pieces"] = ["" for piece in call["pieces"]]
    results = ask(request)
    for number, call in enumerate(request["calls"]):
        if "do" not in call: continue
        shown.add(call["session"])
        turn = {"call": "client_turn", "session": call["session"], "pieces": ["250 a\r\n"]}
        results[number] = ask({"calls": [turn]})[0] | {"output": results[number]["output"]}
    return results
"""

# Changes the answers that it is given and the events that it gives.
CHANGING = r"""
def answers(request):
    for call in request["calls"]:
        for answer in call.get("answers", []): change_answer(answer)
    results = ask(request)
    for result in results:
        for event in result.get("events", []): change_event(event)
    return results
"""

# Each says something that is not so.
WRONG = {
    "commands": [{"line": "NOOP\r\n", "expect": {"verb": "QUIT", "arg": None}}],
    "addresses": [{"path": "<a@b.example>", "kind": "forward", "smtputf8": False, "expect": {"valid": False}}],
    "params": [
        {"command": "MAIL", "params": "SIZE=1", "expect": {"params": [{"name": "SIZE", "value": "1", "decoded": "2"}]}}
    ],
    "replies": [
        {"bytes": "250 ok\r\n", "expect": {"code": 250, "lines": ["no"], "enhanced": None, "remaining": ""}},
        {"bytes": "250 ok\r\n", "expect": {"error": "malformed-reply"}},
    ],
    "ehlo": [{"bytes": "250 a\r\n", "expect": {"domain": "b", "capabilities": [], "size_limit": None, "auth": None}}],
    "data": [
        {"chunks": ["a\r\n.\r\n"], "expect": {"end": True, "body": "b\r\n", "rest": "", "violations": []}},
        {"chunks": ["a\nb\r\n.\r\n"], "expect": {"end": True, "body": "a\nb\r\n", "rest": "", "violations": []}},
    ],
    "data_encode": [{"chunks": ["a\r\n"], "expect": {"wire": "a\r\n"}}],
    "sessions": [
        {"steps": [{"send": "", "expect": [221]}]},
        {"steps": [{"send": "", "expect": [220]}, {"messages_count": 1}]},
        {"steps": [{"send": "", "expect": [220]}, {"closed": True}]},
        {"steps": [{"send": "", "expect": [220]}, {"send": "EHLO a.example\r\n", "expect": [250]}, {"ehlo_lacks": ["SIZE"]}]},
    ],
    "client_sessions": [
        {"steps": [{"feed": "220 a\r\n", "events": [["greeting", 221]]}]},
        {"steps": [{"do": ["mail", "a@b.example"], "out": "MAIL FROM:<a@b.example>\r\n"}]},
        {"steps": [{"feed": "220 a\r\n", "events": [["greeting", 220]]}, {"outstanding": 1}]},
    ],
}

NONSENSE = "print('{}', flush=True); time.sleep(600)"

# What a testee does at a case, and why that fails.
FAILING = {
    "wrong answer": ("return right(call) | {'code': 251}", "the code is 251"),
    "broken promise": ("return {'fault': 'a\\nview'}", "the testee found: a view"),
    "unknown call": ("return {'unknown': True}", "the testee does not know parse_reply"),
    "crash": ("os.kill(os.getpid(), signal.SIGSEGV)", "the testee crashed: signal 11"),
    "end": ("os._exit(3)", "the testee ended with the status 3"),
    "hanging": ("time.sleep(600)", "the testee gives no answer within 5 s"),
    "nonsense": (NONSENSE.format("nonsense"), 'the testee answers no response: "nonsense\\n"'),
    "no list": (NONSENSE.format('{"results": 1}'), r'the testee answers no response: "{"results": 1}\n"'),
    "too few results": (NONSENSE.format('{"results": []}'), "the testee gives 0 results to 1 calls"),
}

LOGIN = [
    {"send": "", "expect": [220]},
    {"send": "EHLO a.example\r\n", "expect": [250]},
    {"send": "AUTH PLAIN AHUAcA==\r\n", "expect": [535]},
]

GOOD = {"id": "good", "bytes": "250 ok\r\n", "expect": {"code": 250, "enhanced": None, "lines": ["ok"], "remaining": ""}}
BAD = {**GOOD, "id": "bad", "bytes": "250 no\r\n"}


class Runner(unittest.TestCase):
    def play(self, answer: str, files: dict[str, list], *options: str, not_due: str = "") -> tuple[int, list[str]]:
        """The exit code and the lines, with the folder left out of them."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            program = folder / "testee"
            program.write_text(TESTEE.format(python=sys.executable, answer=answer))
            program.chmod(0o755)
            (folder / "not_due.txt").write_text(not_due)
            for file, cases in files.items():
                (folder / file).write_text("".join(json.dumps(case) + "\n" for case in cases))
            command = [VECTORS, "--testee", str(program), *options, *(str(folder / file) for file in files)]
            clean = {key: value for key, value in os.environ.items() if key != "EHLO_TESTEE_WRAPPER"}
            done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=clean)
            self.assertEqual(done.stderr, "")
            return done.returncode, done.stdout.replace(f"{folder}/", "").splitlines()

    def check(self, answer: str, lines: list[str], *options: str, code: int = 1) -> None:
        files = {"replies.jsonl": [GOOD, BAD, {**GOOD, "id": "last"}]}
        self.assertEqual(self.play("def answer(call):\n" + answer, files, *options), (code, lines))

    def test_all_right(self) -> None:
        self.check("    return right(call)", ["3 passed, 0 failed"], code=0)

    def test_testee_that_fails_at_a_case_fails_it_alone(self) -> None:
        for what, (answer, reason) in FAILING.items():
            with self.subTest(what):
                lines = [f"FAIL replies.jsonl:2 bad {reason}", "2 passed, 1 failed"]
                self.check(f"    if 'no' in call['octets']: {answer}\n    return right(call)", lines, "--patience", "5")

    def test_bad_end(self) -> None:
        self.check(
            "    import atexit; atexit.register(os._exit, 1); return right(call)",
            ["FAIL - at the end: the testee ended with the status 1", "3 passed, 1 failed"],
        )

    def play_here(self, file: str, cases: list, *options: str) -> list[str]:
        """Against the testee of the C API, which is beside the runner."""
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / file
            path.write_text("".join(json.dumps({"id": str(i), **case}) + "\n" for i, case in enumerate(cases)))
            command = [VECTORS, *options, str(path)]
            return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout.splitlines()

    def play_by_proxy(self, answers: str, file: str, case: dict) -> list[str]:
        """A case that is good."""
        self.assertEqual(self.play_here(file, [case]), ["1 passed, 0 failed"])
        with tempfile.TemporaryDirectory() as name:
            program, testee = Path(name) / "testee", str(Path(VECTORS).parent / "testee")
            program.write_text(PROXY.format(python=sys.executable, testee=testee, answers=answers))
            program.chmod(0o755)
            return self.play_here(file, [case], "--testee", str(program))

    def test_wrong_expectations_fail(self) -> None:
        for kind, cases in WRONG.items():
            lines = self.play_here(f"{kind}.jsonl", cases)
            self.assertEqual(lines[-1], f"0 passed, {len(cases)} failed", lines)
            self.assertFalse([line for line in lines if "bad case" in line])

    def test_testee_that_joins_pieces_fails(self) -> None:
        session = {"steps": [{"send": "", "expect": [220]}, {"send": "NOOP\r\nQUIT\r\n", "expect": [250, 221]}]}
        client = {"steps": [{"feed": "220 a\r\n", "events": [["greeting", 220]]}]}
        data = {"chunks": ["abcdef"], "expect": {"end": False, "violations": []}}
        for file, case in (("sessions.jsonl", session), ("client_sessions.jsonl", client), ("data.jsonl", data)):
            lines = self.play_by_proxy(JOINING, file, case)
            self.assertIn("the testee has not shown each piece", lines[0])
            self.assertEqual(lines[-1], "0 passed, 1 failed")

    def test_events_of_a_turn_that_shows_nothing_fail(self) -> None:
        steps = [
            {"feed": "220 a\r\n", "events": [["greeting", 220]]},
            {"do": ["ehlo", "c.example"], "out": "EHLO c.example\r\n"},
            {"feed": "250 a\r\n", "events": [["reply", "EHLO", 250]]},
        ]
        lines = self.play_by_proxy(HASTY, "client_sessions.jsonl", {"steps": steps})
        self.assertRegex(lines[0], "whole: step 1: events come of a turn that shows nothing$")
        self.assertEqual(lines[1:], ["0 passed, 1 failed"])

    def test_keyword_that_nobody_knows(self) -> None:
        expect = {"domain": "a", "capabilities": [], "size_limit": None, "auth": None}
        for keyword in ("PIPELINIG", "size"):
            hello = {"bytes": "250 a\r\n", "expect": {**expect, "usable": {"SIZE": False, keyword: False}}}
            steps = [{"send": "", "expect": [220]}, {"send": "EHLO a.example\r\n", "expect": [250]}]
            session = {"steps": [*steps, {"ehlo_lacks": ["REQUIRETLS", keyword]}]}
            for file, case in (("ehlo.jsonl", hello), ("sessions.jsonl", session)):
                lines = self.play_here(file, [case])
                self.assertTrue(lines[0].endswith(f' 0 bad case: "{keyword}" is no known extension'), lines)
                self.assertEqual(lines[1:], ["0 passed, 1 failed"])

    def test_folder_without_vectors(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "empty").mkdir()
            (folder / "replies.jsonl").write_text(json.dumps(GOOD) + "\n")
            command = [VECTORS, str(folder / "replies.jsonl"), str(folder / "empty")]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            reason = f"FAIL {folder}/empty:0 - the folder has no .jsonl file, or cannot be read"
            self.assertEqual((done.returncode, done.stdout.splitlines()), (1, [reason, "1 passed, 1 failed"]))

    def test_wrapper_has_an_argument_a_line(self) -> None:
        with tempfile.TemporaryDirectory(prefix="with space ") as name:
            wrapper = Path(name) / "wrapper"
            wrapper.write_text('#!/bin/sh\n[ "$1" = "two words" ] && [ $# -eq 2 ] && exec "$2"\n')
            wrapper.chmod(0o755)
            path = Path(name) / "replies.jsonl"
            path.write_text(json.dumps(GOOD) + "\n")
            wrapped = {**os.environ, "EHLO_TESTEE_WRAPPER": f"{wrapper}\ntwo words"}
            done = subprocess.run([VECTORS, str(path)], capture_output=True, text=True, timeout=120, env=wrapped)
            self.assertEqual((done.stdout, done.stderr), ("1 passed, 0 failed\n", ""))

    def check_changed(self, file: str, steps: list, reason: str, answer: str = "pass", event: str = "pass") -> None:
        change = f"def change_answer(answer):\n    {answer}\ndef change_event(event):\n    {event}\n"
        lines = self.play_by_proxy(CHANGING + change, file, {"steps": steps})
        self.assertTrue(lines[0].endswith(reason), lines)
        self.assertEqual(lines[1:], ["0 passed, 1 failed"])

    def test_status_code_of_an_answer_that_is_lost(self) -> None:
        reason = "whole: no reply has the status code of its answer: 535 5.7.8 "
        self.check_changed("sessions.jsonl", LOGIN, reason, answer="if answer[1] == 'reply': answer[3] = None")

    def test_mark_of_credentials_that_is_lost_or_on_what_has_none(self) -> None:
        reason = "whole: an event of AUTH is not marked as secret"
        self.check_changed("sessions.jsonl", LOGIN, reason, event="event['flags'] = event.get('flags', 0) & ~2")
        reason = "whole: a command without credentials is marked as secret"
        self.check_changed("sessions.jsonl", LOGIN, reason, event="event['flags'] = event.get('flags', 0) | 2")

    def test_number_of_a_transaction_that_stands_still(self) -> None:
        steps = [{"feed": "220 a\r\n", "events": [["greeting", 220]]}]
        steps += [
            {"do": ["ehlo", "c.example"], "out": "EHLO c.example\r\n"},
            {"feed": "250 a\r\n", "events": [["reply", "EHLO", 250]]},
        ]
        for _ in range(2):
            steps += [
                {"do": ["mail", "a@b.example"], "out": "MAIL FROM:<a@b.example>\r\n"},
                {"feed": "550 no\r\n", "events": [["reply", "MAIL", 550]]},
            ]
        reason = "whole: step 6: the transaction of a MAIL is 1"
        change = "event['transaction'] = min(event.get('transaction', 0), 1)"
        self.check_changed("client_sessions.jsonl", steps, reason, event=change)

    def test_kind_is_what_the_name_of_the_file_begins_with(self) -> None:
        files = {"replies-more.jsonl": [GOOD], "replies.2.jsonl": [GOOD]}
        self.assertEqual(self.play("answer = right", files), (0, ["2 passed, 0 failed"]))

    def test_not_due(self) -> None:
        files = {"replies.jsonl": [GOOD, BAD], "later.jsonl": [GOOD, BAD], "none.jsonl": [GOOD]}
        lines = ["FAIL none.jsonl:0 - the file is of no known kind", "3 not due", "1 passed, 1 failed"]
        not_due = "# why\nlater.jsonl not yet\nbad neither\n"
        self.assertEqual(self.play("answer = right", files, not_due=not_due), (1, lines))

    def test_kind_that_no_testee_knows(self) -> None:
        case = {"id": "a", "kind": "basic", "basic": 250, "retry": "done", "meaning": "done", "by": ["MAIL"]}
        lines = ["FAIL reply_codes.jsonl:1 a the testee does not know reply_code_info", "0 passed, 1 failed"]
        answer = "def answer(call): return {'unknown': True}"
        self.assertEqual(self.play(answer, {"reply_codes.jsonl": [case]}), (1, lines))

    def test_nothing_passed_is_a_failure(self) -> None:
        lines = ["1 not due", "0 passed, 0 failed"]
        self.assertEqual(self.play("answer = right", {"replies.jsonl": [GOOD]}, not_due="good no\n"), (1, lines))

    def test_case_that_says_more_than_is_known(self) -> None:
        lines = ['FAIL replies.jsonl:1 good bad case: "more" is not known in expect', "0 passed, 1 failed"]
        case = {**GOOD, "expect": {**GOOD["expect"], "more": 1}}
        self.assertEqual(self.play("answer = right", {"replies.jsonl": [case]}), (1, lines))


if __name__ == "__main__":
    unittest.main()
