#!/usr/bin/env python3
"""Writes C blocks of a Markdown file to a C file, so that the tests compile what readers copy: the block with a given
text in it, or, without a text, all blocks in their order."""
import pathlib
import re
import sys

source, target, *text = sys.argv[1:]
blocks = re.findall(r"^```c\n(.*?)^```$", pathlib.Path(source).read_text(encoding="utf-8"), re.M | re.S)
wanted = [block for block in blocks if not text or text[0] in block]
if not wanted or (text and len(wanted) != 1):
    sys.exit(f"{source}: {len(wanted)} C blocks with {text}")
pathlib.Path(target).write_text("".join(wanted), encoding="utf-8")
