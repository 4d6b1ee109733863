"""The extension: cffi's view of the C API. What it holds is checked by the compiler, not by mypy."""

from typing import Any

ffi: Any
lib: Any
