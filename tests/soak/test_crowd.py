"""The soak of a desk at which many work: eight processes, twenty thousand events.

Run it with `pytest -m soak tests/soak/test_crowd.py`; SOAK_EVENTS sets another number.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cases.crowd import work_together

EVENTS = int(os.environ.get("SOAK_EVENTS", "20000"))


@pytest.mark.soak
def test_eight_processes(tmp_path: Path) -> None:
    """None of the events is lost, none doubled, and no case is released twice."""
    assert work_together(str(tmp_path / "desk.db"), tmp_path, EVENTS) >= EVENTS
