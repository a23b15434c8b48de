"""The soak of mutation: what the shipped ruleset's scenarios and witnesses would not notice is known and told.

Run it with `pytest -m soak tests/soak/test_mutation.py`: some ten minutes on a core of its own. SOAK_MUTANTS=10 makes
one change in ten, always the same ones.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smpolicy.loading.locations import rulesets_folder
from smpolicy.testing.mutation import mutate

ROOT = Path(__file__).parents[2]
ONE_IN = int(os.environ.get("SOAK_MUTANTS", "1"))
LEAST = 95


@pytest.mark.soak
def test_scenarios_and_witnesses_notice_changes_to_the_shipped_ruleset() -> None:
    """The score is at least 95, and each change that nothing notices is listed in the reference, with a reason."""
    found = mutate(rulesets_folder() / "iacp-2019", [ROOT / "tests" / "scenarios"], one_in=ONE_IN)
    listed = (ROOT / "docs" / "reference" / "mutation.md").read_text(encoding="utf-8")
    told = [f"| {each.mutant.thing} | {each.mutant.operator} | {each.mutant.change} |" for each in found.survivors]
    assert [each for each in told if each not in listed] == []
    assert found.score >= LEAST
