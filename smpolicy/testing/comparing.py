"""Comparing decisions: which is the stronger, and which asks for at least as much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

import attrs

from smpolicy.actions import Action
from smpolicy.approvals import Requirement
from smpolicy.decisions import Decision
from smpolicy.judge import Outcome
from smpolicy.policies import Policy

ORDER = (Outcome.ALLOW, Outcome.NEEDS_APPROVAL, Outcome.DENY)


def as_known_to(policy: Policy, action: Action) -> Action:
    """Return an action without the facts of packs that a policy does not know, and without the word given for them.

    Args:
        policy: the policy.
        action: the action, made for a policy that may adopt other packs.
    """
    vocabulary, given = policy.agency.vocabulary, cast("Any", action)
    packs = {
        namespace: {name: value for name, value in facts.items() if vocabulary.has(action.kind, f"{namespace}.{name}")}
        for namespace, facts in action.packs.items()
    }
    attested = tuple(
        attrs.evolve(each, facts=frozenset(path for path in each.facts if vocabulary.has(action.kind, path)))
        for each in action.attestations
    )
    kept = {namespace: facts for namespace, facts in packs.items() if facts}
    if (kept, attested) == (dict(action.packs), action.attestations):
        return action
    known: Action = attrs.evolve(given, packs=kept, attestations=attested)
    return known


def strength(decision: Decision) -> int:
    """Return how strong an outcome is; what an agency denies for doubt alone counts as in need of approval."""
    doubtful = decision.outcome is Outcome.DENY and not decision.settled
    return ORDER.index(Outcome.NEEDS_APPROVAL if doubtful else decision.outcome)


def people_of_offices(requirements: Iterable[Requirement]) -> Counter[tuple[str, ...]]:
    """Return how many people are asked from each office, or each choice of offices, the most that one rule asks."""
    asked: Counter[tuple[str, ...]] = Counter()
    for requirement in requirements:
        own: Counter[tuple[str, ...]] = Counter()
        for need in requirement:
            own[need.offices] += need.people
        asked |= own
    return asked


def at_least_as_strict(one: Decision, other: Decision) -> bool:
    """Return whether what one decision needs asks for at least as many people of every office as another's."""
    asked = people_of_offices(each.requirement for each in one.needed)
    return all(asked[office] >= people for office, people in
               people_of_offices(each.requirement for each in other.needed).items())  # fmt: skip


def meaning(decision: Decision) -> dict[str, object]:
    """Return all of a decision that does not depend on the order in which rules are written."""
    names = {index: rule.id for index, rule in enumerate(decision.kind_rules.rules)}
    return {
        "outcome": (decision.outcome, decision.settled, decision.next, decision.code),
        "true": {name for index, name in names.items() if decision.true >> index & 1},
        "unknown": {name for index, name in names.items() if decision.unknown >> index & 1},
        "questions": {each.fact: (each.effect, frozenset(each.rules)) for each in decision.questions},
        "needed": {each.rule: each.requirement for each in decision.needed},
        "needed_if": {each.rule: each.requirement for each in decision.needed_if},
        "duties": {(each.rule, each.duty) for each in decision.duties},
        "notices": {(each.rule, each.notice) for each in decision.notices},
        "considerations": {cited: each.status for cited, each in decision.considerations.items()},
    }
