"""Writes the C source of the extension: generate.py HEADER... OUTPUT, the headers in the order of their includes.

cffi wants declarations without preprocessor lines. They are made from the headers themselves, so that a constant,
a struct or a function that is added there is in the extension, and the C compiler checks all of them again.
"""

import re
import sys
from pathlib import Path

import cffi


def declarations(header: str) -> str:
    """What cffi can read of a header: its declarations, and its numeric macros as constants."""
    text = re.sub(r"/\*.*?\*/", "", header.replace("\\\n", " "), flags=re.S)
    text = re.sub(r'extern "C" \{|^\}$', "", text, flags=re.M)
    text = re.sub(r"__attribute__\(\(.*?\)\)", "", text).replace("EHLO_API ", "")
    lines = []
    for line in text.splitlines():
        constant = re.match(r"#define (EHLO_[A-Z0-9_]+) +(.+)", line)
        if constant and not constant[2].startswith('"') and constant[1] != "EHLO_API":
            lines.append(f"#define {constant[1]} ...")
        elif not line.startswith("#"):
            lines.append(line)
    return "\n".join(lines)


def main() -> None:
    *headers, output = map(Path, sys.argv[1:])
    builder = cffi.FFI()
    for header in headers:
        builder.cdef(declarations(header.read_text(encoding="utf-8")))
    builder.set_source("ehlo._ehlo", '#include <ehlo.h>\n#include "glue.h"\n', py_limited_api=True)
    builder.emit_c_code(str(output))


main()
