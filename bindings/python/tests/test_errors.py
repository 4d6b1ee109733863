"""Errors as objects."""

from __future__ import annotations

import pickle

import pytest

import ehlo
from ehlo import ErrorCode, Extension, aio


@pytest.mark.parametrize(
    "error",
    [
        ehlo.ArgumentError(ErrorCode.ARGUMENT),
        ehlo.ClosedError(),
        ehlo.NotOfferedError(lacks=Extension.SIZE),
        ehlo.ProtocolError(ErrorCode.BAD_BASE64, 5),
        ehlo.StateError(ErrorCode.STATE),
        aio.Aborted(ErrorCode.CONNECTION_LOST),
        aio.Cancelled(),
        aio.ClientError(ErrorCode.SHUTDOWN, 421, "4.3.2", "later"),
        aio.Refuse(550, "no such user", enhanced="5.1.1"),
        aio.Refuse(451),
    ],
    ids=repr,
)
def test_an_error_survives_a_pickle(error: Exception) -> None:
    error.note = "seen"  # type: ignore[attr-defined]
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))
