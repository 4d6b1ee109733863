#!/usr/bin/env python3
"""Writes the first C block of a Markdown file to another file, so that the tests compile what the reader copies."""
import pathlib
import re
import sys

source, target = sys.argv[1:3]
block = re.search(r"^```c\n(.*?)^```$", pathlib.Path(source).read_text(encoding="utf-8"), re.M | re.S)
if block is None:
    sys.exit(f"{source}: no C block")
pathlib.Path(target).write_text(block.group(1), encoding="utf-8")
