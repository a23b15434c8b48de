"""The soak of the desk: fifty thousand generated histories, each equal to the model.

Run it with `pytest -m soak tests/soak/test_histories.py -n 2`. SOAK_HISTORIES sets another number.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from smpolicy import forward
from smpolicy.cases.chaining import chaining
from smpolicy.cases.standing import conclude
from tests.cases.building import open_desk
from tests.cases.histories import History

HISTORIES = int(os.environ.get("SOAK_HISTORIES", "50000"))
PARTS = 8
STEPS = 12


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_histories_equal_the_model(tmp_path: Path, part: int) -> None:
    """Whatever is done in whatever order, by forward chaining and in plain Python, comes to what it must."""
    empty = tmp_path / "empty"
    empty.mkdir()
    open_desk(empty).close()
    seen: Counter[str] = Counter()
    ways = [conclude, *([chaining()] if forward.available() else [])]
    for number in range(1_000_000 + part, 1_000_000 + HISTORIES, PARTS):
        folder = shutil.copytree(empty, tmp_path / "history")
        with open_desk(folder, conclude=ways[number // PARTS % len(ways)]) as desk:
            history = History(desk, number)
            try:
                history.run(STEPS)
            except Exception as error:
                error.add_note(f"history {number}, after {history.seen}")
                raise
        seen.update(history.seen)
        shutil.rmtree(folder)
    verbs = {each.partition(":")[0] for each in seen if ": done" in each}
    assert {"submit", "answer", "attest", "edit", "approve", "take_back", "refuse", "withdraw", "release", "review",
            "delegate", "revoke"} <= verbs  # fmt: skip
