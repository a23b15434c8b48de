"""Replays: every recorded decision made again under another policy, and what changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import attrs
from attrs import field, frozen

from smpolicy.actions import to_json
from smpolicy.decisions import Decision
from smpolicy.errors import PolicyError
from smpolicy.journal import Journal, Record
from smpolicy.loading.approval_files import read_approvals, read_delegations
from smpolicy.policies import Policy
from smpolicy.values import read_moment

MOST_CHANGES = 1_000
"""How many changes a summary keeps; all are counted, and told one by one."""


@frozen(slots=True)
class Change:
    """A recorded decision that comes out otherwise.

    Attributes:
        number: the number of its record.
        at: the moment for which it was made.
        kind: the kind of action.
        before: its outcome as recorded.
        after: its outcome now.
        settled_before: whether it was settled.
        settled_after: whether it is now.
        speaks: the considerations that speak now and did not.
        silent: those that spoke and do not now.
        opens: those that are open now and were not.
        closes: those that were open and are not now.
    """

    number: int
    at: datetime
    kind: str
    before: str
    after: str
    settled_before: bool
    settled_after: bool
    speaks: tuple[str, ...]
    silent: tuple[str, ...]
    opens: tuple[str, ...]
    closes: tuple[str, ...]

    @property
    def considerations(self) -> tuple[str, ...]:
        """Return every consideration whose part in the decision changed, in order."""
        return tuple(sorted({*self.speaks, *self.silent, *self.opens, *self.closes}))

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON-ready data."""
        data = {each.name: getattr(self, each.name) for each in attrs.fields(Change)}
        return {key: list(value) if isinstance(value, tuple) else to_json(value) for key, value in data.items()}


@frozen(slots=True)
class Replay:
    """What a replay came to.

    Attributes:
        total: how many decisions were recorded.
        same: how many come out as they did.
        changed: how many do not.
        outcomes: how many of those went from one outcome to another, by both.
        considerations: in how many of those the part of each consideration changed.
        failed: how many could not be replayed, by the code of the reason.
        changes: the first thousand changes.
    """

    total: int
    same: int
    changed: int
    outcomes: Mapping[tuple[str, str], int]
    considerations: Mapping[str, int]
    failed: Mapping[str, int]
    changes: tuple[Change, ...] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as JSON-ready data, without the changes themselves."""
        outcomes = [
            {"before": before, "after": after, "decisions": count}
            for (before, after), count in sorted(self.outcomes.items())
        ]
        return {
            "total": self.total,
            "same": self.same,
            "changed": self.changed,
            "outcomes": outcomes,
            "considerations": dict(sorted(self.considerations.items())),
            "failed": dict(sorted(self.failed.items())),
        }


def replay(
    journal: Journal,
    policy: Policy,
    on_change: Callable[[Change], object] | None = None,
    progress: Callable[[int], object] | None = None,
) -> Replay:
    """Make every recorded decision again under another policy: same action, moment and approvals.

    The dates of the policy are lifted for this: it is asked as if it had been in force at each moment.

    Args:
        journal: the recorded decisions.
        policy: the policy.
        on_change: is called with each change.
        progress: is called now and then with how many decisions have been replayed.
    """
    lifted = without_dates(policy)
    total = same = 0
    outcomes: Counter[tuple[str, str]] = Counter()
    considerations: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    changes: list[Change] = []
    for record in journal.records():
        total += 1
        if progress is not None and total % 1000 == 0:
            progress(total)
        if record.redacted:
            failed["case_redacted"] += 1
            continue
        try:
            change = compare(record, decide_again(record, lifted))
        except PolicyError as error:
            failed[error.code] += 1
            continue
        if change is None:
            same += 1
            continue
        outcomes[change.before, change.after] += 1
        considerations.update(change.considerations)
        if len(changes) < MOST_CHANGES:
            changes.append(change)
        if on_change is not None:
            on_change(change)
    return Replay(total, same, outcomes.total(), outcomes, considerations, failed, tuple(changes))


def without_dates(policy: Policy) -> Policy:
    """Return a policy that is in force at every moment."""
    agency = attrs.evolve(policy.agency, effective=date(1, 1, 3), until=None)
    return attrs.evolve(policy, agency=agency)


def decide_again(record: Record, policy: Policy) -> Decision:
    """Return the decision on a recorded action, as it was, under another policy.

    Args:
        record: the record; nothing in it was redacted.
        policy: the policy.

    Raises:
        PolicyError: the policy cannot decide on it: somebody is not registered, or a fact is none of its.
    """
    receipt, action = record.receipt, dict(record.action)
    if record.kind == "adopt_policy":  # the rest of it is computed from the agency's file
        action = {key: value for key, value in action.items() if key in ("kind", "actor")}
    at = read_moment(receipt["at"])
    assert at is not None
    return policy.decide(
        policy.action(action),
        at=at,
        approvals=read_approvals(receipt["approvals"]),
        delegations=read_delegations(receipt["delegations"]),
    )


def compare(record: Record, decision: Decision) -> Change | None:
    """Return how a decision differs from a recorded one, or None where it does not.

    They differ where the outcome does, or whether it is settled, or which considerations speak or are open.
    """
    statuses = decision.considerations
    spoke = {cited for cited, each in statuses.items() if each.status == "spoke"}
    opened = {cited for cited, each in statuses.items() if each.status == "open"}
    change = Change(
        record.number,
        decision.at,
        record.kind,
        record.outcome,
        str(decision.outcome),
        record.settled,
        decision.settled,
        tuple(sorted(spoke - set(record.spoke))),
        tuple(sorted(set(record.spoke) - spoke)),
        tuple(sorted(opened - set(record.open))),
        tuple(sorted(set(record.open) - opened)),
    )
    same = (change.before, change.settled_before) == (change.after, change.settled_after)
    return None if same and not change.considerations else change
