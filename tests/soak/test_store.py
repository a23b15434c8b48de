"""The soak of the store: two hundred writers killed at every point of a write, and eight that write at once.

Run it with `pytest -m soak tests/soak/test_store.py`; SOAK_KILLS and SOAK_EVENTS set other numbers.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from pathlib import Path

import pytest

from smpolicy.store import Store
from tests.store.killing import kill_writers
from tests.store.places import AT, Place

KILLS = int(os.environ.get("SOAK_KILLS", "200"))
EVENTS = int(os.environ.get("SOAK_EVENTS", "20000"))

pytestmark = pytest.mark.soak


def test_killed(tmp_path: Path) -> None:
    """No acknowledged event is lost, none is half there, and the chain verifies, however often a writer is killed."""
    assert kill_writers(Place(str(tmp_path / "store.db")), KILLS) > KILLS


def test_many_writers(tmp_path: Path) -> None:
    """Eight processes write to one store, as many events as SOAK_EVENTS says; none is lost, and none doubled."""
    url = str(tmp_path / "store.db")
    context = multiprocessing.get_context("spawn")
    each = EVENTS // 8
    workers = [context.Process(target=_write, args=[url, name, each]) for name in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 8
    with Store.open(url) as store:
        written = Counter((event.by, event.data["index"]) for event in store.events())
        assert written == Counter((f"process-{name}", index) for name in range(8) for index in range(each))
        assert store.verify(str(store.head())).sound


def _write(url: str, name: int, events: int) -> None:
    with Store.open(url, wait=120) as store:
        for index in range(events):
            with store.writing() as writer:
                writer.append("said", AT, f"process-{name}", data={"index": index}, secret=index)
