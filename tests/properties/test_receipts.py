"""Receipts: canonical bytes that depend on what was decided, never on how it was written down."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import rfc8785
from hypothesis import assume, given
from hypothesis import strategies as st

from smpolicy.policies import Policy
from smpolicy.testing.agency_tables import AT, agency_tables, bound
from smpolicy.testing.ruleset_tables import ruleset_tables
from smpolicy.testing.strategies import actions, approvals_of
from smpolicy.testing.tables import policy_from, ruleset_from, shipped
from tests.properties.small import AGENCY, PACK
from tests.properties.test_learning import any_policies


def shuffled(data: st.DataObject, value: Any) -> Any:
    """Return data with the keys of every table in another order."""
    if isinstance(value, dict):
        return {key: shuffled(data, value[key]) for key in data.draw(st.permutations(sorted(value)))}
    return [shuffled(data, each) for each in value] if isinstance(value, list) else value


class TestReceipt:
    @given(any_policies(), st.data())
    def test_is_canonical(self, policy: Policy, data: st.DataObject) -> None:
        """It is canonical JSON in NFC: written again canonically, not a byte changes."""
        action = data.draw(actions(policy, at=AT))
        given_ = data.draw(approvals_of(policy.decide(action, at=AT)))
        receipt = policy.decide(action, at=AT, approvals=given_).receipt()
        assert rfc8785.dumps(json.loads(receipt)) == receipt
        assert unicodedata.is_normalized("NFC", receipt.decode())

    @given(any_policies(), st.data())
    def test_holds_every_fact_of_the_bound_rules(self, policy: Policy, data: st.DataObject) -> None:
        """Every fact that a bound rule reads stands in it with value and provenance, unknown or not."""
        action = data.draw(actions(policy, at=AT))
        receipt = json.loads(policy.decide(action, at=AT).receipt())
        for rule in policy.kinds[action.kind].rules:
            for term in rule.terms:
                found, value = receipt["facts"][term.path], policy.value(action, term.path, AT)
                assert (found["value"] == "unknown") is (value is None)
                assert (found["provenance"] == "unknown") is (value is None)

    @given(any_policies(), st.data())
    def test_names_no_engine_no_version_and_no_path(self, policy: Policy, data: st.DataObject) -> None:
        """Nothing in it depends on what decided."""
        receipt = policy.decide(data.draw(actions(policy, at=AT)), at=AT).receipt().decode()
        assert not any(word in receipt for word in ("compiled", "reference", "smpolicy", "/tmp", ".toml"))

    @given(ruleset_tables(), st.data())
    def test_is_the_same_whatever_the_order_of_keys(self, written: dict[str, Any], data: st.DataObject) -> None:
        """Tables of the agency, the ruleset and the action with keys in another order give the same bytes."""
        first = ruleset_from(written)
        agency = data.draw(agency_tables(first))
        policy = bound(agency, first)
        other = policy_from(shuffled(data, agency), ruleset_from(shuffled(data, written)))
        action = data.draw(actions(policy, kinds=[kind for kind in policy.kinds if kind != "adopt_policy"], at=AT))
        again = other.action(shuffled(data, action.to_dict()))
        assert policy.decide(action, at=AT).receipt() == other.decide(again, at=AT).receipt()

    @given(st.data())
    def test_is_the_same_whatever_the_order_of_packs(self, data: st.DataObject) -> None:
        """Rulesets adopted in another order decide the same, and give the same sets and facts."""
        adopted = data.draw(st.permutations([shipped(), ruleset_from(PACK)]))
        policy = policy_from(AGENCY, *adopted)
        action = policy.action({"kind": "hide", "small": {"flagged": True}, "target": {"author": "public"}})
        receipt = json.loads(policy.decide(action, at=AT).receipt())
        usual = policy_from(AGENCY, shipped(), ruleset_from(PACK))
        expected = json.loads(usual.decide(action, at=AT).receipt())
        assert {**receipt, "agency": ""} == {**expected, "agency": ""}

    @given(any_policies(), st.data())
    def test_tells_what_was_decided_apart(self, policy: Policy, data: st.DataObject) -> None:
        """Actions that differ have receipts that differ."""
        one, two = (
            data.draw(actions(policy, kinds=["publish"], at=AT)),
            data.draw(actions(policy, kinds=["publish"], at=AT)),
        )
        assume(one.to_dict() != two.to_dict())
        assert policy.decide(one, at=AT).receipt() != policy.decide(two, at=AT).receipt()
