#!/usr/bin/env python3
"""Writes the C block that has a given text in it from a Markdown file, so that the tests compile what readers copy."""
import pathlib
import re
import sys

source, text, target = sys.argv[1:4]
blocks = re.findall(r"^```c\n(.*?)^```$", pathlib.Path(source).read_text(encoding="utf-8"), re.M | re.S)
wanted = [block for block in blocks if text in block]
if len(wanted) != 1:
    sys.exit(f"{source}: {len(wanted)} C blocks with {text}")
pathlib.Path(target).write_text(wanted[0], encoding="utf-8")
