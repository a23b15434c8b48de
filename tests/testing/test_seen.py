"""Tests of what decisions show: the states in which rules, exceptions, choices and clauses were seen."""

from __future__ import annotations

from typing import Any

import pytest

from smpolicy.observing import watching
from smpolicy.policies import Policy
from smpolicy.testing.seen import Seen, missing, percent, seen_text, totals
from tests.builders import AT, choice, exception, make_policy, rule

RULES = (
    choice("guilt", "effect", '"deny"', "higher")
    + rule("content.guilt_or_innocence and not content.humor", "choice.guilt", approvals='[{ office = "legal" }]')
    + exception("content.attributed_reshare")
)
GUILT, RESHARE = "content.guilt_or_innocence", "content.attributed_reshare"


@pytest.fixture
def policy() -> Policy:
    """A policy with one rule of two clauses, an exception to it and a choice."""
    return make_policy(RULES)


def shown(policy: Policy, *contents: dict[str, Any]) -> Seen:
    """Return what is seen when posts of these contents are decided."""
    seen = Seen()
    with watching(seen.watch):
        for content in contents:
            policy.decide(policy.action({"kind": "publish", "content": content}), at=AT)
    return seen


def states(seen: Seen, sort: str, clause: str = "") -> int:
    """Return the states in which the one thing of a sort was seen, as bits."""
    seen.gather()
    (found,) = (bits for thing, (_, bits) in seen.things.items() if (thing.sort, thing.clause) == (sort, clause))
    return found


ALL = {"guilt_or_innocence": True, "humor": False, "attributed_reshare": False}


class TestSeen:
    @pytest.mark.parametrize(
        ("content", "bit"), [(ALL, 1), ({**ALL, "humor": True}, 2), ({"guilt_or_innocence": True}, 4)]
    )
    def test_rules_and_their_choices(self, policy: Policy, content: dict[str, Any], bit: int) -> None:
        """A rule is seen true, false or unknown as it is in the decision, and so is the choice that it uses."""
        seen = shown(policy, content)
        assert states(seen, "rule") == bit
        assert states(seen, "choice") == bit

    @pytest.mark.parametrize(("value", "bit"), [(True, 1), (False, 2), (None, 4)])
    def test_exceptions(self, policy: Policy, value: bool | None, bit: int) -> None:
        """An exception is seen as its own condition is."""
        assert states(shown(policy, {**ALL, "attributed_reshare": value}), "exception") == bit

    @pytest.mark.parametrize(("value", "bit"), [(True, 1), (False, 2), (None, 4)])
    def test_clauses(self, policy: Policy, value: bool | None, bit: int) -> None:
        """A clause is seen as its atom is, whatever the rule comes to."""
        assert states(shown(policy, {**ALL, "guilt_or_innocence": value}), "clause", GUILT) == bit

    def test_several_decisions_add_up(self, policy: Policy) -> None:
        """What one decision shows is kept when another shows something else."""
        assert states(shown(policy, ALL, {}, {"guilt_or_innocence": False}), "rule") == 7

    def test_a_rule_that_holds_always_can_only_be_seen_true(self) -> None:
        """Where no fact matters there is nothing else to see."""
        text = rule(None, "choice.always", approvals='[{ office = "legal" }]')
        policy = make_policy(text + choice("always", "effect", '"deny"', "higher"))
        assert percent(shown(policy, {})) == 100

    def test_no_decision_is_watched_outside(self, policy: Policy) -> None:
        """Once watching is over decisions are told to nobody."""
        seen = shown(policy)
        policy.decide(policy.action({"kind": "publish"}), at=AT)
        assert percent(seen) == 100
        assert not seen.things

    def test_what_is_expected_counts_undecided(self, policy: Policy) -> None:
        """A policy's rules are there to be seen, also where nothing is decided."""
        seen = Seen()
        seen.expect(policy)
        assert percent(seen) == 0
        assert totals(seen)["clause"].there == 3

    def test_another_process_adds_what_it_saw(self, policy: Policy) -> None:
        """Plain data carries it, and adding it twice changes nothing."""
        here, there = shown(policy, ALL), shown(policy, {})
        for _ in range(2):
            here.add_data(there.to_data())
        assert _gathered(here).things == _gathered(shown(policy, ALL, {})).things

    def test_other_rulesets_are_left_out(self, policy: Policy) -> None:
        """It can be limited to some rulesets."""
        seen = shown(policy, ALL)
        assert seen.limited_to(["example"]).things == seen.things
        assert not seen.limited_to(["another"]).things

    def test_much_is_put_together_on_the_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many policies decide, what each showed is kept."""
        monkeypatch.setattr("smpolicy.testing.seen.MOST_KEPT", 1)
        seen = shown(make_policy(RULES), ALL)
        with watching(seen.watch):
            for _ in range(3):
                other = make_policy(RULES)
                other.decide(other.action({"kind": "publish"}), at=AT)
        assert states(seen, "rule") == 5


def _gathered(seen: Seen) -> Seen:
    seen.gather()
    return seen


class TestTelling:
    def test_names_what_was_not_seen(self, policy: Policy) -> None:
        """Each thing that was not seen in some state is named with these states."""
        assert f"clause A.1/rule: {GUILT}: never false or unknown" in set(missing(shown(policy, ALL)))

    def test_percent_counts_states(self, policy: Policy) -> None:
        """Of six things with three states each, one decision shows six."""
        assert percent(shown(policy, ALL)) == pytest.approx(100 / 3)

    def test_table_counts_each_sort(self, policy: Policy) -> None:
        """The table has a line for each sort."""
        lines = seen_text(shown(policy, ALL), list_missing=False).splitlines()
        assert [line.split() for line in lines[1:]] == [
            ["rules", "1", "1", "0", "0"],
            ["exceptions", "1", "0", "1", "0"],
            ["choices", "1", "1", "0", "0"],
            ["clauses", "3", "1", "2", "0"],
        ]
