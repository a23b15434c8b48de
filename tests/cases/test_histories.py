"""Histories of a desk: whatever is done in whatever order, the real one and the model of it show the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from smpolicy import forward
from smpolicy.cases.chaining import chaining
from smpolicy.cases.standing import conclude
from tests.cases.building import open_desk
from tests.cases.histories import History

HISTORIES = 120
STEPS = 12


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty store: copying it is quicker than making another."""
    folder = tmp_path_factory.mktemp("empty") / "store"
    folder.mkdir()
    open_desk(folder).close()
    return folder


@pytest.mark.parametrize("part", range(4))
def test_equal_the_model(empty: Path, tmp_path: Path, part: int) -> None:
    """Submissions, answers, approvals, loans, edits, refusals, releases and passing time come to what they must."""
    seen: list[str] = []
    ways = [conclude, *([chaining()] if forward.available() else [])]
    for number in range(part, HISTORIES, 4):
        folder = shutil.copytree(empty, tmp_path / str(number))
        with open_desk(folder, conclude=ways[number // 4 % len(ways)]) as desk:
            history = History(desk, number)
            history.run(STEPS)
            assert desk.verify().sound
        seen += history.seen
    done = {each.partition(":")[0] for each in seen if ": done" in each}
    assert {"submit", "approve", "release", "delegate"} <= done
