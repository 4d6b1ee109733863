"""lib includes of the API only plain data, and the headers of plain data declare no function: data_headers.py ROOT."""
import re
import sys
from pathlib import Path

DATA = re.compile(r"ehlo_(?:\w+_)?types\.h|ehlo_rows\.(?:h|def)")


def public_includes(text: str) -> list[str]:
    return re.findall(r'^#include "(ehlo[^"]*)"', text, flags=re.M)


def main() -> int:
    root = Path(sys.argv[1])
    core = [path for path in (root / "lib").rglob("*") if path.suffix in (".h", ".cpp", ".rl")]
    data = [path for path in (root / "capi").iterdir() if DATA.fullmatch(path.name)]
    faults = []
    for path in core + data:
        text = path.read_text(encoding="utf-8")
        faults += [f"{path} includes {name}" for name in public_includes(text) if not DATA.fullmatch(name)]
    for path in data:
        if re.search(r"^EHLO_API", path.read_text(encoding="utf-8"), flags=re.M):
            faults.append(f"{path} declares a function")
    print("\n".join(faults))
    return 1 if faults or len(data) < 4 or len(core) < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
