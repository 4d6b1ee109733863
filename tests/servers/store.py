"""Folders in which servers live and store, and the files in them."""

import os
import pathlib
import re
import shutil
import tempfile


def new_folder(name: str) -> pathlib.Path:
    """Not under pytest's own, which is closed to the accounts that servers run as; and short, for the sockets in it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-"))
    folder.chmod(0o755)
    return folder


def remove_folder(folder: pathlib.Path) -> None:
    """Removes a folder that may have been the root of a server, after making sure that nothing is mounted in it."""
    mounts = [line.split(" ")[1] for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    inside = [mount for mount in mounts if mount.startswith(f"{folder}/")]
    assert not inside, f"will not remove {folder}: {inside}"
    shutil.rmtree(folder)


def files_in(folder: pathlib.Path) -> list[pathlib.Path]:
    """All files below a folder. os.walk does not mind when a server removes a folder meanwhile."""
    return [pathlib.Path(parent, name) for parent, _, names in os.walk(folder) for name in names]


def remove_files(folder: pathlib.Path) -> None:
    for path in files_in(folder):
        path.unlink()


def split_trace(pattern: re.Pattern[bytes], stored: bytes) -> tuple[re.Match[bytes], bytes]:
    """Takes off the header fields that a server puts on top: all that `pattern` has, and they must be there."""
    match = pattern.match(stored)
    assert match, f"not what this server puts on top: {stored[:1000]!r}"
    return match, stored[match.end() :]


def from_line_feeds(stored: bytes) -> bytes:
    """The content of a file that a server writes with line feeds, as it says."""
    assert b"\r" not in stored, "a CR in a file whose lines end with LF"
    return stored.replace(b"\n", b"\r\n")
