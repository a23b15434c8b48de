"""The example pack of a made-up vendor: it is decided as its scenarios say, and uses whatever a pack may."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

import smpolicy
from smpolicy.analysis.coverage import coverage
from smpolicy.loading.agency_files import load_agency
from smpolicy.testing.scenario_runs import Runner
from smpolicy.testing.scenarios import Scenario, read_scenarios
from tests.usable import ENGINES

PACK = Path(__file__).parents[2] / "docs" / "examples" / "larkspur-evidence-cloud"
RULESET = PACK / "larkspur_evidence_cloud"
AGENCY = PACK / "tests" / "agency.toml"
SCENARIOS = [each for path in sorted(PACK.glob("tests/*.scenarios.toml")) for each in read_scenarios(path)]


@cache
def runner(engine: str) -> Runner:
    """Return what decides scenarios with an engine, and binds each agency once."""
    return Runner(engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.id)
def test_scenario(scenario: Scenario, engine: str) -> None:
    """Each scenario of the pack is decided as it says, by every engine."""
    assert runner(engine).mismatches(scenario) == []


def test_uses_whatever_a_pack_may() -> None:
    """The example has facts of its own, choices of several types, rules, exceptions, a narrowed choice, an override."""
    ruleset = smpolicy.load_ruleset(RULESET)
    own = [fact for fact in ruleset.vocabulary.facts if fact.startswith("larkspur.")]
    assert len(own) >= 4
    assert {each.type for each in ruleset.choices.values()} >= {"effect_by", "offices", "number"}
    assert [each.of for each in ruleset.adjustments if each.override is None] == ["iacp-2019"]
    assert [each.override.of for each in ruleset.exceptions if each.override is not None] == ["iacp-2019"]
    assert any(each.override is None for each in ruleset.exceptions)


def test_each_consideration_has_witnesses() -> None:
    """For each consideration and each kind of its acts a witness holds, under an agency that adopts what it needs."""
    shown = {row["id"]: {each["kind"] for each in row["witnesses"]} for row in coverage(RULESET)}
    ruleset = smpolicy.load_ruleset(RULESET)
    assert shown == {each.id: set(each.acts) for each in ruleset.considerations.values()}


def test_project_offers_the_ruleset() -> None:
    """The distribution's entry point has the id of the ruleset, and names the package that holds it."""
    project = tomllib.loads((PACK / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["smpolicy.rulesets"] == {"larkspur-evidence-cloud": RULESET.name}


def test_its_agency_is_in_order() -> None:
    """Every office that the pack names is held in the agency of its tests."""
    agency = load_agency(AGENCY)
    assert [office for office in smpolicy.load_ruleset(RULESET).offices if not agency.offices.get(office)] == []
