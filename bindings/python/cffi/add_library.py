"""Puts the library's sources into a source distribution: there the link to the root of the tree would point nowhere."""

import os
import shutil
from pathlib import Path

source = Path(os.environ["MESON_SOURCE_ROOT"], "subprojects", "libehlo")
target = Path(os.environ["MESON_DIST_ROOT"], "subprojects", "libehlo")
target.unlink(missing_ok=True)
target.mkdir(parents=True)
for name in ("capi", "lib"):
    shutil.copytree(source / name, target / name)
for name in ("LICENSE", "meson.build", "meson_options.txt"):
    shutil.copy2(source / name, target / name)
