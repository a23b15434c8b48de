"""A small pack with facts of its own goes through everything, from files to receipts."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

import smpolicy
from smpolicy.policies import Policy
from smpolicy.testing.agency_tables import AT
from smpolicy.testing.tables import policy_from, ruleset_from, to_toml, write_ruleset
from tests.properties.small import AGENCY, PACK
from tests.usable import ENGINES

HARMLESS = {"flagged": False, "sworn_to": True, "colour": "green", "marks": [], "copies": 0, "label": "fine"}
Load = Callable[[str], Policy]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write the pack and an agency that adopts it, and return what loads them with an engine."""
    write_ruleset(PACK, tmp_path / "small-pack")
    file = tmp_path / "agency.toml"
    file.write_text(to_toml(AGENCY), encoding="utf-8")
    return lambda engine: smpolicy.load(file, engine=engine)


@pytest.fixture(params=["compiled", "reference"])
def policy(request: pytest.FixtureRequest, load: Load) -> Policy:
    """Return the policy, under each engine."""
    return load(request.param)


def publish(policy: Policy, /, **small: Any) -> smpolicy.Action:
    """Return a publication that says what it is given of the pack's facts."""
    data = {"kind": "publish", "actor": {"id": "officer-1"}, "small": small, "payload": {"text": "A post."}}
    return policy.action({key: value for key, value in data.items() if value})


def test_asks_for_its_facts(policy: Policy) -> None:
    """With nothing known, every fact that its rules read is asked."""
    asked = {question.fact for question in policy.decide(publish(policy), at=AT).questions}
    assert asked == {f"small.{name}" for name in HARMLESS}


def test_allows_the_harmless(policy: Policy) -> None:
    """With each fact known and harmless, the action is allowed."""
    assert policy.decide(publish(policy, **HARMLESS), at=AT).allowed


@pytest.mark.parametrize(
    ("name", "value", "outcome"),
    [
        ("flagged", True, "needs_approval"),
        ("sworn_to", False, "needs_approval"),
        ("colour", "red", "deny"),
        ("marks", ["north"], "deny"),
        ("copies", 11, "needs_approval"),
        ("label", "secret", "deny"),
    ],
)
def test_restricts_by_a_fact_of_each_type(policy: Policy, name: str, value: Any, outcome: str) -> None:
    """A fact of any type changes the decision, and the reason names it with its value."""
    decision = policy.decide(publish(policy, **HARMLESS | {name: value}), at=AT)
    assert decision.outcome == outcome
    assert [(each.fact, each.value) for each in decision.reasons[0].because] == [(f"small.{name}", value)]


def test_attests_what_may_be_attested(policy: Policy) -> None:
    """An attestation answers the pack's yes/no facts and sets, but none that is always asked."""
    action = publish(policy).attest("spokesperson-1", vocabulary=policy.agency.vocabulary)
    asked = {question.fact for question in policy.decide(action, at=AT).questions}
    assert asked == {"small.sworn_to", "small.colour", "small.copies", "small.label"}


def test_refuses_a_fact_of_another_kind(policy: Policy) -> None:
    """A fact that only some kinds have is refused on others."""
    with pytest.raises(smpolicy.InvalidAction):
        publish(policy, only_hiding=True)


def test_decides_python_as_it_decides_json(policy: Policy) -> None:
    """Facts given in Python are read and checked as those from JSON are."""
    facts = {**HARMLESS, "marks": {"north"}}
    action = smpolicy.Publish(actor=smpolicy.Actor(id="officer-1"), payload=b"A post.", packs={"small": facts})
    other = publish(policy, **HARMLESS | {"marks": ["north"]})
    assert policy.decide(action, at=AT).receipt() == policy.decide(other, at=AT).receipt()


def test_needs_two_different_people(policy: Policy) -> None:
    """What two people must approve, two different people must approve, neither of them the author."""
    action = publish(policy, **HARMLESS | {"copies": 11})
    decision = policy.decide(action, at=AT)
    one, two, chief = (
        decision.approval("X.1/copies", by=by, role=role, given_at=AT - timedelta(days=days))
        for by, role, days in (
            ("counsel-1", "legal_counsel", 0),
            ("counsel-2", "deputy_chief", 0),
            ("chief-1", "deputy_chief", 15),
        )
    )
    assert not policy.decide(action, at=AT, approvals=[one, one]).allowed
    assert policy.decide(action, at=AT, approvals=[one, two]).allowed
    assert policy.decide(action, at=AT, approvals=[chief, two]).allowed


def test_engines_give_the_same_bytes(load: Load) -> None:
    """Receipts and data are equal, byte for byte, under all engines."""
    policies = [load(engine) for engine in ENGINES]
    for small in ({}, HARMLESS, HARMLESS | {"copies": 11}, {"marks": {"includes": ["east"], "complete": False}}):
        found = [policy.decide(publish(policy, **small), at=AT) for policy in policies]
        assert found[0].receipt() == found[1].receipt()
        assert json.dumps(found[0].to_dict()) == json.dumps(found[1].to_dict())


def test_stands_in_the_receipt(policy: Policy) -> None:
    """Every fact of the pack that the rules read stands in the receipt, with its value or as unknown."""
    receipt = json.loads(policy.decide(publish(policy, colour="red"), at=AT).receipt())
    facts = {path: each["value"] for path, each in receipt["facts"].items() if path.startswith("small.")}
    assert facts == {f"small.{name}": "unknown" for name in HARMLESS} | {"small.colour": "red"}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_finds_people_however_their_ids_are_composed(form: Literal["NFC", "NFD"]) -> None:
    """An id with an accent names the same person whether the accent is a character of its own or not."""
    people = [{"id": unicodedata.normalize("NFD", "ren\u00e9e-1")}]
    policy = policy_from({**AGENCY, "directory": {"person": people}}, ruleset_from(PACK))
    action = policy.action({"kind": "hide", "actor": {"id": unicodedata.normalize(form, "ren\u00e9e-1")}})
    assert json.loads(policy.decide(action, at=AT).receipt())["kind"] == "hide"


def test_refuses_numbers_that_no_receipt_could_hold() -> None:
    """A fact whose bounds lie beyond the numbers of canonical JSON is refused when the pack is loaded."""
    facts = [{**each, "most": 2**60} if each["id"] == "copies" else each for each in PACK["fact"]]
    with pytest.raises(smpolicy.InvalidFile) as caught:
        ruleset_from({**PACK, "fact": facts})
    assert "wrong_fact" in {each.code for each in caught.value.problems}
