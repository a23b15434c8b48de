"""Contradictions of generated agencies hold of decisions; what is not settled is not claimed."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from smpolicy.analysis import situations
from smpolicy.analysis.contradictions import contradictions
from smpolicy.analysis.sides import CONTRADICTIONS, Contradiction
from smpolicy.policies import Policy, bind_policy
from smpolicy.testing import strategies
from tests.analysis.contradictions.test_sound import visible
from tests.builders import AT, choice, exception, make_policy, rule

AGENCIES = 3
DRAWN = settings(
    max_examples=AGENCIES,
    database=None,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def decided(policy: Policy) -> Policy:
    """Return a policy whose agency has made every choice, so that each may be made in vain."""
    agency = policy.agency
    choices = {
        ruleset: {name: attrs.evolve(chosen, decided=True) for name, chosen in made.items()}
        for ruleset, made in agency.choices.items()
    }
    content = {**agency.content, "choices": {ruleset: {name: {} for name in made} for ruleset, made in choices.items()}}
    return bind_policy(attrs.evolve(agency, choices=choices, content=content))


def otherwise(policy: Policy, name: str) -> list[Policy]:
    """Return the policy under other values of a choice of effects, a flag or a subset."""
    (ruleset,) = policy.agency.rulesets
    found, chosen = ruleset.choices[name], policy.agency.choices[ruleset.id]
    by_type: dict[str, list[Any]] = {
        "effect": list(found.members),
        "flag": [False, True],
        "subset": [frozenset(), frozenset(found.members)],
    }
    made = [{**chosen, name: attrs.evolve(chosen[name], value=value)} for value in by_type.get(found.type, ())]
    return [bind_policy(attrs.evolve(policy.agency, choices={ruleset.id: each})) for each in made]


def look_at_idle_choices(agencies: int, actions: int) -> set[str]:
    """Hold what is said of idle choices against decisions, and return the choices of which it was said.

    Args:
        agencies: how many agencies are drawn.
        actions: how many actions under each.
    """
    told = set[str]()

    @settings(DRAWN, max_examples=agencies)
    @given(st.data())
    def look(data: st.DataObject) -> None:
        policy = decided(data.draw(strategies.policies(complete=True)))
        found = [each for each in contradictions(policy, AT) if each.code == "choice_without_effect" and each.exact]
        others = {each.sides[0].id: otherwise(policy, each.sides[0].id) for each in found[:4]}
        told.update(others)
        for _ in range(actions):
            action = data.draw(strategies.actions(policy, known="all", at=AT))
            here = visible(policy.decide(action, at=AT))
            for name, policies in others.items():
                assert all(visible(each.decide(action, at=AT)) == here for each in policies), name

    look()
    return told


class TestAnyAgency:
    def test_idle_choice_changes_no_decision(self) -> None:
        """Whatever an agency chooses, a choice said to have no effect has none on any action drawn."""
        assert look_at_idle_choices(AGENCIES, 8)

    def test_are_told_with_a_known_code_and_both_sides(self) -> None:
        """Whatever an agency chooses, each contradiction has a code of the list, a message and two sides."""

        @DRAWN
        @given(strategies.policies())
        def look(policy: Policy) -> None:
            for each in contradictions(decided(policy), AT):
                assert each.code in CONTRADICTIONS
                assert each.message
                assert each.help
                assert len(each.sides) == 2

        look()


class TestNotSettled:
    RULES = rule(
        """(content.humor or content.guilt_or_innocence) and (content.humor or not content.guilt_or_innocence)
        and (not content.humor or content.guilt_or_innocence)
        and (not content.humor or not content.guilt_or_innocence)"""
    )

    def found(self) -> list[Contradiction]:
        """Return what is found in the rules."""
        return list(contradictions(make_policy(self.RULES), AT))

    def test_is_told_where_it_can_be_settled(self) -> None:
        """A rule that no situation makes true is found, though one must be tried after another."""
        (each,) = self.found()
        assert (each.code, each.exact) == ("never_true", True)

    def test_is_told_as_open_where_it_would_take_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where it would take too long nothing is claimed: it is said that it is not settled."""
        monkeypatch.setattr(situations, "MOST_STEPS", 0)
        (each,) = self.found()
        assert (each.code, each.exact) == ("never_true", False)
        assert "not settled" in each.message

    def test_choice_and_approvers_are_told_as_open_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """So is whether a choice of such a rule changes anything, and whether it can ask for people who are lacking."""
        hard = TestNotSettled.RULES.partition('"""')[2].partition('"""')[0]
        asking = rule(hard, "choice.guilt", approvals='[{ office = "command", people = 9 }]')
        rules = choice("guilt", "effect", '"deny"', "higher") + asking
        policy = make_policy(rules, '[choices.example]\nguilt = "needs_approval"\n')
        monkeypatch.setattr(situations, "MOST_STEPS", 0)
        found = {each.code: each.exact for each in contradictions(policy, AT)}
        assert found == {"choice_without_effect": False, "too_few_to_ask": False, "never_true": False}


class TestOnlyWhatIsMade:
    RULES = choice("guilt", "effect", '"needs_approval"', "higher") + rule(
        "content.guilt_or_innocence", "choice.guilt", approvals='[{ office = "legal" }]'
    ) + rule("content.guilt_or_innocence", id='"A.2/never"')  # fmt: skip

    def test_default_is_no_contradiction(self) -> None:
        """A default that another rule makes idle is nothing that the agency said in vain."""
        assert contradictions(make_policy(self.RULES), AT) == ()

    def test_value_of_the_file_is(self) -> None:
        """The same value, once the agency's file states it, is."""
        (each,) = contradictions(make_policy(self.RULES, '[choices.example]\nguilt = "needs_approval"\n'), AT)
        assert each.code == "choice_without_effect"

    def test_unsettled_fact_of_the_agency_claims_nothing(self) -> None:
        """Where a denial hangs on a fact that the agency left out, nothing is said to be always denied."""
        denying = rule("content.guilt_or_innocence and not terms.published", id='"A.3/terms"')
        open_ = self.RULES.replace(rule("content.guilt_or_innocence", id='"A.2/never"'), denying)
        stated = '[choices.example]\nguilt = "allow"\n'
        assert contradictions(make_policy(open_, stated), AT) == ()
        known = "[facts.terms]\npublished = false\n" + stated
        assert [each.code for each in contradictions(make_policy(open_, known), AT)] == ["allowed_yet_denied"]


class TestExceptions:
    def test_exception_on_another_kind_swallows_nothing(self) -> None:
        """An exception lifts rules on its own kinds of action alone, and so it swallows none elsewhere."""
        rules = rule("content.humor", on='["publish", "edit"]')
        lifting = exception("content.humor", on='["edit"]')
        (each,) = contradictions(make_policy(rules + lifting), AT)
        assert each.code == "exception_swallows_rule"
        assert "on `edit`" in each.message

    def test_what_is_put_in_place_can_never_hold(self) -> None:
        """What an exception puts in place under a condition that the exception excludes can never hold."""
        asked = 'approvals = [{ office = "legal" }]'
        instead = f'[{{ about = "A.2", when = "not content.humor", then = "needs_approval", {asked} }}]'
        rules = rule("content.guilt_or_innocence")
        for when, codes in (("content.humor", ["never_true"]), ("content.attributed_reshare", [])):
            found = contradictions(make_policy(rules + exception(when, instead=instead)), AT)
            assert [each.code for each in found] == codes
            assert [each.sides[0].id for each in found] == ["A.2/exception"] * len(codes)
