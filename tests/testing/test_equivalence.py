"""Tests of equivalence: changes that are shown to make no difference, and none that make one."""

from __future__ import annotations

import pytest

from smpolicy.kinds import CORE
from smpolicy.testing.equivalence import same_meaning, same_policy, same_under_every_choice
from tests.builders import bound, choice, exception, make_agency, make_ruleset, rule

HUMOR, FALSE, ROLES = "content.humor", "content.known_false", "actor.roles"
TWO = "{'moderator', 'spokesperson'}"


class TestMeaning:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (f"{HUMOR} and {FALSE}", f"{FALSE} and {HUMOR}"),
            (f"{HUMOR} or {HUMOR} and {FALSE}", HUMOR),
            ("content.purpose in {'personal', 'other'}", "content.purpose == 'other' or content.purpose == 'personal'"),
            (f"'moderator' in {ROLES} or 'spokesperson' in {ROLES}", f"overlaps({ROLES}, {TWO})"),
        ],
    )  # fmt: skip
    def test_same(self, one: str, other: str) -> None:
        """Conditions that no facts tell apart are the same, however they are written."""
        assert same_meaning(bound(one), bound(other), CORE)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (f"{HUMOR} and {FALSE}", f"{HUMOR} or {FALSE}"),
            (HUMOR, f"not {HUMOR}"),
            (f"{HUMOR} or not {HUMOR}", f"{FALSE} or not {FALSE}"),
            ("content.purpose in {'personal', 'other'}", "content.purpose == 'other'"),
            (f"overlaps({ROLES}, {TWO})", f"includes({ROLES}, {TWO})"),
        ],
    )  # fmt: skip
    def test_different(self, one: str, other: str) -> None:
        """Conditions that some facts tell apart, unknown ones included, are not."""
        assert not same_meaning(bound(one), bound(other), CORE)

    def test_too_many_facts_show_nothing(self) -> None:
        """Where the assignments are too many to try, equality is not claimed."""
        clauses = [f"content.{name}" for name in _flags(11)]
        assert not same_meaning(bound(" and ".join(clauses)), bound(" and ".join(reversed(clauses))), CORE)


def _flags(count: int) -> list[str]:
    found = [fact.name for fact in CORE.facts.values() if fact.part == "content" and fact.type == "bool"]
    assert len(found) >= count
    return found[:count]


class TestAgencies:
    def test_rule_that_is_switched_off_may_change(self) -> None:
        """Under an agency that leaves something free, its rule's condition makes no difference."""
        off = choice("c", "effect", '"allow"', "higher")
        one, other = (
            make_agency("", make_ruleset(off + rule(text, "choice.c", approvals='[{ office = "legal" }]')))
            for text in (HUMOR, FALSE)
        )
        assert same_policy(one, other)

    def test_rule_that_is_in_force_may_not(self) -> None:
        """A condition of a rule in force makes a difference, and so do effect, requirement and exception."""
        base = make_agency("", make_ruleset(rule(HUMOR)))
        for text in (rule(FALSE), rule(HUMOR, "needs_approval"), rule(HUMOR) + exception(FALSE), ""):
            assert not same_policy(base, make_agency("", make_ruleset(text)))

    def test_ruleset_is_tried_under_every_choice(self) -> None:
        """What makes no difference by default, yet under another choice, makes one."""
        flag = choice("c", "flag", "false", "true")
        base = make_ruleset(flag + rule(f"choice.c and {HUMOR}"))
        agency = make_agency("", base)
        wrong = make_agency("", make_ruleset(flag + rule(f"choice.c and {FALSE}")))
        same = make_agency("", make_ruleset(flag + rule(f"{HUMOR} and choice.c")))
        assert same_policy(agency, wrong)
        assert not same_under_every_choice(agency, wrong, base.rules, "example")
        assert same_under_every_choice(agency, same, base.rules, "example")

    def test_ruleset_is_tried_with_every_fact_of_an_agency(self) -> None:
        """What agencies say about themselves is tried too: one that says nothing hides no difference."""
        base = make_ruleset(rule(f"{HUMOR} and not agency.consent_decree"))
        wrong = make_agency("", make_ruleset(rule(f"{HUMOR} and agency.consent_decree")))
        assert not same_under_every_choice(make_agency("", base), wrong, base.rules, "example")
