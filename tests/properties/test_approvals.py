"""Approvals: who may meet a requirement, and what makes a grant count or void."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smpolicy.actions import Action
from smpolicy.approvals import Approval, Need, is_met, still_holds
from smpolicy.policies import Policy
from smpolicy.testing.agency_tables import AT
from smpolicy.testing.tables import policy_from, ruleset_from
from smpolicy.vocabulary import SomeOf
from tests.properties.small import AGENCY, PACK
from tests.properties.trying import MANY

PEOPLE, ROLES = ("author", "second", "third", "fourth"), ("supervisor", "moderator", "investigator")
REQUIREMENTS = st.lists(
    st.builds(
        Need,
        st.just(("office",)),
        st.lists(st.sampled_from(ROLES), max_size=3, unique=True).map(tuple),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
GRANTS = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ROLES)), max_size=7)
RULE = "X.1/flagged"
HARMLESS = {"flagged": True, "sworn_to": True, "colour": "green", "marks": [], "copies": 0, "label": "fine"}


def grant(by: str, role: str) -> Approval:
    """Return an approval by a person in a role."""
    return Approval(by, role, RULE, "hash", "payload", {}, AT, AT + timedelta(days=1))


def can_be_met(requirement: Sequence[Need], grants: Sequence[tuple[str, str]], barred: str | None) -> bool:
    """Return whether some assignment of different people to all places meets a requirement, by trying every one."""
    places = [need.roles for need in requirement for _ in range(need.people)]
    people = sorted({by for by, _ in grants if by != barred})
    return any(
        all(any((person, role) in grants for role in roles) for person, roles in zip(seated, places, strict=True))
        for seated in itertools.permutations(people, len(places))
    )


class TestIsMet:
    @MANY
    @given(REQUIREMENTS, GRANTS, st.sampled_from(PEOPLE), st.booleans())
    @example(
        (Need(("office",), ("supervisor", "moderator")), Need(("office",), ("supervisor",))),
        [("second", "supervisor"), ("third", "moderator")],
        "author",
        False,
    )
    @example(
        (Need(("office",), ("supervisor",), 2), Need(("office",), ("moderator",))),
        [("second", "supervisor"), ("second", "moderator"), ("third", "supervisor")],
        "author",
        False,
    )
    def test_by_different_people_alone(
        self, requirement: tuple[Need, ...], grants: list[tuple[str, str]], author: str, self_approval: bool
    ) -> None:
        """A requirement is met just when different people, the author barred or not, can fill all places."""
        found = is_met(requirement, [grant(*each) for each in grants], author, self_approval)
        assert found is can_be_met(requirement, grants, None if self_approval else author)

    @MANY
    @given(REQUIREMENTS, GRANTS)
    def test_never_while_the_author_may_be_anyone(
        self, requirement: tuple[Need, ...], grants: list[tuple[str, str]]
    ) -> None:
        """Where the author is not known, nobody counts as somebody else."""
        assert not is_met(requirement, [grant(*each) for each in grants], None, False)

    @MANY
    @given(REQUIREMENTS, GRANTS, st.permutations(range(7)))
    def test_whatever_the_order(
        self, requirement: tuple[Need, ...], grants: list[tuple[str, str]], order: list[int]
    ) -> None:
        """The order of approvals does not matter."""
        shuffled = [grants[index] for index in order if index < len(grants)]
        one, two = ([grant(*each) for each in some] for some in (grants, shuffled))
        assert is_met(requirement, one, "author", False) is is_met(requirement, two, "author", False)


MEMBERS = ("a", "b", "c")
SETS = st.none() | st.frozensets(st.sampled_from(MEMBERS)) | st.builds(
    lambda told: SomeOf((m for m, v in told.items() if v), (m for m, v in told.items() if not v)),
    st.dictionaries(st.sampled_from(MEMBERS), st.booleans(), min_size=1, max_size=2),
)  # fmt: skip


def possible(value: Any) -> set[frozenset[str]]:
    """Return every set that a value may turn out to be."""
    every = {frozenset(each) for size in range(4) for each in itertools.combinations(MEMBERS, size)}
    if value is None:
        return every
    if isinstance(value, SomeOf):
        return {each for each in every if value.includes <= each and not value.excludes & each}
    return {value}


class TestStillHolds:
    @MANY
    @given(SETS, SETS)
    def test_just_when_nothing_but_learning_happened(self, then: Any, now: Any) -> None:
        """A set is unchanged when whatever it may be now it may have been then."""
        from smpolicy.actions import to_json

        assert still_holds(None if then is None else to_json(then), now) is (possible(now) <= possible(then))

    @MANY
    @given(st.sampled_from([True, False, 0, 1, "0", "1", "true"]), st.sampled_from([True, False, 0, 1, "0", "1", None]))
    def test_only_of_the_same_value_and_type(self, then: Any, now: Any) -> None:
        """A known value holds while it is the same, of the same type; forgetting it voids too."""
        assert still_holds(then, now) is (type(then) is type(now) and then == now)


@cache
def small(self_approval: bool = False) -> Policy:
    """Return the policy of the small pack."""
    return policy_from({**AGENCY, "decision": {"self_approval": self_approval}}, ruleset_from(PACK))


def action(kind: str = "publish", author: str | None = "officer-1", /, **facts: Any) -> Action:
    """Return an action that needs approval because it is flagged."""
    data: dict[str, Any] = {"kind": kind, "small": {**HARMLESS, **facts}, "actor": {"id": author}}
    if kind == "publish":
        data["payload"] = {"text": "A post."}
    else:
        data["small"]["only_hiding"] = False
    return small().action(data)


def approve(of: Action, by: str = "counsel-1", role: str = "legal_counsel", **details: Any) -> Approval:
    """Return an approval of an action by a person in a role."""
    return small().decide(of, at=AT).approval(RULE, by=by, role=role, **details)


def allows(of: Action, *approvals: Approval, after: timedelta = timedelta()) -> bool:
    """Return whether an action is allowed with approvals, perhaps some time later."""
    return small().decide(of, at=AT + after, approvals=approvals).allowed


@pytest.mark.parametrize("kind", ["publish", "hide"])
class TestDischarge:
    def test_by_who_holds_the_office(self, kind: str) -> None:
        """An approval by a person who holds the office discharges the rule."""
        assert allows(action(kind), approve(action(kind)))

    @MANY
    @given(seconds=st.integers(-3_000_000, 6_000_000))
    @example(seconds=-1)
    @example(seconds=0)
    @example(seconds=30 * 86_400 - 1)
    @example(seconds=30 * 86_400)
    def test_only_while_it_counts(self, kind: str, seconds: int) -> None:
        """An approval counts from the moment at which it is given until the moment at which it expires."""
        given_ = approve(action(kind), given_at=AT, expires_at=AT + timedelta(days=30))
        moment = timedelta(seconds=seconds)
        assert allows(action(kind), given_, after=moment) is (timedelta() <= moment < timedelta(days=30))

    @MANY
    @given(days=st.integers(0, 60))
    def test_only_in_a_role_held_then(self, kind: str, days: int) -> None:
        """The role must have been held when the approval was given, whoever holds it now."""
        given_at = AT - timedelta(days=days)
        given_ = approve(action(kind), "chief-1", "deputy_chief", given_at=given_at, expires_at=AT + timedelta(days=1))
        held = AGENCY["directory"]["person"][-1]["held"][0]
        today = given_at.astimezone(small().agency.time_zone).date()
        assert allows(action(kind), given_) is (held["since"] <= today < held["until"])

    @pytest.mark.parametrize(
        ("by", "role"),
        [("officer-1", "legal_counsel"), ("counsel-1", "deputy_chief"), ("spokesperson-1", "spokesperson")],
    )
    def test_not_by_who_does_not_hold_the_office(self, kind: str, by: str, role: str) -> None:
        """A role that the person does not hold, or that does not hold the office, approves nothing."""
        assert not allows(action(kind), approve(action(kind), by, role))

    def test_not_by_the_author(self, kind: str) -> None:
        """The author of an action does not count among those who approve it, unless the agency lets them."""
        own = action(kind, "counsel-1")
        assert not allows(own, approve(own))
        given_ = small(self_approval=True).decide(own, at=AT).approval(RULE, by="counsel-1", role="legal_counsel")
        assert small(self_approval=True).decide(own, at=AT, approvals=[given_]).allowed

    def test_not_while_the_author_is_unknown(self, kind: str) -> None:
        """While the author is not known, nobody can be told from the author."""
        unknown = action(kind, None)
        assert not allows(unknown, approve(unknown))

    @MANY
    @given(
        change=st.sampled_from(["rule", "rule_hash", "payload"]), value=st.sampled_from(["X.1/copies", "0" * 64, ""])
    )
    def test_not_for_something_else(self, kind: str, change: str, value: str) -> None:
        """An approval of another rule, of the rule as it was before, or of other content does not count."""
        other: dict[str, Any] = {change: value}
        assert not allows(action(kind), attrs.evolve(approve(action(kind)), **other))

    def test_not_of_other_content(self, kind: str) -> None:
        """Other content, and on kinds without content any other given fact, voids an approval."""
        if kind == "publish":
            other = attrs.evolve(action(kind), payload=b"Another post.")  # type: ignore[misc]
        else:
            other = action(kind, label="other")
        assert not allows(other, approve(action(kind)))

    def test_not_once_a_fact_changed(self, kind: str) -> None:
        """A changed value of a fact that the rule reads voids an approval, even if the rule would still speak."""
        before = action(kind, "officer-1")
        given_ = approve(before)
        changed = attrs.evolve(given_, facts={**given_.facts, "small.flagged": False})
        assert not allows(before, changed)

    @MANY
    @given(learned=st.sets(st.sampled_from(sorted(HARMLESS)), min_size=1))
    def test_still_once_something_was_learned(self, kind: str, learned: set[str]) -> None:
        """A fact that was unknown when the approval was given, and is known now, voids nothing."""
        before = action(kind, "officer-1", **dict.fromkeys(learned))
        assert allows(action(kind), approve(before))
