"""Choices: a stricter value of an ordered choice weakens neither an outcome nor a requirement."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from smpolicy.errors import InvalidFile
from smpolicy.judge import Outcome
from smpolicy.policies import Policy
from smpolicy.rulesets import Choice, Ruleset
from smpolicy.testing.agency_tables import AT, agency_tables, bound, ordered_pairs
from smpolicy.testing.comparing import at_least_as_strict, people_of_offices, strength
from smpolicy.testing.ruleset_tables import ruleset_tables
from smpolicy.testing.strategies import actions
from smpolicy.testing.tables import policy_from, ruleset_from, shipped, with_choice

ORDERED = [choice for choice in shipped().choices.values() if ordered_pairs(choice)]


def pair(data: st.DataObject, ruleset: Ruleset, choice: Choice) -> tuple[Policy, Policy]:
    """Draw an agency, and return its policy with a looser and with a stricter value of a choice."""
    agency = data.draw(agency_tables(ruleset))
    loose, strict = data.draw(st.sampled_from(ordered_pairs(choice)))
    values: list[Any] = [with_choice(agency, ruleset.id, choice.id, value) for value in (loose, strict)]
    mild = bound(values[0], ruleset)
    return mild, bound(values[1], ruleset)


def affected(loose: Policy, strict: Policy) -> list[str]:
    """Return the kinds whose bound rules are not the same under two policies."""
    return [
        kind
        for kind, rules in strict.kinds.items()
        if [each.hash for each in rules.rules] != [each.hash for each in loose.kinds[kind].rules]
    ]


def check(data: st.DataObject, loose: Policy, strict: Policy) -> None:
    """Decide an action under both policies, and hold the decisions against each other."""
    kinds = affected(loose, strict)
    assume(kinds)
    action = data.draw(actions(strict, kinds=kinds, at=AT))
    before, after = loose.decide(action, at=AT), strict.decide(action, at=AT)
    assert strength(after) >= strength(before)
    if after.outcome is not Outcome.DENY:
        same = {each.rule: each.requirement for each in before.needed}
        for each in after.needed:
            if each.rule in same:
                now, then = people_of_offices([each.requirement]), people_of_offices([same[each.rule]])
                assert all(now[office] >= people for office, people in then.items())


class TestShipped:
    @given(st.sampled_from(ORDERED), st.data())
    def test_a_stricter_value_never_weakens(self, choice: Choice, data: st.DataObject) -> None:
        """Whichever ordered choice of the shipped ruleset is made stricter, no decision is weaker for it."""
        check(data, *pair(data, shipped(), choice))

    def test_every_ordered_choice_is_tried(self) -> None:
        """Every choice that says which way is stricter has values to try, unless it has a single one."""
        ordered = {each.id for each in shipped().choices.values() if each.stricter != "none"}
        single = {each.id for each in shipped().choices.values() if each.type == "effect" and len(each.members) == 1}
        assert {each.id for each in ORDERED} == ordered - single


class TestGenerated:
    @given(ruleset_tables(), st.data())
    def test_a_stricter_value_never_weakens(self, written: dict[str, Any], data: st.DataObject) -> None:
        """The same holds of any well-typed ruleset that the loader accepts."""
        ruleset = ruleset_from(written)
        ordered = [choice for choice in ruleset.choices.values() if ordered_pairs(choice)]
        assume(ordered)
        check(data, *pair(data, ruleset, data.draw(st.sampled_from(ordered))))

    @given(ruleset_tables(), st.data())
    def test_only_a_restricted_plain_post_is_refused(self, written: dict[str, Any], data: st.DataObject) -> None:
        """Any value of any choice that the loader accepts can be bound, unless it restricts the plain personal post."""
        ruleset = ruleset_from(written)
        codes = set()
        try:
            policy_from(data.draw(agency_tables(ruleset)), ruleset)
        except InvalidFile as error:
            codes = {each.code for each in error.problems}
        assert codes <= {"restricts_plain_personal_post"}


def test_requirements_are_counted_by_office() -> None:
    """A decision asks at least as much as itself."""
    decision = policy_from({"agency": {"id": "alder-hollow", "name": "Alder Hollow", "time_zone": "UTC",
                                       "effective": AT.date()}}, shipped())  # fmt: skip
    found = decision.decide(decision.action({"kind": "publish"}), at=AT)
    assert at_least_as_strict(found, found)
