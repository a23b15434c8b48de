"""What contradictions are looked for in: a policy's bound rules, and exact answers about when they hold together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal

from attrs import field, frozen

from smpolicy.analysis.nodes import FALSE, TRUE, Wants
from smpolicy.analysis.opening import Own, Uses, mark
from smpolicy.analysis.situations import Situations, make_situations
from smpolicy.bound_rules import BoundRule
from smpolicy.language.expressions import Expression, Term, Unsettled, atoms
from smpolicy.policies import Policy

Verdict = Literal["free", "denied", "empty", "unsettled"]
"""Of what a choice may change: some of it is denied by no other rule; all of it is; there is none; not settled."""


def stated_id(rule: BoundRule) -> str:
    """Return the id of the rule as its file states it, without a member and without what an exception puts in place."""
    return rule.id.partition("~")[0].partition("[")[0]


@frozen(slots=True)
class Region:
    """Where a choice may change what one bound rule does.

    Attributes:
        kind: the kind of action.
        rule: the bound rule, with the choice left open.
        owns: the ids of the stated rules that the choice may change, by ruleset.
    """

    kind: str
    rule: BoundRule
    owns: frozenset[Own]


@frozen(slots=True, eq=False)
class Grounds:
    """A policy, with exact answers about its rules.

    Attributes:
        policy: the policy.
        uses: what of its rulesets uses what.
        regions: for each choice that the agency has made, where it may change what rules do.
        situations: what can be the case at once.
    """

    policy: Policy
    uses: Uses
    regions: Mapping[Own, tuple[Region, ...]]
    situations: Situations
    _verdicts: dict[int, tuple[Region, Verdict]] = field(factory=dict, init=False)

    @cached_property
    def bound(self) -> tuple[tuple[BoundRule, tuple[str, ...]], ...]:
        """Return each bound rule, with the kinds of action for which it is bound."""
        found: dict[int, tuple[BoundRule, list[str]]] = {}
        for kind, rules in self.policy.kinds.items():
            for rule in rules.rules:
                found.setdefault(id(rule), (rule, []))[1].append(kind)
        return tuple((rule, tuple(kinds)) for rule, kinds in found.values())

    @cached_property
    def denying(self) -> Mapping[str, tuple[BoundRule, ...]]:
        """Return the rules that deny, by kind of action."""
        return {
            kind: tuple(rule for rule in rules.rules if rule.effect == "deny")
            for kind, rules in self.policy.kinds.items()
        }

    def is_made(self, choice: str) -> bool:
        """Return whether the agency's file makes a choice of this name."""
        return any(name == choice for _, name in self.regions)

    def can_hold(self, *conditions: Expression) -> bool | None:
        """Return whether conditions can be true together; None where that is not settled."""
        return self.situations.can_hold(*conditions)

    def implies(self, condition: Expression, other: Expression) -> bool:
        """Return whether it is shown that one condition is true whenever another is."""
        node = self.situations.node
        return self.situations.possible(((node(condition), TRUE), (node(other), FALSE))) is False

    def can_matter(self, rule: BoundRule, kind: str, known: Mapping[Term, Any] | None = None) -> bool | None:
        """Return whether a rule can be true of an action that no other rule denies; None where not settled."""
        others = (each for each in self.denying[kind] if each is not rule)
        return self.situations.possible(((self.situations.node(rule.condition), TRUE), *self._not(others)), known)

    def _not(self, rules: Iterable[BoundRule]) -> Wants:
        return tuple((self.situations.node(each.condition), FALSE) for each in rules)

    def _others(self, region: Region) -> list[BoundRule]:
        return [each for each in self.denying[region.kind] if (each.ruleset, stated_id(each)) not in region.owns]

    def _within(self, region: Region) -> Wants:
        node = self.situations.node(region.rule.condition)
        return ((node, TRUE), (node, FALSE))

    def verdict(self, region: Region) -> Verdict:
        """Return whether what a choice changes of a rule can be seen in any decision."""
        if id(region) not in self._verdicts:
            self._verdicts[id(region)] = (region, self._verdict(region))
        return self._verdicts[id(region)][1]

    def _verdict(self, region: Region) -> Verdict:
        duty = region.rule.duty
        blocking = [] if duty is not None and duty.when == "regardless" else self._others(region)
        free = self.situations.possible((*self._within(region), *self._not(blocking)))
        if free is not False:
            return "unsettled" if free is None else "free"
        alone = self.situations.possible(self._within(region))
        return "unsettled" if alone is None else "denied" if alone else "empty"

    def blockers(self, region: Region) -> list[BoundRule]:
        """Return the fewest rules that together deny all of a region, as far as leaving out one after another shows."""
        needed = self._others(region)
        within = self._within(region)
        for each in needed:
            if self.situations.possible((*within, *self._not((each,)))) is False:
                return [each]
        for each in tuple(needed):
            fewer = [other for other in needed if other is not each]
            if self.situations.possible((*within, *self._not(fewer))) is False:
                needed = fewer
        return needed


def make_grounds(policy: Policy) -> Grounds:
    """Return what contradictions of a policy are looked for in."""
    uses = Uses(policy.agency)
    made = [
        (ruleset.id, name)
        for ruleset in policy.agency.rulesets
        for name, chosen in policy.agency.choices[ruleset.id].items()
        if chosen.decided
    ]
    concerned = {choice: uses.concerned(choice) for choice in made}
    regions: dict[Own, list[Region]] = {choice: [] for choice in made}
    named = {mark(choice): choice for choice in made}
    for batch in _batches(concerned):
        for kind, rules in uses.bind(frozenset().union(*(concerned[each] for each in batch)), batch).items():
            for rule in rules.rules:
                for path in {atom.path for atom in atoms(rule.condition) if isinstance(atom, Unsettled)} & named.keys():
                    regions[named[path]].append(Region(kind, rule, concerned[named[path]]))
    conditions = [
        each
        for rules in policy.kinds.values()
        for rule in rules.rules
        for each in (rule.condition, rule.base, *(sparing.condition for sparing in rule.sparings))
    ]
    conditions += [region.rule.condition for found in regions.values() for region in found]
    situations = make_situations(conditions, policy.agency.vocabulary)
    return Grounds(policy, uses, {choice: tuple(found) for choice, found in regions.items()}, situations)


def _batches(concerned: Mapping[Own, frozenset[Own]]) -> list[list[Own]]:
    """Return choices in batches, in each of which no two concern the same rule: they are opened and bound together."""
    batches: list[tuple[set[Own], list[Own]]] = []
    for choice, rules in concerned.items():
        fitting = next((each for each in batches if each[0].isdisjoint(rules)), None)
        if fitting is None:
            fitting = (set(), [])
            batches.append(fitting)
        fitting[0].update(rules)
        fitting[1].append(choice)
    return [batch for _, batch in batches]
