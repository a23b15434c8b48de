"""The soak of contradictions: what is said of many generated agencies, held against decisions.

Run it with `pytest -m soak tests/soak`. SOAK_AGENCIES sets another number of agencies.
"""

from __future__ import annotations

import os

import pytest

from tests.analysis.contradictions.test_any_agency import look_at_idle_choices

AGENCIES = int(os.environ.get("SOAK_AGENCIES", "200"))


@pytest.mark.soak
def test_idle_choices_of_many_agencies_change_no_decision() -> None:
    """Under many agencies, a choice said to have no effect has none on any of many actions."""
    assert look_at_idle_choices(AGENCIES, 40)
