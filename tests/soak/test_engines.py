"""The soak: a hundred thousand decisions over generated agencies, rulesets and actions, equal under every engine.

Run it with `pytest -m soak tests/soak`: some ten minutes on a core of its own. SOAK_DECISIONS sets another number.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import timedelta
from typing import Any, cast

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from smpolicy.actions import Action
from smpolicy.adoptions import adoption
from smpolicy.approvals import Approval
from smpolicy.decisions import Decision
from smpolicy.engines import indexed
from smpolicy.policies import Policy, bind_policy
from smpolicy.testing.agency_tables import AT, TEXTS
from smpolicy.testing.drawing import attesters
from smpolicy.testing.ruleset_tables import ruleset_tables
from smpolicy.testing.strategies import policies
from smpolicy.testing.tables import ruleset_from
from smpolicy.vocabulary import Fact, SomeOf
from tests.properties.strategies import identities, sayable
from tests.usable import ENGINES as USABLE

DECISIONS = int(os.environ.get("SOAK_DECISIONS", "100000"))
A_POLICY = 200
ENGINES = tuple(sorted(USABLE, key=lambda name: name != "compiled"))


class Soak:
    """A source of random actions for one policy; quicker than strategies, and as wide."""

    def __init__(self, policy: Policy, seed: int) -> None:
        self.policy, self.random = policy, random.Random(seed)
        self.kinds = [kind for kind, rules in policy.kinds.items() if rules.rules] or list(policy.kinds)

    def value(self, fact: Fact) -> Any:
        """Return some value of a fact."""
        pick = self.random
        if fact.type == "bool":
            return pick.random() < 0.5
        if fact.type == "enum":
            return pick.choice(fact.members)
        if fact.type == "set":
            present = {member: pick.random() < 0.3 for member in fact.members}
            told = [member for member in fact.members if pick.random() < 0.7]
            if pick.random() < 0.3 and 0 < len(told) < len(fact.members):
                return SomeOf((each for each in told if present[each]), (each for each in told if not present[each]))
            return frozenset(member for member in fact.members if present[member])
        if fact.type == "integer":
            return pick.choice((fact.least, fact.most, pick.randint(fact.least, min(fact.most, fact.least + 80))))
        if fact.type == "moment":
            return AT - timedelta(days=pick.randint(-5, 900), seconds=pick.choice((0, 1, 40_000)))
        return pick.choice(TEXTS)

    def action(self, nothing: bool = False) -> Action:
        """Return some action of a governed kind, perhaps one of which nothing is known."""
        pick, vocabulary = self.random, self.policy.agency.vocabulary
        kind = pick.choice(self.kinds)
        if nothing:
            bare: Any = adoption(self.policy.agency) if kind == "adopt_policy" else vocabulary.kinds[kind].action()
            return cast("Action", bare)
        known, density = dict[str, Any](), pick.choice((0.2, 0.5, 0.8, 1.0))
        absent = set()
        for name in vocabulary.kinds[kind].parts:
            if vocabulary.parts[name].optional:
                exists = pick.choice((None, False, True, True))
                known |= {} if exists is None else {f"{name}.exists": exists}
                absent |= set() if exists else {name}
        for path, fact in sayable(vocabulary, kind).items():
            if fact.part not in absent and pick.random() < density:
                known[path] = self.value(fact)
        for path, ids in identities(self.policy).items():
            if ids and vocabulary.has(kind, path) and path.partition(".")[0] not in absent and pick.random() < 0.7:
                known[path] = pick.choice(ids)
        bare = adoption(self.policy.agency) if kind == "adopt_policy" else vocabulary.kinds[kind].action()
        payload = b"content" if pick.random() < 0.7 else None
        action: Action = attrs.evolve(bare, payload=payload).answer(known, vocabulary)
        by = [person for person, parts in attesters(self.policy, kind, AT) if parts is None]
        return action.attest(pick.choice(by), None, vocabulary) if by and pick.random() < 0.3 else action

    def approvals(self, decision: Decision) -> tuple[Approval, ...]:
        """Return approvals of some of what a decision needs."""
        pick, people = self.random, tuple(self.policy.agency.directory.people())
        asked = [*decision.needed, *decision.needed_if]
        if not asked or not people or decision.lacks_payload:
            return ()
        granted = []
        for _ in range(pick.randint(0, 4)):
            each = pick.choice(asked)
            roles = sorted({role for need in each.requirement for role in need.roles})
            if roles:
                granted.append(decision.approval(each.rule, by=pick.choice(people), role=pick.choice(roles)))
        return tuple(granted)


def all_of(decision: Decision) -> tuple[Any, ...]:
    """Return all that engines must agree on: the two sets, the receipt's bytes, and everything for machines."""
    return decision.true, decision.unknown, decision.receipt(), decision.to_dict()


@st.composite
def any_policies(draw: st.DrawFn) -> Policy:
    """Return a strategy for policies: a generated ruleset, or now and then the shipped one."""
    if draw(st.integers(0, 4)) == 0:
        return draw(policies())
    return draw(policies(rulesets=[ruleset_from(draw(ruleset_tables(few=draw(st.booleans()))))]))


@pytest.mark.soak
def test_engines_decide_alike() -> None:
    """Every engine finds the same sets of rules, and gives the same bytes, in every one of the decisions."""
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=DECISIONS // A_POLICY,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(any_policies(), st.integers(0, 2**32))
    def run(policy: Policy, seed: int) -> None:
        soak, engines = Soak(policy, seed), [bind_policy(policy.agency, name) for name in ENGINES]
        by_index = {kind: indexed.prepare(rules) for kind, rules in policy.kinds.items()}
        for number in range(A_POLICY):
            action = soak.action(nothing=number < len(soak.kinds))
            given_ = soak.approvals(engines[0].decide(action, at=AT)) if soak.random.random() < 0.3 else ()
            found = [engine.decide(action, at=AT, approvals=given_) for engine in engines]
            for rules in engines[-1].kinds.values():
                rules.patterns.clear()  # the last engine remembers nothing, the first everything
            first = all_of(found[0])
            assert by_index[action.kind](found[0].facts) == first[:2]
            assert all(all_of(other) == first for other in found[1:])
            outcomes[f"{found[0].outcome.value}{'' if found[0].settled else ', unsettled'}"] += 1

    run()
    assert outcomes.total() >= DECISIONS - DECISIONS % A_POLICY
    assert len(outcomes) >= 5
