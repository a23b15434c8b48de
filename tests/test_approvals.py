"""Tests of smpolicy.approvals: what an approval is bound to, and when it counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

import smpolicy
from smpolicy.approvals import (
    Approval,
    Need,
    Requirement,
    facts_digest,
    given_facts,
    holds_role,
    is_met,
    one_person,
    payload_matches,
    still_holds,
    why_not,
)
from smpolicy.directories import ListedDirectory, Person
from smpolicy.vocabulary import SomeOf
from tests.builders import AT

DIRECTORY = ListedDirectory(
    {
        "chief-1": Person(smpolicy.Member(roles=["chief_or_sheriff"])),
        "counsel-1": Person(smpolicy.Member(roles=smpolicy.SomeOf({"legal_counsel"}))),
        "nobody-1": Person(smpolicy.Member()),
    }
)
ACTION = smpolicy.Publish(payload=b"Lock your car.")
GIVEN = Approval(
    "chief-1",
    "chief_or_sheriff",
    "A.1/rule",
    "f" * 64,
    str(ACTION.payload),
    {"content.humor": True, "content.tone": None},
    AT - timedelta(days=1),
    AT + timedelta(days=1),
)


def reason(approval: Approval, facts: Mapping[str, Any] | None = None, at: datetime = AT, **now: Any) -> str | None:
    """Return why an approval does not count for the rule and the content as they are."""
    values = {"content.humor": True} if facts is None else facts
    state: dict[str, Any] = {"rule": "A.1/rule", "rule_hash": "f" * 64, "action": ACTION, "needs_payload": True} | now
    return why_not(approval, at=at, directory=DIRECTORY, value_of=values.get, **state)


def counts(approval: Approval, facts: Mapping[str, Any] | None = None, at: datetime = AT, **now: Any) -> bool:
    """Return whether an approval counts for the rule and the content as they are."""
    return reason(approval, facts, at, **now) is None


class TestWhyNot:
    def test_unchanged(self) -> None:
        """An approval counts while nothing has changed."""
        assert counts(GIVEN)

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"rule": "A.2/rule"}, "other_rule"),
            ({"rule_hash": "e" * 64}, "rule_changed"),
            ({"payload": "0" * 64}, "other_content"),
            ({"by": "somebody-1"}, "role_not_held"),
            ({"by": "nobody-1"}, "role_not_held"),
            ({"role": "legal_counsel"}, "role_not_held"),
            ({"given_at": AT + timedelta(seconds=1)}, "not_yet"),
            ({"expires_at": AT}, "expired"),
        ],
    )
    def test_something_else(self, changed: dict[str, Any], why: str) -> None:
        """It does not count for another rule, content, role or time, and the reason is told."""
        assert reason(attrs.evolve(GIVEN, **changed)) == why

    def test_given_at_this_moment(self) -> None:
        """It counts from the very moment at which it is given."""
        assert counts(attrs.evolve(GIVEN, given_at=AT))

    def test_fact_changed(self) -> None:
        """A fact that the rule reads and that has changed voids it."""
        assert reason(GIVEN, {"content.humor": False}) == "fact_changed"

    def test_fact_forgotten(self) -> None:
        """A fact that was known and no longer is voids it."""
        assert not counts(GIVEN, {})

    def test_fact_learned(self) -> None:
        """A fact merely learned does not."""
        assert counts(GIVEN, {"content.humor": True, "content.tone": "formal"})

    def test_content_not_known(self) -> None:
        """Nothing counts for content that is not known."""
        assert not counts(GIVEN, action=smpolicy.Publish())


class TestPayload:
    HIDE = smpolicy.Hide(moderation=smpolicy.Moderation(ground="profanity"))

    def test_content(self) -> None:
        """An approval of content is bound to the digest of its bytes."""
        assert payload_matches(GIVEN, ACTION, True)
        assert not payload_matches(GIVEN, smpolicy.Publish(payload=b"Lock your bicycle."), True)

    def test_no_content(self) -> None:
        """Where the kind needs content that is missing, no approval matches."""
        assert not payload_matches(attrs.evolve(GIVEN, payload="None"), smpolicy.Publish(), True)

    def test_facts(self) -> None:
        """An approval of a kind without content is bound to the kind and the facts given, whose digest it carries."""
        facts = given_facts(self.HIDE)
        given = attrs.evolve(GIVEN, payload=facts_digest("hide", facts), facts=facts)
        assert payload_matches(given, self.HIDE, False)
        assert not payload_matches(attrs.evolve(given, facts={}), self.HIDE, False)

    def test_given_facts(self) -> None:
        """The facts given are those that the action itself says, of packs too, and no others."""
        assert given_facts(self.HIDE) == {"moderation.ground": "profanity"}
        pack = smpolicy.Publish(packs={"k9": {"shown": True, "named": None}}, incident=smpolicy.NONE)
        assert given_facts(pack) == {"incident.exists": False, "k9.shown": True}


class TestStillHolds:
    @pytest.mark.parametrize(
        ("then", "now", "expected"),
        [
            (None, True, True),
            (None, None, True),
            (True, True, True),
            (True, False, False),
            (True, None, False),
            (False, 0, False),
            (1, True, False),
            ("formal", "formal", True),
            ("formal", "urgent", False),
            (["a", "b"], frozenset({"b", "a"}), True),
            (["a"], frozenset({"b", "a"}), False),
            (["a"], None, False),
            ("a", frozenset({"a"}), False),
            ({"includes": ["a"]}, SomeOf({"a", "b"}), True),
            ({"includes": ["a"]}, SomeOf({"b"}), False),
            ({"includes": ["a"], "excludes": ["c"]}, frozenset({"a", "b"}), True),
            ({"includes": ["a"], "excludes": ["c"]}, frozenset({"a", "c"}), False),
            ({"includes": ["a"], "excludes": ["c"]}, SomeOf({"a"}), False),
            ({"includes": ["a"]}, None, False),
            ("2026-06-01T12:00:00Z", AT, True),
            ("2026-06-01T13:00:00Z", AT, False),
        ],
    )
    def test_still_holds(self, then: Any, now: Any, expected: bool) -> None:
        """What was known then must be so now; more may have been learned."""
        assert still_holds(then, now) is expected


class TestRole:
    @pytest.mark.parametrize(
        ("person", "role", "expected"),
        [
            ("chief-1", "chief_or_sheriff", True),
            ("chief-1", "legal_counsel", False),
            ("counsel-1", "legal_counsel", True),
            ("counsel-1", "supervisor", False),
            ("nobody-1", "legal_counsel", False),
            ("somebody-1", "legal_counsel", False),
        ],
    )
    def test_holds_role(self, person: str, role: str, expected: bool) -> None:
        """A role is held where the directory confirms it, not where it says nothing."""
        assert holds_role(DIRECTORY, person, role, AT) is expected


def approvals(*held: tuple[str, str]) -> list[Approval]:
    """Return approvals by people, each in a role."""
    return [attrs.evolve(GIVEN, by=by, role=role) for by, role in held]


LEGAL, CHIEF = Need(("legal",), ("legal_counsel",)), Need(("command",), ("chief_or_sheriff", "deputy_chief"))
TWO = Need(("command",), ("chief_or_sheriff", "deputy_chief"), 2)


class TestIsMet:
    @pytest.mark.parametrize(
        ("requirement", "held", "expected"),
        [
            ((), [], True),
            ((LEGAL,), [], False),
            ((LEGAL,), [("a", "legal_counsel")], True),
            ((LEGAL,), [("a", "supervisor")], False),
            ((CHIEF,), [("a", "deputy_chief")], True),
            ((TWO,), [("a", "deputy_chief")], False),
            ((TWO,), [("a", "deputy_chief"), ("a", "chief_or_sheriff")], False),
            ((TWO,), [("a", "deputy_chief"), ("b", "chief_or_sheriff")], True),
            ((LEGAL, CHIEF), [("a", "legal_counsel"), ("a", "deputy_chief")], False),
            ((LEGAL, CHIEF), [("a", "legal_counsel"), ("b", "deputy_chief")], True),
            ((LEGAL, CHIEF), [("a", "legal_counsel"), ("a", "deputy_chief"), ("b", "legal_counsel")], True),
            ((CHIEF, LEGAL), [("a", "legal_counsel"), ("a", "deputy_chief"), ("b", "deputy_chief")], True),
            ((LEGAL, TWO), [("a", "legal_counsel"), ("b", "deputy_chief"), ("c", "legal_counsel")], False),
        ],
    )
    def test_different_people(self, requirement: Requirement, held: list[tuple[str, str]], expected: bool) -> None:
        """Every part of a requirement is met by people of its own, however they must be seated."""
        assert is_met(requirement, approvals(*held), "author-1", False) is expected

    def test_author(self) -> None:
        """The author does not count, unless the agency allows it."""
        given = approvals(("author-1", "legal_counsel"))
        assert not is_met((LEGAL,), given, "author-1", self_approval=False)
        assert is_met((LEGAL,), given, "author-1", self_approval=True)

    def test_spelling(self) -> None:
        """One id spelt with composed and with combining accents is one person."""
        assert not is_met((LEGAL,), approvals(("Andre\u0301", "legal_counsel")), "Andr\u00e9", False)
        given = approvals(("Andre\u0301", "deputy_chief"), ("Andr\u00e9", "deputy_chief"))
        assert not is_met((TWO,), given, "author-1", False)


def test_data() -> None:
    """As data an approval says all that it is bound to."""
    assert GIVEN.to_dict() == {
        "by": "chief-1",
        "role": "chief_or_sheriff",
        "rule": "A.1/rule",
        "rule_hash": "f" * 64,
        "payload": ACTION.payload,
        "facts": {"content.humor": True, "content.tone": None},
        "given_at": "2026-05-31T12:00:00Z",
        "expires_at": "2026-06-02T12:00:00Z",
    }


def test_unknown_author() -> None:
    """While the author is not known nobody counts, unless authors may approve."""
    given = approvals(("a", "legal_counsel"))
    assert not is_met((LEGAL,), given, None, self_approval=False)
    assert is_met((LEGAL,), given, None, self_approval=True)


class TestMoments:
    def test_kept_in_utc(self) -> None:
        """The moments of an approval are kept in UTC, whatever the offset in which they were given."""
        eastern = timezone(timedelta(hours=-5))
        given = datetime(2026, 6, 1, 4, tzinfo=eastern)
        approval = Approval("chief-1", "supervisor", "A.1/rule", "0", "0", {}, given, given + timedelta(days=1))
        assert approval.to_dict()["given_at"] == "2026-06-01T09:00:00Z"

    def test_naive(self) -> None:
        """An approval without a time zone is refused where it is made."""
        naive = datetime(2026, 6, 1, 4)  # noqa: DTZ001
        with pytest.raises(smpolicy.InvalidApproval, match="naive_moment"):
            Approval("chief-1", "supervisor", "A.1/rule", "0", "0", {}, naive, naive)


LENT = smpolicy.Delegation(
    "chief-1", "nobody-1", "chief_or_sheriff", AT - timedelta(days=2), AT - timedelta(days=1) + timedelta(hours=1)
)
BORROWED = attrs.evolve(GIVEN, by="nobody-1")


class TestDelegation:
    def test_borrowed_role(self) -> None:
        """An approval counts that somebody gives in a role that is lent to them at that time."""
        assert reason(BORROWED) == "role_not_held"
        assert counts(BORROWED, delegations=[LENT])

    @pytest.mark.parametrize(
        "changed",
        [
            {"to": "counsel-1"},
            {"role": "supervisor"},
            {"by": "counsel-1"},
            {"by": "somebody-1"},
            {"since": GIVEN.given_at + timedelta(seconds=1)},
            {"until": GIVEN.given_at},
        ],
    )
    def test_not_lent(self, changed: dict[str, Any]) -> None:
        """It does not where it is lent to another, is another role, not the lender's own, or lent at another time."""
        assert reason(BORROWED, delegations=[attrs.evolve(LENT, **changed)]) == "role_not_held"

    def test_no_chain(self) -> None:
        """What is borrowed cannot be lent on."""
        on = attrs.evolve(LENT, by="nobody-1", to="somebody-1")
        assert reason(attrs.evolve(GIVEN, by="somebody-1"), delegations=[LENT, on]) == "role_not_held"

    def test_lender_and_borrower_are_one(self) -> None:
        """Whoever lends a role and whoever approves in it count as one person."""
        both = [GIVEN, BORROWED]
        same = one_person(both, [LENT], DIRECTORY)
        assert is_met((TWO,), both, "author-1", False)
        assert not is_met((TWO,), both, "author-1", False, same)
        assert is_met((CHIEF,), both, "author-1", False, same)

    def test_author_lends(self) -> None:
        """An author who lends a role does not get an own action approved in it."""
        same = one_person([BORROWED], [LENT], DIRECTORY)
        assert is_met((CHIEF,), [BORROWED], "author-1", False, same)
        assert not is_met((CHIEF,), [BORROWED], "chief-1", False, same)

    def test_own_role_is_no_loan(self) -> None:
        """Whoever holds the role counts for themselves, whatever is lent to them besides."""
        directory = ListedDirectory({**DIRECTORY.persons, "nobody-1": DIRECTORY.persons["chief-1"]})
        assert one_person([GIVEN, BORROWED], [LENT], directory) == {}

    def test_data(self) -> None:
        """As data a delegation reads back as it was."""
        assert smpolicy.read_delegations([LENT.to_dict()]) == (LENT,)
