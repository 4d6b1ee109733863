"""Modules of tests/clients, under names that the modules here can import."""

import pathlib
import sys

# After our own folder, which has a conftest.py too.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "clients"))

from postfix_instance import Postfix, free_port
from samples import HEADER, SAMPLES, large
from sink_process import PATIENCE, ROOT, wait_until

__all__ = ["HEADER", "PATIENCE", "ROOT", "SAMPLES", "Postfix", "free_port", "large", "wait_until"]
