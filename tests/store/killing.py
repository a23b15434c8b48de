"""Killing a process while it writes to a store, at one point or another, and looking at what it left."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from smpolicy.store import NEW
from tests.store.places import AT, Place, row

EVENTS = 3
"""How many events the child writes in each transaction."""
POINTS = 60
"""At how many points of some transactions the child kills itself: before and after every statement and commit."""


def kill_writers(place: Place, times: int) -> int:
    """Kill a writing process so many times, and return how many events were acknowledged in all.

    Half of them kill themselves at a statement, each at another; half are killed from outside at any moment, so that it
    is the database's own commit that is cut short.

    Raises:
        AssertionError: an acknowledged event is lost, a transaction is there in part, or the chain does not verify.
    """
    chance = random.Random(7)
    place.open().close()
    total = 0
    for time_ in range(times):
        point = time_ // 2 % POINTS if time_ % 2 else None
        acknowledged = _run_child(place, point, chance.uniform(0, 0.03))
        with place.open() as store:
            found = store.verify()
            assert found.sound, (time_, point, found)
            count = found.head.count
            assert count % EVENTS == 0, (time_, point, count)
            assert not acknowledged or count >= acknowledged[-1], (time_, point, count, acknowledged[-1])
            for number in acknowledged:
                kept = store.event(number)
                assert kept is not None
                assert kept.secret == {"last": number}
        total += len(acknowledged) * EVENTS
    return total


def _run_child(place: Place, point: int | None, seconds: float) -> list[int]:
    """Return the numbers of the last events of the transactions that a child saw written before it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            _write(place, writing, point)
        finally:
            os._exit(1)
    os.close(writing)
    said = b""
    if point is None:
        said += os.read(reading, 100)  # it has begun to write
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    while chunk := os.read(reading, 65536):
        said += chunk
    os.close(reading)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    return [int(each) for each in said.split(b"\n")[:-1]]


def _write(place: Place, acknowledging: int, point: int | None) -> None:
    with place.open(wait=30) as store:
        if point is not None:
            _kill_at(point, store._engine)
        while True:
            with store.writing() as writer:
                first = writer.append("submitted", AT, case=NEW, secret={"first": 1})
                writer.append("commented", AT + timedelta(seconds=1), case=first.number)
                last = writer.append("said", AT + timedelta(seconds=2), secret={"last": first.number + 2})
                writer.index(row(first.number, 2))
            os.write(acknowledging, b"%d\n" % last.number)


def _kill_at(point: int, engine: Any) -> None:
    left = [point]

    def reached(*_: object, **__: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "begin", "commit"):
        event.listen(engine, name, reached)
