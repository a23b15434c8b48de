"""Several processes at one desk; tests/soak/test_crowd.py has them record twenty thousand events."""

from __future__ import annotations

from pathlib import Path

from tests.cases.crowd import work_together


def test_eight_processes(tmp_path: Path) -> None:
    """Eight processes lose nothing, double nothing, and release no case twice."""
    assert work_together(str(tmp_path / "desk.db"), tmp_path, 400) >= 400
