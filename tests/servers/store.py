"""The folders of servers, and the files in them."""

import os
import pathlib
import re
import shutil
import tempfile


def new_folder(name: str) -> pathlib.Path:
    """Not in pytest's folder, which the accounts of the servers may not enter. The path is short, for sockets."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-"))
    folder.chmod(0o755)
    return folder


def remove_folder(folder: pathlib.Path) -> None:
    """Removes a folder that may have been the root of a server, after checking that nothing is mounted in it."""
    mounts = [line.split(" ")[1] for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    inside = [mount for mount in mounts if mount.startswith(f"{folder}/")]
    assert not inside, f"will not remove {folder}: {inside}"
    shutil.rmtree(folder)


def files_in(folder: pathlib.Path) -> list[pathlib.Path]:
    """All files below a folder. os.walk accepts that a server removes a folder meanwhile."""
    return [pathlib.Path(parent, name) for parent, _, names in os.walk(folder) for name in names]


def remove_files(folder: pathlib.Path) -> None:
    for path in files_in(folder):
        path.unlink()


def split_trace(pattern: re.Pattern[bytes], stored: bytes) -> tuple[re.Match[bytes], bytes]:
    """Removes the header fields that a server adds at the top: those of `pattern`, which must exist."""
    match = pattern.match(stored)
    assert match, f"not what this server puts on top: {stored[:1000]!r}"
    return match, stored[match.end() :]


def from_line_feeds(stored: bytes) -> bytes:
    """The content of a file that a server writes with line feeds, with CRLF instead."""
    assert b"\r" not in stored, "a CR in a file whose lines end with LF"
    return stored.replace(b"\n", b"\r\n")
