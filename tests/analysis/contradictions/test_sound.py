"""What is said of a contradiction holds of decisions: of actions of which all is known, drawn to reach every rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import smpolicy
from smpolicy.actions import Action
from smpolicy.analysis.grounds import stated_id
from smpolicy.analysis.opening import Uses
from smpolicy.decisions import Decision
from smpolicy.policies import Policy, bind_policy
from smpolicy.rulesets import EFFECTS, Choice
from smpolicy.testing import strategies
from tests.analysis.contradictions.test_seeded import CASES, replace, texts_of, written
from tests.builders import AT

DRAWN = settings(
    max_examples=30,
    database=None,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MANY = settings(DRAWN, max_examples=1_000)
IDLE = [each for each in CASES if each["code"] in ("allowed_yet_denied", "choice_without_effect")]
DIFFERING = [each for each in IDLE if "effect_by" not in each.get("rules", "")]
SILENT = [each for each in CASES if each["code"] in ("never_true", "exception_swallows_rule")]


def load(case: dict[str, Any], folder: Path, near: bool = False) -> Policy:
    """Return the policy of a case, or of its near miss."""
    texts = texts_of(case)
    if near:
        replace(texts, case["near"])
    return smpolicy.load(written(texts, folder))


def values_of(choice: Choice) -> list[Any]:
    """Return several values of a choice, the mildest and the strictest among them."""
    match choice.type:
        case "effect":
            return list(choice.members)
        case "effect_by":
            return [dict.fromkeys(choice.members, effect) for effect in EFFECTS]
        case "flag":
            return [False, True]
        case "subset":
            return [frozenset(), frozenset(choice.members), frozenset(choice.members[:1])]
        case "offices":
            return [("legal",), ("command",)]
        case "period":
            return [None, (1, choice.unit), (900, choice.unit)]
        case _:
            raise AssertionError(choice.type)


def alternatives(policy: Policy, case: dict[str, Any]) -> tuple[list[Policy], set[str]]:
    """Return the policy under other values of the choice that a case says is idle, and the kinds that it touches."""
    (ruleset,) = (each for each in policy.agency.rulesets if case["sides"][0].split()[1] in each.choices)
    choice = ruleset.choices[case["sides"][0].split()[1]]
    chosen = policy.agency.choices[ruleset.id]
    values = [
        value if choice.type != "effect_by" else {**chosen[choice.id].value, **member}
        for value in values_of(choice)
        for member in (
            [{name: effect} for name, effect in value.items() if name == "guilt"]
            if choice.type == "effect_by"
            else [{}]
        )
    ]
    agencies = [
        attrs.evolve(
            policy.agency,
            choices={
                **policy.agency.choices,
                ruleset.id: {**chosen, choice.id: attrs.evolve(chosen[choice.id], value=value)},
            },
        )
        for value in values
    ]
    uses = Uses(policy.agency)
    kinds = {kind for own in uses.concerned((ruleset.id, choice.id)) for kind in uses.rule(own).on}
    return [bind_policy(each) for each in agencies], kinds


def visible(decision: Decision) -> dict[str, Any]:
    """Return all of a decision in which a difference counts; what is denied asks for no approval."""
    return {
        "outcome": decision.outcome,
        "needed": () if decision.outcome == "deny" else [each.requirement for each in decision.needed],
        "duties": [each.rule for each in decision.duties],
        "notices": [each.rule for each in decision.notices],
    }


@pytest.mark.parametrize("case", IDLE, ids=[each["name"] for each in IDLE])
def test_no_other_value_changes_a_decision(case: dict[str, Any], tmp_path: Path) -> None:
    """Whatever else is chosen, the same is decided, asked and told."""
    policy = load(case, tmp_path)
    others, kinds = alternatives(policy, case)
    assert len(others) > 1

    @DRAWN
    @given(st.data())
    def decide(data: st.DataObject) -> None:
        action = data.draw(strategies.actions(policy, kinds=kinds, known="all", at=AT))
        here = visible(policy.decide(action, at=AT))
        assert all(visible(other.decide(action, at=AT)) == here for other in others)

    decide()


@pytest.mark.parametrize("case", DIFFERING, ids=[each["name"] for each in DIFFERING])
def test_near_miss_has_a_value_that_does(case: dict[str, Any], tmp_path: Path) -> None:
    """By as little as one word other, some value changes some decision."""
    policy = load(case, tmp_path, near=True)
    others, kinds = alternatives(policy, case)

    def differs(action: Action) -> bool:
        here = visible(policy.decide(action, at=AT))
        return any(visible(other.decide(action, at=AT)) != here for other in others)

    assert differs(find(strategies.actions(others[-1], kinds=kinds, known="all", at=AT), differs, settings=MANY))


@pytest.mark.parametrize("case", SILENT, ids=[each["name"] for each in SILENT])
def test_silent_rule_never_speaks(case: dict[str, Any], tmp_path: Path) -> None:
    """A rule that is said never to speak is true of no action."""
    policy = load(case, tmp_path)
    silent = {side.split()[1] for side in case["sides"] if side.startswith("rule")}
    placed = {side.split()[1] for side in case["sides"] if side.startswith("exception")}
    kinds = {
        kind
        for ruleset in policy.agency.rulesets
        for stated in (ruleset.rules, ruleset.exceptions)
        for each in stated
        if each.id in silent | placed
        for kind in each.on
    }

    @DRAWN
    @given(st.data())
    def decide(data: st.DataObject) -> None:
        action = data.draw(strategies.actions(policy, kinds=kinds, known="all", at=AT))
        decision = policy.decide(action, at=AT)
        true = [rule for _, rule in decision.kind_rules.members(decision.true)]
        assert silent.isdisjoint(stated_id(rule) for rule in true if "~" not in rule.id)
        if not silent:
            assert not any(f"~{exception}#" in rule.id for exception in placed for rule in true)

    decide()
