"""The vectors through the binding, and the runner itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import vectors

FOLDER = Path(__file__).resolve().parents[3] / "tests" / "vectors"
FILES = sorted(FOLDER.glob("*.jsonl"))
OWN = sorted((FOLDER / "own").glob("*.jsonl"))


@pytest.mark.parametrize("path", FILES + OWN, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_case_passes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    passed, failed = vectors.run_file(str(path))
    assert failed == 0, capsys.readouterr().out
    assert passed == sum(1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def test_there_are_all_nine_kinds() -> None:
    assert len(FILES) == 9
    assert [path.name for path in OWN] == [path.name for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_wrong_expectation_fails(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    if "steps" in case:
        case["steps"].append({"messages_count": 77} if "send" in case["steps"][0] else {"outstanding": 77})
    else:
        case["expect"] = {"error": "no-such", "reply": 999, "valid": False, "end": False, "violations": ["x"]}
        if path.stem not in ("addresses", "data"):
            case["expect"] = {"error": "no-such", "reply": 999}
        elif path.stem == "addresses":
            case["expect"] = {"valid": not json.loads(path.read_text().splitlines()[0])["expect"]["valid"]}
        else:
            case["expect"] = {"end": False, "violations": ["bare-lf"]}
    changed = tmp_path / path.name
    changed.write_text(json.dumps(case) + "\n", encoding="utf-8")
    assert vectors.main([str(changed)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith(f"FAIL {changed}:1 ")
    assert out[-1] == "0 passed, 1 failed"
