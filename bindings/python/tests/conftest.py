"""Shared by all tests."""

from __future__ import annotations

import inspect
import logging
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from kit import Certificate, run


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"))


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs tests that are coroutines, each in a loop of its own, which must log no error."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    complaints: list[logging.LogRecord] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = complaints.append  # type: ignore[assignment, method-assign]
    logging.getLogger("asyncio").addHandler(handler)
    try:
        run(
            pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters})
        )
    finally:
        logging.getLogger("asyncio").removeHandler(handler)
    assert [record.getMessage() for record in complaints] == []
    return True
