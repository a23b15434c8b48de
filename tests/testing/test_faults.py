"""Seeded faults: realistic mistakes in the files of the example agencies, which their suites of promises find."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from smpolicy.testing.counterexamples import PromiseBroken
from tests.testing.seeded import Fault, faults, faulty, finds, original, seeded_profile, suite

AGENCIES = ("alder-hollow", "marlow-bend", "quillan-county")
EVERY = int(os.environ.get("SMPOLICY_FAULTS_EVERY", "10"))
"""Each so many-th fault is tried ordinarily; with 1 all of them."""

FOUND = [fault for fault in faults() if not fault.missed]
MISSED = [fault for fault in faults() if fault.missed]


def test_at_least_forty_five_of_fifty_are_found() -> None:
    """There are fifty faults, over all agencies and their ruleset; at most five are missed, each with its reason."""
    assert [fault.number for fault in faults()] == list(range(1, 51))
    assert {fault.agency for fault in faults()} == set(AGENCIES)
    assert any(fault.file.startswith("iacp-2019/") for fault in faults())
    assert len(FOUND) >= 45
    assert all(fault.found_by in suite(fault.agency) for fault in FOUND)


@pytest.mark.parametrize("agency", AGENCIES)
def test_suites_hold_thirty_promises_at_most(agency: str) -> None:
    """No suite has more than thirty promises, and none compares with the original."""
    assert 1 < len(suite(agency)) <= 30
    assert "same_as" not in Counter(test.__name__ for test in suite(agency).values())


@pytest.mark.parametrize("fault", FOUND[::EVERY], ids=lambda fault: str(fault.number))
def test_is_found(fault: Fault, tmp_path: Path) -> None:
    """The promise that is named finds the fault, and holds of the agency as it is."""
    promise = suite(fault.agency)[fault.found_by]
    with seeded_profile():
        promise(original(fault.agency))
        with pytest.raises(PromiseBroken):
            promise(faulty(fault, tmp_path))


@pytest.mark.soak
@pytest.mark.parametrize("fault", MISSED, ids=lambda fault: str(fault.number))
def test_is_missed(fault: Fault, tmp_path: Path) -> None:
    """No promise of the agency finds a fault that is said to be missed."""
    assert next(finds(faulty(fault, tmp_path), fault.agency), None) is None


@pytest.mark.soak
@pytest.mark.parametrize("agency", AGENCIES)
def test_promises_hold_of_the_examples(agency: str) -> None:
    """Each example agency keeps all that it promises."""
    assert [(name, str(error)) for name, error in finds(original(agency), agency)] == []
