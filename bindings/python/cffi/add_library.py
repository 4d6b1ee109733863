"""Puts the library's sources and the licence into a source distribution: there the links to them would point nowhere.

From the commit, as Meson takes the binding itself: what else lies in the tree does not slip in."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

binding = Path(os.environ["MESON_DIST_ROOT"])
link = Path("subprojects", "libehlo")
root = Path(os.environ["MESON_SOURCE_ROOT"], link).resolve()
target = binding / link
target.unlink(missing_ok=True)
target.mkdir(parents=True)
with tempfile.TemporaryDirectory() as scratch:
    archive = os.path.join(scratch, "libehlo.tar")
    names = ["capi", "lib", "LICENSE", "meson.build", "meson_options.txt"]
    subprocess.run(["git", "archive", "--output", archive, "HEAD", "--", *names], cwd=root, check=True)
    shutil.unpack_archive(archive, target)
(binding / "LICENSE").unlink(missing_ok=True)
shutil.copy2(target / "LICENSE", binding)
