"""Published policies as files: Tamarack Falls and Cinder Bay make every choice of all shipped rulesets."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

import smpolicy
from smpolicy.analysis.contradictions import contradictions
from smpolicy.cli import main
from smpolicy.loading.locations import offered_rulesets
from smpolicy.testing.scenario_runs import Runner
from smpolicy.testing.scenarios import Scenario, read_scenarios
from tests.usable import ENGINES

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FOLDER = EXAMPLES / "tamarack-falls"
NAMES = ("cinder-bay", "tamarack-falls")
SCENARIOS = [
    each
    for name in NAMES
    for path in sorted((EXAMPLES / name).glob("*.scenarios.toml"))
    for each in read_scenarios(path)
]
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
MOST_ANSWERS = 8
TIP = {
    "kind": "publish",
    "actor": {"id": "pio-1"},
    "account": {"id": "tamarack-falls-police"},
    "content": {"purpose": "crime_prevention_tips"},
    "payload": {"text": "Lock your car, and take the key."},
    "attestation": {"by": "pio-1"},
}
ANSWERS = {"content.audience": "local_residents", "content.tone": "informative", "person.exists": False,
           "incident.exists": False}  # fmt: skip


@cache
def runner(engine: str) -> Runner:
    """Return what decides scenarios with an engine, and binds the agency once."""
    return Runner(engine)


@cache
def policy(name: str = "tamarack-falls") -> smpolicy.Policy:
    """Return the policy of an example."""
    return smpolicy.load(EXAMPLES / name / "agency.toml")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.id)
def test_scenario(scenario: Scenario, engine: str) -> None:
    """Each scenario is decided as the written policy says, by every engine."""
    assert runner(engine).mismatches(scenario) == []


@pytest.mark.parametrize("name", NAMES)
def test_adopts_every_shipped_ruleset(name: str) -> None:
    """Each adopts all rulesets that smpolicy ships."""
    shipped = {each.name for each in offered_rulesets() if each.distribution is None}
    assert {each.id for each in policy(name).agency.rulesets} == shipped


@pytest.mark.parametrize(("name", "otherwise"), [("cinder-bay", 40), ("tamarack-falls", 100)])
def test_makes_every_choice(name: str, otherwise: int) -> None:
    """Each choice of each ruleset is made in the file, a good part otherwise than proposed, some with reasons."""
    agency = policy(name).agency
    made = [
        (choice, agency.choices[each.id][choice.id]) for each in agency.rulesets for choice in each.choices.values()
    ]
    assert [choice.id for choice, chosen in made if not chosen.decided] == []
    assert len([choice.id for choice, chosen in made if chosen.value != choice.default]) >= otherwise
    assert len([choice.id for choice, chosen in made if chosen.reason]) >= 15


def test_every_choice_makes_a_difference() -> None:
    """Of every choice some value would change a decision under one of the two, whatever else makes it idle."""
    idle = [
        {each.sides[0].id for each in contradictions(policy(name)) if each.code == "choice_without_effect"}
        for name in NAMES
    ]
    assert set.intersection(*idle) == set()
    assert set.union(*idle) <= {choice for each in policy().agency.rulesets for choice in each.choices}


@pytest.mark.parametrize("name", NAMES)
def test_is_in_order(name: str) -> None:
    """The review finds nothing that is an error or that would leave somebody stuck."""
    arguments = ["check", str(EXAMPLES / name / "agency.toml"), "--at", "2026-06-01T12:00:00Z", "--fail-on", "warning"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output


def test_an_ordinary_post_needs_few_answers() -> None:
    """A tip on preventing crimes goes out after one attestation and a few answers, each of which was asked for."""
    tip = policy().action(TIP)
    asked = {each.fact for each in policy().decide(tip, at=AT).questions}
    assert asked == set(ANSWERS)
    assert len(asked) <= MOST_ANSWERS
    decision = policy().decide(tip.answer(ANSWERS), at=AT)
    assert (decision.allowed, decision.settled) == (True, True)
