"""The soak of the store: two hundred writers killed at every point of a write, on SQLite, and on PostgreSQL if asked.

Run it with `pytest -m soak tests/soak/test_store.py`; SOAK_KILLS sets another number.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.store.killing import kill_writers
from tests.store.places import Place

KILLS = int(os.environ.get("SOAK_KILLS", "200"))

pytestmark = pytest.mark.soak


def test_killed(tmp_path: Path) -> None:
    """No acknowledged event is lost, none is half there, and the chain verifies, however often a writer is killed."""
    assert kill_writers(Place(str(tmp_path / "store.db")), KILLS) > KILLS
