"""The names that libehlo.so exports are those of capi/symbols.txt: no more, no fewer."""
import subprocess
import sys


def exported(library: str) -> list[str]:
    table = subprocess.run(
        ["nm", "-D", "--defined-only", "--format=posix", library], check=True, capture_output=True, text=True
    ).stdout
    return sorted(line.split()[0].split("@")[0] for line in table.splitlines())


def main() -> int:
    library, golden = sys.argv[1:]
    names = exported(library)
    with open(golden, encoding="ascii") as lines:
        expected = lines.read().split()
    for name in sorted(set(names) ^ set(expected)):
        print(name, "is not in the list" if name in names else "is not exported")
    if expected != sorted(expected):
        print("the list is not sorted")
    return 0 if names == expected else 1


if __name__ == "__main__":
    sys.exit(main())
