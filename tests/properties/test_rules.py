"""Rules among each other: more of them never weaken, exceptions only make milder, order and repetition mean nothing."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smpolicy.bound_rules import KindRules
from smpolicy.engines import make_engine
from smpolicy.errors import InvalidFile
from smpolicy.judge import Outcome, judge
from smpolicy.policies import Policy
from smpolicy.rulesets import Ruleset
from smpolicy.testing.agency_tables import AT, agency_tables, bound
from smpolicy.testing.comparing import ORDER, at_least_as_strict, meaning, strength
from smpolicy.testing.ruleset_tables import ruleset_tables
from smpolicy.testing.strategies import actions, approvals_of, policies
from smpolicy.testing.tables import policy_from, ruleset_from
from tests.properties.small import AGENCY, PACK
from tests.properties.small import KINDS as KINDS_OF_PACK
from tests.properties.small import rule as rule_of_pack
from tests.properties.strategies import facts
from tests.properties.test_learning import any_policies, governed
from tests.properties.trying import MANY

BITS = st.integers(0, 2**6 - 1)
KINDS = st.sampled_from(["publish", "personal_post", "public_statement", "delete", "discipline"])


def loaded(data: dict[str, Any]) -> Ruleset:
    """Return the ruleset of data, passing over data of which leaving something out left a use without its choice."""
    try:
        return ruleset_from(data)
    except InvalidFile as error:
        assume({each.code for each in error.problems} - {"unused_choice", "covers_nothing"})
        raise


def without(data: dict[str, Any], table: str, index: int) -> dict[str, Any]:
    """Return a ruleset's data without one statement, and without the choices that only it used."""
    kept = [each for number, each in enumerate(data[table]) if number != index]
    return pruned({**data, table: kept})


def pruned(data: dict[str, Any]) -> dict[str, Any]:
    """Return a ruleset's data without choices that nothing uses, and exceptions that cover nothing."""
    rules = [each for each in data["rule"] if "then" in each]
    exceptions = [
        each
        for each in data["exception"]
        if any(
            (rule["id"] + "/").startswith((each["of"][0] + "/", each["of"][0] + "."))
            and set(rule["on"]) & set(each["on"])
            for rule in rules
        )
    ]
    data = {**data, "exception": exceptions}
    text = repr([data["rule"], data["exception"], data["definition"]])
    return {**data, "choice": [each for each in data["choice"] if re.search(rf"choice\.{each['id']}\b", text)]}


class TestJudge:
    @MANY
    @given(KINDS, BITS, BITS, BITS, BITS, BITS, st.booleans(), BITS)
    def test_more_true_rules_never_weaken(
        self, kind: str, true: int, unknown: int, denying: int, asking: int, discharged: int, doubt: bool, more: int
    ) -> None:
        """Another true restricting rule never makes an outcome milder, doubt that alone denies set aside."""
        asking &= ~denying
        before = judge(kind, true, unknown & ~true, denying, asking, discharged, doubt)
        after = judge(kind, true | more, unknown & ~true & ~more, denying, asking, discharged, doubt)
        doubted = before.outcome is Outcome.DENY and not before.settled
        assert ORDER.index(after.outcome) >= ORDER.index(Outcome.NEEDS_APPROVAL if doubted else before.outcome)

    @MANY
    @given(KINDS, BITS, BITS, BITS, BITS, BITS, st.booleans(), BITS)
    def test_more_discharge_never_strengthens(
        self, kind: str, true: int, unknown: int, denying: int, asking: int, discharged: int, doubt: bool, more: int
    ) -> None:
        """Another discharged rule never makes an outcome stronger."""
        asking, unknown = asking & ~denying, unknown & ~true
        before = judge(kind, true, unknown, denying, asking, discharged, doubt)
        after = judge(kind, true, unknown, denying, asking, discharged | more, doubt)
        assert ORDER.index(after.outcome) <= ORDER.index(before.outcome)

    @MANY
    @given(KINDS, BITS, BITS, BITS, BITS, BITS, st.booleans())
    def test_follows_the_design(
        self, kind: str, true: int, unknown: int, denying: int, asking: int, discharged: int, doubt: bool
    ) -> None:
        """The outcome is the one that the strongest live and the strongest open effect call for."""
        asking, unknown = asking & ~denying, unknown & ~true
        found = judge(kind, true, unknown, denying, asking, discharged, doubt)
        effects = [
            (name, "deny" if denying >> name & 1 else "ask")
            for name in range(6)
            if (denying | asking & ~discharged) >> name & 1
        ]
        live = {effect for name, effect in effects if true >> name & 1}
        open_ = {effect for name, effect in effects if unknown >> name & 1}
        speech = kind in ("personal_post", "public_statement")
        if "deny" in live:
            assert found[:3] == (Outcome.DENY, True, "stop")
        elif not live | open_:
            assert found[:3] == (Outcome.ALLOW, True, "act")
        else:
            denied = bool(open_) and doubt and not speech
            assert found.outcome is (Outcome.DENY if denied else Outcome.NEEDS_APPROVAL)
            assert found.settled is (not open_)
            assert found.next == ("answer" if open_ and ("deny" in open_ or speech) else "approve")

    @MANY
    @given(BITS, BITS, BITS, BITS, BITS, st.booleans())
    def test_always_allows_a_report(
        self, true: int, unknown: int, denying: int, asking: int, discharged: int, doubt: bool
    ) -> None:
        """A report of a violation is allowed, settled, whatever rules say."""
        found = judge("report_violation", true, unknown & ~true, denying, asking, discharged, doubt, governed=False)
        assert found[:3] == (Outcome.ALLOW, True, "act")


class TestMoreRules:
    @given(ruleset_tables(), st.data())
    def test_never_weaken(self, written: dict[str, Any], data: st.DataObject) -> None:
        """A ruleset decides no more mildly, and asks no less, than without one of its restricting rules."""
        restricting = [index for index, rule in enumerate(written["rule"]) if "then" in rule]
        assume(len(written["rule"]) > 1 and restricting)
        fewer = without(written, "rule", data.draw(st.sampled_from(restricting)))
        small, large = loaded(fewer), ruleset_from(written)
        kept = data.draw(agency_tables(small))
        strict = bound(kept, large)
        try:
            mild = policy_from(kept, small)
        except InvalidFile:
            assume(False)
        kinds = [kind for kind, rules in mild.kinds.items() if rules.governed]
        assume(kinds)
        action = data.draw(actions(strict, kinds=kinds, at=AT))
        before, after = mild.decide(action, at=AT), strict.decide(action, at=AT)
        assert strength(after) >= strength(before)
        assert after.outcome is Outcome.DENY or at_least_as_strict(after, before)


class TestExceptions:
    @given(ruleset_tables(), st.data())
    def test_only_make_milder(self, written: dict[str, Any], data: st.DataObject) -> None:
        """With an exception an action is decided no more strongly than without."""
        assume(written["exception"])
        index = data.draw(st.sampled_from(range(len(written["exception"]))))
        fewer = ruleset_from(without(written, "exception", index))
        more = ruleset_from(written)
        agency = data.draw(agency_tables(fewer))
        strict, mild = bound(agency, fewer), policy_from(agency, more)
        action = data.draw(actions(strict, kinds=governed(strict), at=AT))
        assert strength(mild.decide(action, at=AT)) <= strength(strict.decide(action, at=AT))

    @given(ruleset_tables(), st.data())
    def test_leave_alone_what_they_do_not_cover(self, written: dict[str, Any], data: st.DataObject) -> None:
        """Rules that an exception does not cover are true and unknown just as without it."""
        assume(written["exception"])
        index = data.draw(st.sampled_from(range(len(written["exception"]))))
        exception = written["exception"][index]
        fewer, more = ruleset_from(without(written, "exception", index)), ruleset_from(written)
        agency = data.draw(agency_tables(fewer))
        strict, mild = bound(agency, fewer), policy_from(agency, more)
        action = data.draw(actions(strict, kinds=governed(strict), at=AT))
        before, after = meaning(strict.decide(action, at=AT)), meaning(mild.decide(action, at=AT))
        covered = {
            rule.id
            for rule in more.rules
            if any(each.covers(rule) for each in more.exceptions if each.id == exception["id"])
        }

        def others(found: object) -> set[str]:
            assert isinstance(found, set)
            return {name for name in found if name.partition("~")[0].partition("[")[0] not in covered}

        assert others(before["true"]) == others(after["true"])
        assert others(before["unknown"]) == others(after["unknown"])

    @given(any_policies())
    def test_put_nothing_stronger_in_place(self, policy: Policy) -> None:
        """What an exception puts in a rule's place is never stronger than the rule, and names who may approve."""
        for kind_rules in policy.kinds.values():
            effects = {rule.id: rule.effect for rule in kind_rules.rules}
            order = ["notice", "oblige", "needs_approval", "deny"]
            for rule in kind_rules.rules:
                replaced = rule.id.partition("~")[0]
                if replaced in effects:
                    assert order.index(rule.effect) <= order.index(effects[replaced])
                assert rule.effect != "needs_approval" or rule.requirement


@pytest.mark.parametrize("replaced", ["needs_approval", "deny"])
@pytest.mark.parametrize("instead", ["needs_approval", "deny"])
def test_an_exception_replaces_by_the_milder_effect(replaced: str, instead: str) -> None:
    """Put in the place of a rule, an effect is never stronger than the rule's own, and somebody may approve it."""
    asked = {"approvals": [{"office": "legal"}]}
    exception = {
        "id": "X.1/except",
        "about": "X.1",
        "on": KINDS_OF_PACK,
        "of": ["X.1/one"],
        "when": "small.flagged",
        "reason": "It is flagged.",
        "instead": [
            {"about": "X.1", "then": instead, "reason": "So.", **(asked if instead == "needs_approval" else {})}
        ],
    }
    written = {
        **PACK,
        "choice": [],
        "rule": [rule_of_pack("one", "small.colour == 'red'", replaced)],
        "exception": [exception],
    }
    policy = policy_from(AGENCY, ruleset_from(written))
    found = policy.decide(policy.action({"kind": "hide", "small": {"colour": "red", "flagged": True}}), at=AT)
    milder = "deny" if replaced == instead == "deny" else "needs_approval"
    assert [each.effect for each in found.reasons] == [milder]
    assert all(each.requirement for each in found.needed)


class TestOrder:
    @given(ruleset_tables(), st.data())
    def test_of_statements_means_nothing(self, written: dict[str, Any], data: st.DataObject) -> None:
        """Rules, exceptions, definitions and choices written in another order decide the same."""
        shuffled = {
            key: data.draw(st.permutations(value)) if isinstance(value, list) else value
            for key, value in written.items()
        }
        one, two = ruleset_from(written), ruleset_from(shuffled)
        agency = data.draw(agency_tables(one))
        first, second = bound(agency, one), policy_from(agency, two)
        action = data.draw(actions(first, kinds=governed(first), at=AT))
        assert meaning(first.decide(action, at=AT)) == meaning(second.decide(action, at=AT))

    @given(any_policies(), st.data())
    def test_and_repetition_of_bound_rules_mean_nothing(self, policy: Policy, data: st.DataObject) -> None:
        """Bound rules in another order, some of them twice, give the same outcome."""
        kind = data.draw(st.sampled_from(governed(policy)))
        rules = policy.kinds[kind]
        twice = rules.rules + tuple(
            data.draw(st.lists(st.sampled_from(rules.rules), max_size=3)) if rules.rules else ()
        )
        other = attrs.evolve(rules, rules=tuple(data.draw(st.permutations(twice))))
        known = data.draw(facts(rules))
        assert _outcome(rules, known) == _outcome(other, known)


def _outcome(rules: KindRules, known: tuple[Any, ...]) -> tuple[Any, ...]:
    true, unknown = make_engine("compiled", rules)(known)
    found = judge(rules.kind, true, unknown, rules.denying, rules.asking, 0, False, rules.governed)
    return found.outcome, found.settled, found.next


class TestApprovals:
    @given(any_policies(), st.data())
    def test_more_of_them_never_strengthen(self, policy: Policy, data: st.DataObject) -> None:
        """With more approvals an outcome is the same or milder, and less is needed."""
        action = data.draw(actions(policy, kinds=governed(policy), at=AT))
        bare = policy.decide(action, at=AT)
        some = data.draw(approvals_of(bare, sound=False))
        more = some + data.draw(approvals_of(bare))
        before, after = policy.decide(action, at=AT, approvals=some), policy.decide(action, at=AT, approvals=more)
        assert ORDER.index(after.outcome) <= ORDER.index(before.outcome)
        assert {each.rule for each in after.needed} <= {each.rule for each in before.needed}

    @given(any_policies(), st.data())
    def test_never_lift_a_deny(self, policy: Policy, data: st.DataObject) -> None:
        """No approval lifts a true rule that denies."""
        action = data.draw(actions(policy, kinds=governed(policy), at=AT))
        bare = policy.decide(action, at=AT)
        if any(reason.effect == "deny" for reason in bare.reasons):
            approved = policy.decide(action, at=AT, approvals=data.draw(approvals_of(bare)))
            assert (approved.outcome, approved.settled) == (Outcome.DENY, True) or action.kind == "report_violation"

    @given(policies(), st.data())
    def test_in_another_order_mean_the_same(self, policy: Policy, data: st.DataObject) -> None:
        """The order of approvals, and the same one twice, change nothing."""
        action = data.draw(actions(policy, kinds=governed(policy), payload=True, at=AT))
        given_ = data.draw(approvals_of(policy.decide(action, at=AT)))
        before = policy.decide(action, at=AT, approvals=given_)
        after = policy.decide(action, at=AT, approvals=data.draw(st.permutations(given_ + given_)))
        assert (before.outcome, before.discharged) == (after.outcome, after.discharged)
