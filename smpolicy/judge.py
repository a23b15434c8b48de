"""The judge: from two sets of rules to an outcome; small, pure, and shared by all engines."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NamedTuple

NextStep = Literal["act", "approve", "answer", "stop"]


class Outcome(StrEnum):
    """What a decision says about an action."""

    ALLOW = "allow"
    NEEDS_APPROVAL = "needs_approval"
    DENY = "deny"


ALWAYS_FREE = frozenset({"report_violation"})
"""Kinds that are allowed whatever rules say."""

NEVER_DENIED_FOR_DOUBT = frozenset({"personal_post", "public_statement", "report_violation"})
"""Kinds of speech, which an agency's wish to deny what is unsettled does not reach."""


class Verdict(NamedTuple):
    """What the judge finds.

    Attributes:
        outcome: allow, needs_approval or deny.
        settled: whether nothing that could be learned would change it.
        next: what to do now: act, approve, answer or stop.
        live: the set of true restricting rules that no approval discharges.
        open: the set of unknown restricting rules that no approval discharges.
        ungoverned: whether no loaded ruleset speaks of this kind.
    """

    outcome: Outcome
    settled: bool
    next: NextStep
    live: int
    open: int
    ungoverned: bool = False


def judge(
    kind: str,
    true: int,
    unknown: int,
    denying: int,
    asking: int,
    discharged: int = 0,
    unsettled_denies: bool = False,
    governed: bool = True,
) -> Verdict:
    """Return the verdict on an action; sets of rules are integers, one bit a rule.

    Args:
        kind: the kind of action.
        true: the rules that are true.
        unknown: the rules that are unknown.
        denying: the rules whose effect is deny.
        asking: the rules whose effect is needs_approval.
        discharged: the rules that need approval and have it.
        unsettled_denies: whether the agency denies what is unsettled.
        governed: whether any loaded ruleset has a rule for the kind.
    """
    if kind in ALWAYS_FREE:
        return Verdict(Outcome.ALLOW, True, "act", 0, 0)
    if not governed:
        return Verdict(Outcome.NEEDS_APPROVAL, False, "stop", 0, 0, ungoverned=True)
    restricting = denying | (asking & ~discharged)
    live, open_ = true & restricting, unknown & restricting
    if live & denying:
        return Verdict(Outcome.DENY, True, "stop", live, open_)
    if not live | open_:
        return Verdict(Outcome.ALLOW, True, "act", 0, 0)
    free = kind in NEVER_DENIED_FOR_DOUBT
    answer = bool(open_) and (bool(open_ & denying) or free)
    next_step: NextStep = "answer" if answer else "approve"
    if open_ and unsettled_denies and not free:
        return Verdict(Outcome.DENY, False, next_step, live, open_)
    return Verdict(Outcome.NEEDS_APPROVAL, not open_, next_step, live, open_)
