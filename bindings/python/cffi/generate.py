"""Writes the C source of the extension: generate.py HEADER... OUTPUT

cffi wants declarations without preprocessor lines. They are made from the headers themselves, so that a constant,
a struct or a function that is added there is in the extension, and the C compiler checks all of them again.
"""

import re
import sys
from pathlib import Path

import cffi


def declarations(text: str) -> str:
    """What cffi can read of the expanded headers: their declarations, and their numeric macros as constants."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S).replace("EHLO_API ", "")
    text = re.sub(r'^#define \w+ ".*', "", text, flags=re.M)
    return re.sub(r"^#define (\w+) .*", r"#define \1 ...", text, flags=re.M)


def main() -> None:
    *headers, output = map(Path, sys.argv[1:])
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(headers[0].parent))  # the library's, beside its headers
    from expand import expand

    builder = cffi.FFI()
    builder.cdef(declarations(expand(*headers)))
    builder.set_source("ehlo._ehlo", '#include <ehlo.h>\n#include "glue.h"\n', py_limited_api=True)
    builder.emit_c_code(str(output))


main()
