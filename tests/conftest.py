"""What all tests share: Hypothesis settings, and texts that are compared with files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("smpolicy", deadline=None, print_blob=True)
settings.load_profile("smpolicy")


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """A check that a text equals the one in this test's own file in tests/snapshots.

    With UPDATE_SNAPSHOTS=1 in the environment the files are written anew: read the difference before you commit it.
    """
    tests = Path(__file__).parent
    name = re.sub(r"[^\w.=-]+", "_", request.node.nodeid.partition("::")[2]).strip("_")
    path = tests / "snapshots" / request.path.relative_to(tests).with_suffix("") / f"{name}.txt"

    def check(text: str) -> None:
        text = text.rstrip("\n") + "\n"
        if os.environ.get("UPDATE_SNAPSHOTS"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.exists(), f"{path} is not there: run pytest with UPDATE_SNAPSHOTS=1 and read what it writes"
        assert text == path.read_text(encoding="utf-8")

    return check
