"""Tests of smpolicy.judge, exhaustively and case by case, against the text of the design."""

from __future__ import annotations

from itertools import product

import pytest

from smpolicy.judge import ALWAYS_FREE, NEVER_DENIED_FOR_DOUBT, Outcome, Verdict, judge
from smpolicy.kinds import CORE

SPEECH = ("personal_post", "public_statement", "report_violation")
EFFECTS = ("deny", "needs_approval", "oblige")
STATES = ("true", "unknown", "false")

# One rule each: what it would do, whether it is true, and whether it has the approval it asks for.
RULES = [
    (effect, state, discharged)
    for effect, state, discharged in product(EFFECTS, STATES, (False, True))
    if effect == "needs_approval" or not discharged
]


def settle(kind: str, rules: tuple[tuple[str, str, bool], ...], unsettled_denies: bool, governed: bool) -> Verdict:
    """Return the verdict on rules given one by one."""

    def those(index: int, value: object) -> int:
        return sum(1 << bit for bit, rule in enumerate(rules) if rule[index] == value)

    return judge(
        kind,
        those(1, "true"),
        those(1, "unknown"),
        those(0, "deny"),
        those(0, "needs_approval"),
        those(2, True),
        unsettled_denies,
        governed,
    )


def expected(
    kind: str, rules: tuple[tuple[str, str, bool], ...], unsettled_denies: bool, governed: bool
) -> tuple[str, bool, str]:
    """Return outcome, settled and next, word for word as the design says them."""
    if kind == "report_violation":
        return "allow", True, "act"
    if not governed:
        return "needs_approval", False, "stop"
    order = ["allow", "needs_approval", "deny"]
    live = [effect for effect, state, done in rules if effect in order and state == "true" and not done]
    open_ = [effect for effect, state, done in rules if effect in order and state == "unknown" and not done]
    lower = max(live, key=order.index, default="allow")
    upper = max(live + open_, key=order.index, default="allow")
    if lower == "deny":
        return "deny", True, "stop"
    if upper == "allow":
        return "allow", True, "act"
    settled = not open_
    next_ = "answer" if open_ and ("deny" in open_ or kind in SPEECH) else "approve"
    if not settled and unsettled_denies and kind not in SPEECH:
        return "deny", False, next_
    return "needs_approval", settled, next_


class TestExhaustively:
    @pytest.mark.parametrize("kind", ["publish", *SPEECH])
    @pytest.mark.parametrize("count", [0, 1, 2, 3])
    def test_all_combinations(self, kind: str, count: int) -> None:
        """Every combination of up to three rules gets what the design says."""
        for rules in product(RULES, repeat=count):
            for denies, governed in product((False, True), repeat=2):
                verdict = settle(kind, rules, denies, governed)
                assert (verdict.outcome, verdict.settled, verdict.next) == expected(kind, rules, denies, governed), (
                    rules
                )


class TestVerdict:
    def test_nothing_speaks(self) -> None:
        """Where no rule is true or unknown, the action is allowed."""
        assert judge("publish", 0, 0, 1, 2) == Verdict(Outcome.ALLOW, True, "act", 0, 0)

    def test_live_and_open(self) -> None:
        """Live are the true rules that restrict, open the unknown ones."""
        verdict = judge("publish", true=0b0101, unknown=0b1010, denying=0b1000, asking=0b0111)
        assert (verdict.live, verdict.open) == (0b0101, 0b1010)

    def test_duties_do_not_restrict(self) -> None:
        """A true or unknown rule that only obliges changes no outcome."""
        assert judge("publish", true=0b01, unknown=0b10, denying=0, asking=0).outcome is Outcome.ALLOW

    def test_discharged(self) -> None:
        """A rule that has the approval it asks for is neither live nor open."""
        verdict = judge("publish", true=0b01, unknown=0b10, denying=0, asking=0b11, discharged=0b11)
        assert verdict == Verdict(Outcome.ALLOW, True, "act", 0, 0)

    def test_denial_is_never_discharged(self) -> None:
        """No approval lifts a denial."""
        assert judge("publish", true=1, unknown=0, denying=1, asking=0, discharged=1).outcome is Outcome.DENY

    def test_denial_with_open_rules_is_settled(self) -> None:
        """A true denial settles the matter, whatever is still open."""
        verdict = judge("publish", true=0b01, unknown=0b10, denying=0b11, asking=0)
        assert (verdict.outcome, verdict.settled, verdict.next) == (Outcome.DENY, True, "stop")

    def test_open_denial_must_be_answered(self) -> None:
        """While a rule that would deny is open, the next step is to answer, not to approve."""
        assert judge("publish", true=0b01, unknown=0b10, denying=0b10, asking=0b01).next == "answer"

    def test_open_approval_can_be_given(self) -> None:
        """Where all that is open asks for approval, the next step is to have it approved."""
        assert judge("publish", true=0, unknown=1, denying=0, asking=1).next == "approve"

    def test_ungoverned(self) -> None:
        """A kind of which no ruleset speaks needs an approval that nobody can give."""
        verdict = judge("publish", 0, 0, 0, 0, governed=False)
        assert verdict == Verdict(Outcome.NEEDS_APPROVAL, False, "stop", 0, 0, ungoverned=True)

    @pytest.mark.parametrize("governed", [False, True])
    def test_reporting_is_free(self, governed: bool) -> None:
        """Reporting a violation is allowed whatever rules say."""
        assert judge("report_violation", 1, 0, 1, 0, governed=governed).outcome is Outcome.ALLOW

    @pytest.mark.parametrize("kind", ["personal_post", "public_statement"])
    def test_speech_is_not_denied_for_doubt(self, kind: str) -> None:
        """An agency that denies what is unsettled does not deny speech for it; what is open is to be answered."""
        verdict = judge(kind, 0, 1, 0, 1, unsettled_denies=True)
        assert (verdict.outcome, verdict.settled, verdict.next) == (Outcome.NEEDS_APPROVAL, False, "answer")

    def test_doubt_denied(self) -> None:
        """An agency that denies what is unsettled denies it, and says that it is not settled."""
        verdict = judge("publish", 0, 1, 0, 1, unsettled_denies=True)
        assert (verdict.outcome, verdict.settled, verdict.next) == (Outcome.DENY, False, "approve")

    def test_settled_approval_is_not_denied_for_doubt(self) -> None:
        """What surely needs approval, and nothing more, is not denied for doubt."""
        verdict = judge("publish", 1, 0, 0, 1, unsettled_denies=True)
        assert (verdict.outcome, verdict.settled) == (Outcome.NEEDS_APPROVAL, True)

    def test_kinds(self) -> None:
        """The kinds that are always free, or never denied for doubt, are kinds of action."""
        assert set(CORE.kinds) >= NEVER_DENIED_FOR_DOUBT >= ALWAYS_FREE
