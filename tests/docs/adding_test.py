#!/usr/bin/env python3
"""Counts the files that name the extensions of docs/adding-an-extension.md, and compares its rows with the library's.

Usage: adding_test.py SOURCE_FOLDER"""
import pathlib
import re
import sys

# The number of files that may name the extension, besides its tests and docs.
LIMITS = {"MT-PRIORITY": 3, "ETRN": 5}
FOLDERS = ("capi", "lib", "bindings", "examples", "fuzz", "bench", "tools", "tests/runner", "tests/testee", "tests/support")
# Tests, their data, texts, and files that a build generates from the rows.
OTHERS = re.compile(r"_test\.(cpp|py|go)$|/tests/test_|/corpus/|\.(md|jsonl|svg)$|/constants\.(py|go)$|/(\.|__)|/subprojects/")


def files_that_know(source, keyword):
    word = re.compile(keyword.replace("-", "[-_]?"), re.IGNORECASE)
    for folder in FOLDERS:
        for path in sorted((source / folder).rglob("*")):
            name = path.relative_to(source).as_posix()
            if path.is_file() and not path.is_symlink() and not OTHERS.search("/" + name):
                if word.search(path.read_text(encoding="utf-8", errors="ignore")):
                    yield name


def main():
    source = pathlib.Path(sys.argv[1])
    rows = (source / "capi/ehlo_rows.def").read_text()
    added = re.findall(r"^\+(?!\+)(.*)$", (source / "docs/adding-an-extension.md").read_text(), re.MULTILINE)
    assert added, "the page has no diff"
    for line in added:
        assert line + "\n" in rows, f"the page has a line that is not in the rows: {line}"
    for keyword, limit in LIMITS.items():
        assert any(f'"{keyword}"' in line for line in added), f"the page does not show {keyword}"
        known = list(files_that_know(source, keyword))
        assert "capi/ehlo_rows.def" in known, f"no row of {keyword}"
        assert len(known) <= limit, f"{keyword} is known in {len(known)} files: {' '.join(known)}"
        print(f"{keyword}: {len(known)} of at most {limit} files")


main()
