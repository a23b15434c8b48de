"""Actions as data, and sets of which only some members are known."""

from __future__ import annotations

import itertools
import json

from hypothesis import assume, given
from hypothesis import strategies as st

from smpolicy.actions import to_json
from smpolicy.kinds import CORE
from smpolicy.language.expressions import overlaps
from smpolicy.policies import Policy
from smpolicy.testing.agency_tables import AT, partial_sets, values
from smpolicy.testing.strategies import actions
from smpolicy.values import read_value
from smpolicy.vocabulary import Fact, SomeOf
from tests.properties.test_learning import any_policies

MEMBERS = ("a", "b", "c", "d")
SETS = [fact for fact in CORE.facts.values() if fact.type == "set"]


class TestRoundTrip:
    @given(any_policies(), st.data())
    def test_of_actions(self, policy: Policy, data: st.DataObject) -> None:
        """An action written as JSON and read again is the same action, attestations included."""
        action = data.draw(actions(policy, kinds=[kind for kind in policy.kinds if kind != "adopt_policy"], at=AT))
        again = policy.action(json.loads(json.dumps(action.to_dict())))
        assert again == action
        assert again.to_dict() == action.to_dict()
        assert policy.decide(again, at=AT).receipt() == policy.decide(action, at=AT).receipt()

    @given(any_policies(), st.data())
    def test_of_what_is_said_after_an_attestation(self, policy: Policy, data: st.DataObject) -> None:
        """What somebody says after it was attested away is given, no longer attested, and is not lost in writing."""
        vocabulary, kinds = policy.agency.vocabulary, [kind for kind in policy.kinds if kind != "adopt_policy"]
        attested = data.draw(actions(policy, kinds=kinds, attested=False, at=AT)).attest("chief-1", None, vocabulary)
        answered = [path for path in sorted(attested.attestations[0].facts) if not path.endswith(".exists")]
        assume(answered)
        path = data.draw(st.sampled_from(answered))
        value = data.draw(values(vocabulary.facts[path]))
        later = attested.answer({path: value}, vocabulary)
        assert path not in later.attestations[0].facts
        assert policy.action(json.loads(json.dumps(later.to_dict()))).get(path) == value

    @given(st.sampled_from(sorted(CORE.facts)), st.data())
    def test_of_values(self, path: str, data: st.DataObject) -> None:
        """A value of any fact written as JSON and read again is the same value."""
        fact = CORE.facts[path]
        value = read_value(fact, data.draw(values(fact, partly=True)))
        again = read_value(fact, json.loads(json.dumps(to_json(value))))
        assert again == value == read_value(fact, value)


class TestSomeOf:
    @given(partial_sets(MEMBERS), st.frozensets(st.sampled_from(MEMBERS), min_size=1))
    def test_is_what_all_its_completions_agree_on(self, value: SomeOf, others: frozenset[str]) -> None:
        """A partly known set overlaps others, or not, just where each set that it may turn out to be does."""
        rest = [each for each in MEMBERS if each not in value.includes | value.excludes]
        added = (itertools.compress(rest, chosen) for chosen in itertools.product((0, 1), repeat=len(rest)))
        every = [value.includes.union(each) for each in added]
        found = {overlaps(frozenset(each), others) for each in every}
        assert overlaps(value, others) is (found.pop() if len(found) == 1 else None)

    @given(st.sampled_from(SETS), st.data())
    def test_that_leaves_nothing_open_is_a_set(self, declared: Fact, data: st.DataObject) -> None:
        """Where every member is known to be there or not, the set is complete; where none is, it is unknown."""
        present = data.draw(st.frozensets(st.sampled_from(declared.members)))
        assert read_value(declared, SomeOf(present, frozenset(declared.members) - present)) == present
        assert read_value(declared, {"includes": [], "complete": False}) is None
