"""Rulesets stacked: their order means nothing, a pack never loosens silently, and leaving it out undoes it."""

from __future__ import annotations

import json
from typing import Any

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from smpolicy.bound_rules import KindRules
from smpolicy.choices import can_be_raised, raised, read_choice_value
from smpolicy.decisions import Decision
from smpolicy.errors import Report
from smpolicy.rulesets import Choice, Ruleset
from smpolicy.testing.agency_tables import AT, agency_tables, bound, choice_values
from smpolicy.testing.comparing import at_least_as_strict, strength
from smpolicy.testing.ruleset_tables import OFFICES
from smpolicy.testing.strategies import actions
from tests.properties.stacks import KINDS, bases, packs
from tests.properties.trying import MANY


@st.composite
def stacks(draw: st.DrawFn, *, overrides: bool = False) -> tuple[Ruleset, Ruleset, Ruleset]:
    """Return a strategy for a ruleset and two packs that need it; where said, the second overrides it."""
    base = draw(bases())
    first, second = packs(base, "alder", "Y"), packs(base, "hollow", "Z", overrides=overrides)
    return base, draw(first), draw(second)


def without(data: dict[str, Any], ruleset: Ruleset) -> dict[str, Any]:
    """Return an agency's data without the choices of a ruleset."""
    return {**data, "choices": {name: each for name, each in data["choices"].items() if name != ruleset.id}}


def told(decision: Decision) -> tuple[bytes, str, str]:
    """Return all that a decision says."""
    return decision.receipt(), json.dumps(decision.to_dict()), decision.explain()


def spoken(kind_rules: KindRules, rules: int, ruleset: Ruleset) -> set[str]:
    """Return the ids of the rules of a set that a ruleset states."""
    return {rule.id for _, rule in kind_rules.members(rules) if rule.ruleset == ruleset.id}


class TestStacking:
    @given(stacks(overrides=True), st.data())
    def test_order_means_nothing(self, stack: tuple[Ruleset, ...], data: st.DataObject) -> None:
        """In whatever order a file lists its rulesets, a decision is the same, but for the hash of the file."""
        agency = data.draw(agency_tables(*stack))
        one, other = bound(agency, *stack), bound(agency, *data.draw(st.permutations(stack)))
        action = data.draw(actions(one, kinds=KINDS, at=AT))
        first, second = one.decide(action, at=AT), other.decide(action, at=AT)
        assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())
        assert first.explain() == second.explain()
        assert (first.true, first.unknown) == (second.true, second.unknown)
        hashes = [each.hash for each in one.kinds[action.kind].rules]
        assert hashes == [each.hash for each in other.kinds[action.kind].rules]

    @given(stacks(), st.data())
    def test_a_pack_never_loosens(self, stack: tuple[Ruleset, ...], data: st.DataObject) -> None:
        """Adding a pack that overrides nothing never makes an outcome milder, of kinds that were governed before."""
        base, first, second = stack
        agency = data.draw(agency_tables(base, first))
        before = bound(agency, base, first)
        assume(_fits(agency, (second,)))
        after = bound(agency, *stack)
        kinds = [kind for kind in KINDS if before.kinds[kind].governed]
        assume(kinds)
        action = data.draw(actions(before, kinds=kinds, at=AT))
        one, other = before.decide(action, at=AT), after.decide(action, at=AT)
        assert strength(other) >= strength(one)
        assert not other.overriding
        if strength(other) == strength(one):
            assert at_least_as_strict(other, one)

    @given(stacks(overrides=True), st.data())
    def test_leaving_a_pack_out_undoes_it(self, stack: tuple[Ruleset, ...], data: st.DataObject) -> None:
        """An agency that no longer adopts a pack gets the old receipt, and all else that it was told."""
        base, first, second = stack
        agency = without(data.draw(agency_tables(*stack)), second)
        before = bound(agency, base, first)
        action = data.draw(actions(before, kinds=KINDS, at=AT))
        expected = told(before.decide(action, at=AT))
        bound(agency, *stack).decide(action, at=AT)
        assert told(bound(agency, base, first).decide(action, at=AT)) == expected

    @given(stacks(overrides=True), st.data())
    def test_what_is_loosened_is_told(self, stack: tuple[Ruleset, ...], data: st.DataObject) -> None:
        """Wherever a rule no longer speaks, or may, because a pack overrides its ruleset, the decision says so."""
        base, first, second = stack
        agency = data.draw(agency_tables(*stack))
        after = bound(agency, *stack)
        kept = _without_overrides(second)
        before = bound(agency, base, first, kept)
        action = data.draw(actions(after, kinds=KINDS, at=AT))
        one, other = before.decide(action, at=AT), after.decide(action, at=AT)
        lost = spoken(one.kind_rules, one.true, base) - spoken(other.kind_rules, other.true, base)
        lost |= spoken(one.kind_rules, one.true | one.unknown, base) - spoken(
            other.kind_rules, other.true | other.unknown, base
        )
        if lost:
            assert {each.ruleset for each in other.overriding} == {second.id}
            assert all(each.authority for each in other.overriding)
            assert "overrides" in other.to_dict()

    @given(stacks(), st.data())
    def test_leave_each_other_alone(self, stack: tuple[Ruleset, ...], data: st.DataObject) -> None:
        """Rules of a ruleset are bound alike beside a pack that neither narrows nor overrides it."""
        base, first, _ = stack
        assume(not first.adjustments)
        agency = data.draw(agency_tables(base, first))
        alone, beside = bound(without(agency, first), base), bound(agency, base, first)
        for kind in KINDS:
            assert [each for each in beside.kinds[kind].rules if each.ruleset == base.id] == list(
                alone.kinds[kind].rules
            )


def _fits(agency: dict[str, Any], stack: tuple[Ruleset, ...]) -> bool:
    """Return whether an agency's choices are none that a pack of a stack narrows."""
    narrowed = {(each.of, each.choice) for ruleset in stack for each in ruleset.adjustments}
    return not any((of, name) in narrowed for of, chosen in agency["choices"].items() for name in chosen)


def _without_overrides(ruleset: Ruleset) -> Ruleset:
    return attrs.evolve(ruleset, exceptions=tuple(each for each in ruleset.exceptions if each.override is None))


def _ordered(ruleset: Ruleset) -> list[Choice]:
    return [each for each in ruleset.choices.values() if can_be_raised(each)]


class TestRaising:
    @MANY
    @given(bases(), st.data())
    def test_is_a_join(self, base: Ruleset, data: st.DataObject) -> None:
        """Raising a value is idempotent, and in whatever order values are raised, the result is the same."""
        assume(_ordered(base))
        choice = data.draw(st.sampled_from(_ordered(base)))
        one, two, three = (
            read_choice_value(choice, data.draw(choice_values(choice, OFFICES)), OFFICES, None, Report())
            for _ in range(3)
        )
        assert raised(choice, one, one) == one
        assert raised(choice, one, two) == raised(choice, two, one)
        assert raised(choice, raised(choice, one, two), three) == raised(choice, one, raised(choice, two, three))
