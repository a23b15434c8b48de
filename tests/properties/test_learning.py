"""Learning more about an action: what is settled stays, and nothing left out or mistaken yields an allow."""

from __future__ import annotations

import copy
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smpolicy.actions import Action
from smpolicy.decisions import Decision
from smpolicy.errors import InvalidAction
from smpolicy.judge import Outcome
from smpolicy.kinds import CORE
from smpolicy.policies import Policy
from smpolicy.testing.agency_tables import AT, values
from smpolicy.testing.drawing import attesters
from smpolicy.testing.ruleset_tables import ruleset_tables
from smpolicy.testing.strategies import actions, approvals_of, learned, policies
from smpolicy.testing.tables import ruleset_from
from smpolicy.values import read_value
from smpolicy.vocabulary import GIVEN, Fact, SomeOf
from tests.properties.strategies import LOOKED_UP, identities


@st.composite
def any_policies(draw: st.DrawFn, *, complete: bool = False) -> Policy:
    """Return a strategy for policies: the shipped ruleset, or a generated one, under generated agencies."""
    if draw(st.integers(0, 3)) == 0:
        return draw(policies(complete=complete))
    return draw(policies(rulesets=[ruleset_from(draw(ruleset_tables()))], complete=complete))


def governed(policy: Policy) -> list[str]:
    """Return the kinds of which some rule speaks."""
    found = [kind for kind, rules in policy.kinds.items() if rules.governed]
    assume(found)
    return found


@st.composite
def decided(draw: st.DrawFn, *, complete: bool = False) -> tuple[Policy, Action]:
    """Return a strategy for a policy and an action of a kind that it governs."""
    policy = draw(any_policies(complete=complete))
    return policy, draw(actions(policy, kinds=governed(policy), at=AT))


class TestLearning:
    @given(decided(), st.data())
    def test_keeps_what_is_settled(self, subject: tuple[Policy, Action], data: st.DataObject) -> None:
        """A settled outcome stays, and stays settled, whatever is learned."""
        policy, action = subject
        before = policy.decide(action, at=AT)
        after = policy.decide(data.draw(learned(action, policy=policy, at=AT)), at=AT)
        if before.settled:
            assert (after.outcome, after.settled) == (before.outcome, True)

    @given(decided(), st.data())
    def test_keeps_what_approvals_settled(self, subject: tuple[Policy, Action], data: st.DataObject) -> None:
        """The same holds of an outcome that approvals settled."""
        policy, action = subject
        given_ = data.draw(approvals_of(policy.decide(action, at=AT)))
        before = policy.decide(action, at=AT, approvals=given_)
        after = policy.decide(data.draw(learned(action, policy=policy, at=AT)), at=AT, approvals=given_)
        if before.settled:
            assert (after.outcome, after.settled) == (before.outcome, True)

    @given(decided(), st.data())
    def test_never_turns_an_allow(self, subject: tuple[Policy, Action], data: st.DataObject) -> None:
        """Every completion of an allowed action is allowed."""
        policy, action = subject
        if policy.decide(action, at=AT).allowed:
            assert policy.decide(data.draw(learned(action, policy=policy, at=AT, complete=True)), at=AT).allowed

    @given(decided(), st.data())
    def test_only_shrinks_what_is_open(self, subject: tuple[Policy, Action], data: st.DataObject) -> None:
        """What was true stays true; what is unknown afterwards was unknown before."""
        policy, action = subject
        before = policy.decide(action, at=AT)
        after = policy.decide(data.draw(learned(action, policy=policy, at=AT)), at=AT)
        assert before.true & ~after.true == 0
        assert after.unknown & ~before.unknown == 0


class TestLeavingOut:
    @given(any_policies(), st.data())
    def test_a_fact_yields_no_allow(self, policy: Policy, data: st.DataObject) -> None:
        """An action that is not allowed with everything known is not allowed with some of it left out."""
        action = data.draw(actions(policy, kinds=governed(policy), known="all", at=AT))
        if not policy.decide(action, at=AT).allowed:
            assert not policy.decide(data.draw(forgotten(policy, action)), at=AT).allowed

    @given(decided(), st.data())
    def test_a_misspelt_fact_is_an_error(self, subject: tuple[Policy, Action], data: st.DataObject) -> None:
        """A fact under a name that is none is refused, never passed over."""
        policy, action = subject
        assume(action.kind != "adopt_policy")
        written = action.to_dict()
        parts = [name for name, found in written.items() if isinstance(found, dict) and found and name != "payload"]
        assume(parts)
        part = data.draw(st.sampled_from(parts))
        name = data.draw(st.sampled_from(sorted(written[part])))
        written[part] = dict(written[part])
        written[part][data.draw(st.sampled_from((f"{name}s", name.upper(), f" {name}", "__class__")))] = written[
            part
        ].pop(name)
        with pytest.raises(InvalidAction):
            policy.action(written)

    @given(decided(), st.data())
    def test_a_mistyped_fact_is_an_error(self, subject: tuple[Policy, Action], data: st.DataObject) -> None:
        """A value of another type is refused: the text "false" is no yes or no, and 1 is no true."""
        policy, action = subject
        assume(action.kind != "adopt_policy")
        written = action.to_dict()
        facts = policy.agency.vocabulary.facts
        found = [
            (part, name)
            for part, inner in written.items()
            if isinstance(inner, dict) and part != "payload"
            for name in inner
            if f"{part}.{name}" in facts
        ]
        assume(found)
        part, name = data.draw(st.sampled_from(found))
        written = copy.deepcopy(written)
        written[part][name] = data.draw(st.sampled_from(mistyped(facts[f"{part}.{name}"].type, written[part][name])))
        with pytest.raises(InvalidAction):
            policy.action(written)


@pytest.mark.parametrize(
    "fact", [fact for fact in CORE.facts.values() if fact.owner in GIVEN], ids=lambda fact: fact.path
)
def test_every_fact_refuses_values_of_other_types(fact: Fact) -> None:
    """No fact takes a value that is not of its type, however close: 1 is no true, and "false" no false."""
    for wrong in mistyped(fact.type, fact.members[0] if fact.members else ""):
        with pytest.raises(InvalidAction):
            read_value(fact, wrong)


def mistyped(kind: str, value: Any) -> list[Any]:
    """Return values that are not of a type, some of them close to one that is."""
    wrong: dict[str, list[Any]] = {
        "bool": ["false", "true", 0, 1, 0.0, [], {}, [True]],
        "enum": [True, 1, [value], {"is": value}, f"{value} ", str(value).upper()],
        "set": [
            "none",
            True,
            1,
            [1],
            [[]],
            [None],
            {"includes": []},
            {"includes": [], "complete": 0},
            {"includes": [], "complete": 1},
            {"includes": [], "complete": "false"},
            {"complete": False, "all": True},
        ],
        "integer": ["1", 1.0, True, -1, 10**9, [1]],
        "moment": ["yesterday", "2026-01-01", "2026-01-01T00:00:00", 1_700_000_000, True, "2026-13-01T00:00:00Z"],
        "text": [True, 1, [], {}, "", "  ", "a\nb", "x" * 3_000],
    }
    return wrong[kind]


@st.composite
def forgotten(draw: st.DrawFn, policy: Policy, action: Action) -> Action:
    """Return a strategy for the same action of which less is known."""
    changes: dict[str, Any] = {}
    for name in policy.agency.vocabulary.kinds[action.kind].parts:
        part: Any = getattr(action, name, None)
        if part is None or name == "policy":
            continue
        fields = [each.name for each in attrs.fields(type(part)) if getattr(part, each.name) is not None]
        gone = draw(st.sets(st.sampled_from(fields))) if fields else set()
        if getattr(part, "exists", True) is False:
            gone = gone & {"exists"}
        elif "exists" in gone and len(gone) < len(fields):
            gone -= {"exists"}
        if gone:
            changes[name] = attrs.evolve(part, **dict.fromkeys(gone))
    packs = {
        space: {name: value for name, value in found.items() if draw(st.booleans())}
        for space, found in action.packs.items()
    }
    return attrs.evolve(action, packs=packs, **changes)  # type: ignore[misc]


class TestQuestions:
    @given(decided(complete=True), st.data())
    def test_answered_settle(self, subject: tuple[Policy, Action], data: st.DataObject) -> None:
        """Once all questions are answered, and those that the answers raise, the outcome is settled."""
        policy, action = subject
        for _ in range(40):
            decision = policy.decide(action, at=AT)
            if not decision.questions:
                break
            action = action.answer(answers_to(data, policy, action, decision), policy.agency.vocabulary)
        decision = policy.decide(action, at=AT)
        assert not decision.questions
        assert decision.settled

    @given(decided())
    def test_are_asked_while_something_is_open(self, subject: tuple[Policy, Action]) -> None:
        """While a restricting rule is open there is a question, and its rules are open ones."""
        decision = subject[0].decide(subject[1], at=AT)
        open_rules = {rule.id for _, rule in decision.kind_rules.members(decision.unknown)}
        asked = {rule for question in decision.questions for rule in question.rules}
        assert asked == open_rules

    @given(decided())
    def test_are_asked_about_what_is_unknown(self, subject: tuple[Policy, Action]) -> None:
        """No question asks what is known already, and a part's facts are asked only once it exists."""
        policy, action = subject
        for question in policy.decide(action, at=AT).questions:
            value = policy.value(action, question.fact, AT)
            assert value is None or isinstance(value, SomeOf)
            part, _, name = question.fact.partition(".")
            if policy.agency.vocabulary.parts[part].optional and name != "exists":
                assert action.get(f"{part}.exists") is True

    @given(decided())
    def test_come_strongest_first(self, subject: tuple[Policy, Action]) -> None:
        """The strongest effect comes first, then the fact that touches most rules, then citation and path."""
        order = ("deny", "needs_approval", "oblige", "notice")
        asked = subject[0].decide(subject[1], at=AT).questions
        keys = [(order.index(each.effect), -len(each.rules), each.cite, each.fact) for each in asked]
        assert keys == sorted(keys)


def answers_to(data: st.DataObject, policy: Policy, action: Action, decision: Decision) -> dict[str, Any]:
    """Answer every question of a decision."""
    found: dict[str, Any] = {}
    for question in decision.questions:
        fact = policy.agency.vocabulary.facts[question.fact]
        if fact.path in LOOKED_UP:
            found[fact.path] = data.draw(st.sampled_from(identities(policy)[fact.path]))
        else:
            value, before = data.draw(values(fact)), action.get(fact.path)
            if isinstance(before, SomeOf):
                value = (value | before.includes) - before.excludes
            found[fact.path] = value
    return found


class TestAttestation:
    @given(decided(), st.data())
    def test_answers_only_what_may_be_attested(self, subject: tuple[Policy, Action], data: st.DataObject) -> None:
        """An attestation answers yes/no facts and sets of the author or nobody, harmlessly, and nothing else."""
        policy, action = subject
        vocabulary = policy.agency.vocabulary
        parts = vocabulary.kinds[action.kind].parts
        covered = data.draw(st.none() | st.lists(st.sampled_from(parts), min_size=1, unique=True))
        attested = action.attest("spokesperson-1", covered, vocabulary)
        for fact in vocabulary.facts_of(action.kind):
            before, after = action.get(fact.path), attested.get(fact.path)
            if before == after:
                continue
            assert covered is None or fact.part in covered
            assert fact.owner in ("author", "given")
            assert not fact.always_ask
            assert fact.type in ("bool", "set")
            assert before is None or isinstance(before, SomeOf)
            none_of_these = before.includes if isinstance(before, SomeOf) else frozenset[str]()
            assert after == (none_of_these if fact.type == "set" else fact.harmless)
            assert fact.path in attested.attestations[-1].facts

    @given(decided())
    def test_leaves_open_only_what_it_may_not_answer(self, subject: tuple[Policy, Action]) -> None:
        """After an attestation of every part, no question is left that an attestation could answer."""
        policy, action = subject
        by = [person for person, parts in attesters(policy, action.kind, AT) if parts is None]
        assume(by)
        decision = policy.decide(action.attest(by[0], None, policy.agency.vocabulary), at=AT)
        assert not decision.checklist

    @given(decided())
    def test_is_no_more_than_learning(self, subject: tuple[Policy, Action]) -> None:
        """An attestation changes no settled outcome, and every answer of it is marked as attested."""
        policy, action = subject
        by = [person for person, parts in attesters(policy, action.kind, AT) if parts is None]
        assume(by)
        attested = action.attest(by[0], None, policy.agency.vocabulary)
        before, after = policy.decide(action, at=AT), policy.decide(attested, at=AT)
        assert not before.settled or after.outcome is before.outcome
        marked = {each.fact for reason in after.reasons for each in reason.because if each.provenance == "attested"}
        assert marked <= frozenset[str]().union(*(each.facts for each in attested.attestations))


class TestUngoverned:
    @given(
        policies(
            rulesets=[
                ruleset_from(
                    {
                        "ruleset": {
                            "id": "small",
                            "title": "Small",
                            "version": "1",
                            "dated": AT.date(),
                            "source": "nowhere",
                        },
                        "consideration": [{"id": "X.1", "title": "One", "gist": "One.", "acts": ["publish"]}],
                        "rule": [
                            {
                                "id": "X.1/one",
                                "on": ["publish"],
                                "when": "content.humor",
                                "then": "deny",
                                "reason": "It is.",
                            }
                        ],
                    }
                )
            ]
        ),
        st.data(),
    )
    def test_kinds_are_never_allowed(self, policy: Policy, data: st.DataObject) -> None:
        """A kind of which no ruleset speaks needs approval, unsettled, and stops; only reports are always allowed."""
        action = data.draw(actions(policy, kinds=[kind for kind in policy.kinds if kind != "publish"], at=AT))
        decision = policy.decide(action, at=AT)
        if action.kind == "report_violation":
            assert decision.allowed
        else:
            assert (decision.outcome, decision.settled) == (Outcome.NEEDS_APPROVAL, False)
            assert (decision.next, decision.code) == ("stop", "ungoverned")
