"""Runs conformance vectors through the binding: vectors.py FILE.jsonl...

Prints a line `FAIL file:line why` for each failing case; the last line is `N passed, N failed`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ehlo

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parent))
from conformance import case as cases
from conformance import client_kinds, server_kinds, syntax_kinds

Case = dict[str, Any]


def kind_of(case: Case) -> Callable[[Case], None]:
    """The kind of a case, by what it has."""
    expect = case.get("expect", {})
    if "steps" in case:
        return server_kinds.run_session if "send" in case["steps"][0] else client_kinds.run_client_session
    if "line" in case:
        return syntax_kinds.run_command
    if "path" in case:
        return syntax_kinds.run_address
    if "command" in case and "params" in case:
        return syntax_kinds.run_params
    if "bytes" in case:
        # An error alone does not say which of the two kinds a case is of: there the id does.
        hello = "capabilities" in expect or "ehlo-" in str(case.get("id", ""))
        return syntax_kinds.run_hello if hello else syntax_kinds.run_reply
    if "chunks" in case:
        return server_kinds.run_data if "end" in expect else client_kinds.run_data_encode
    raise cases.Fault("bad case: of no known kind")


def not_due(folder: Path) -> set[str]:
    """The ids of not_due.txt beside the vectors: one "id reason" a line."""
    path = folder / "not_due.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def run_file(name: str) -> tuple[int, int]:
    """The cases that passed, and those that failed."""
    passed = failed = 0
    skipped = not_due(Path(name).parent)
    for number, line in enumerate(Path(name).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            if case["id"] in skipped:
                continue
            kind_of(case)(case)
            passed += 1
        except (cases.Fault, ehlo.Error, LookupError, ValueError, TypeError, AttributeError) as fault:
            failed += 1
            why = " ".join(f"{type(fault).__name__}: {fault}".split())
            print(f"FAIL {name}:{number} {why}")
    if passed + failed == 0:
        print(f"FAIL {name}:0 no case in the file")
        failed = 1
    return passed, failed


def main(names: list[str]) -> int:
    if not names:
        print("usage: vectors.py FILE.jsonl...", file=sys.stderr)
        return 2
    passed = failed = 0
    for name in names:
        try:
            counts = run_file(name)
        except OSError as error:
            print(f"FAIL {name}:0 {error}")
            counts = 0, 1
        passed, failed = passed + counts[0], failed + counts[1]
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
