"""Engines: each finds the same sets of rules, and everything built on them is equal byte for byte."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from smpolicy.engines import make_engine
from smpolicy.policies import Policy
from tests.properties.building import with_engine
from tests.properties.oracle import OPEN, YES, meaning
from tests.properties.strategies import AT, actions, approvals, facts
from tests.properties.test_learning import any_policies


class TestEngines:
    @given(any_policies(), st.data())
    def test_mean_what_the_design_says(self, policy: Policy, data: st.DataObject) -> None:
        """Over any facts every engine finds the rules that an evaluation written a second time finds."""
        for kind_rules in policy.kinds.values():
            known = data.draw(facts(kind_rules))
            by_term = dict(zip(kind_rules.terms, known, strict=True))
            found = [meaning(rule.condition, by_term) for rule in kind_rules.rules]
            wanted = tuple(
                sum(1 << index for index, each in enumerate(found) if each == value) for value in (YES, OPEN)
            )
            for name in ("compiled", "reference"):
                assert make_engine(name, kind_rules)(known) == wanted

    @given(any_policies(), st.data())
    def test_find_no_rule_both_true_and_unknown(self, policy: Policy, data: st.DataObject) -> None:
        """The two sets share no rule."""
        kind_rules = policy.kinds[data.draw(st.sampled_from(sorted(policy.kinds)))]
        true, unknown = make_engine("compiled", kind_rules)(data.draw(facts(kind_rules)))
        assert true & unknown == 0
        assert (true | unknown) >> len(kind_rules.rules) == 0

    @given(any_policies(), st.data())
    def test_decide_alike_to_the_byte(self, policy: Policy, data: st.DataObject) -> None:
        """Decisions of two engines have the same sets, the same receipt and the same data."""
        action = data.draw(actions(policy))
        given_ = data.draw(approvals(policy.decide(action, at=AT)))
        one, two = (
            with_engine(policy, name).decide(action, at=AT, approvals=given_) for name in ("compiled", "reference")
        )
        assert (one.true, one.unknown, one.verdict) == (two.true, two.unknown, two.verdict)
        assert one.receipt() == two.receipt()
        assert json.dumps(one.to_dict()) == json.dumps(two.to_dict())
        assert one.explain() == two.explain()

    @given(any_policies(), st.data())
    def test_decide_the_same_again(self, policy: Policy, data: st.DataObject) -> None:
        """Deciding has no memory: the same arguments give the same bytes, whatever was decided in between."""
        first, other = data.draw(actions(policy)), data.draw(actions(policy))
        before = policy.decide(first, at=AT).receipt()
        policy.decide(other, at=AT).to_dict()
        assert policy.decide(first, at=AT).receipt() == before
