"""Engines: each finds the same sets of rules, and everything built on them is equal byte for byte."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from smpolicy.engines import indexed, make_engine
from smpolicy.policies import Policy, bind_policy
from smpolicy.testing.agency_tables import AT, values
from smpolicy.testing.strategies import actions, approvals_of
from smpolicy.testing.tables import with_engine
from smpolicy.vocabulary import GIVEN
from tests.properties.oracle import OPEN, YES, meaning
from tests.properties.strategies import LOOKED_UP, facts
from tests.properties.test_learning import any_policies, governed
from tests.usable import ENGINES


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
            for name in ENGINES:
                assert make_engine(name, kind_rules)(known) == wanted
            assert indexed.prepare(kind_rules)(known) == wanted  # what `compiled` does where rules are many

    @given(any_policies(), st.data())
    def test_find_no_rule_both_true_and_unknown(self, policy: Policy, data: st.DataObject) -> None:
        """The two sets share no rule."""
        kind_rules = policy.kinds[data.draw(st.sampled_from(sorted(policy.kinds)))]
        true, unknown = make_engine("compiled", kind_rules)(data.draw(facts(kind_rules)))
        assert true & unknown == 0
        assert (true | unknown) >> len(kind_rules.rules) == 0

    @given(any_policies(), st.data())
    def test_decide_alike_to_the_byte(self, policy: Policy, data: st.DataObject) -> None:
        """Decisions of all engines have the same sets, the same receipt and the same data."""
        action = data.draw(actions(policy, at=AT))
        given_ = data.draw(approvals_of(policy.decide(action, at=AT)))
        one, *others = (with_engine(policy, name).decide(action, at=AT, approvals=given_) for name in ENGINES)
        for two in others:
            assert (one.true, one.unknown, one.verdict) == (two.true, two.unknown, two.verdict)
            assert one.receipt() == two.receipt()
            assert json.dumps(one.to_dict()) == json.dumps(two.to_dict())
            assert one.explain() == two.explain()

    @given(any_policies(), st.data())
    def test_decide_the_same_again(self, policy: Policy, data: st.DataObject) -> None:
        """Deciding has no memory: the same arguments give the same bytes, whatever was decided in between."""
        first, other = data.draw(actions(policy, at=AT)), data.draw(actions(policy, at=AT))
        before = policy.decide(first, at=AT).receipt()
        policy.decide(other, at=AT).to_dict()
        assert policy.decide(first, at=AT).receipt() == before

    @given(any_policies(), st.data())
    def test_remember_nothing_that_matters(self, policy: Policy, data: st.DataObject) -> None:
        """A decision says the same whatever was decided before it, however much alike."""
        action = data.draw(actions(policy, kinds=governed(policy), at=AT))
        asked = [each.fact for each in policy.decide(action, at=AT).questions if each.fact not in LOOKED_UP]
        known = policy.agency.vocabulary.facts
        said = {path: data.draw(values(known[path])) for path in asked if known[path].owner in GIVEN - {"candidate"}}
        alike = [action, *(action.answer({path: value}, policy.agency.vocabulary) for path, value in said.items())]
        used = [policy.decide(each, at=AT) for each in alike]
        assert [each.to_dict() for each in used] == [
            bind_policy(policy.agency).decide(each, at=AT).to_dict() for each in alike
        ]
