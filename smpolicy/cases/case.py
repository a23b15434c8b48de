"""A case as it is shown: what was asked, where it stands, what the policy says now, and what is outstanding."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from smpolicy.actions import Action, to_json
from smpolicy.cases.records import Record, ReviewDue
from smpolicy.cases.standing import Status
from smpolicy.decisions import Decision
from smpolicy.errors import PolicyError

if TYPE_CHECKING:
    from smpolicy.store import Event


@frozen(slots=True)
class CaseApproval:
    """An approval given at the desk, and what became of it.

    Attributes:
        number: the number of the event by which it was given.
        by: the person.
        role: the role in which it was given.
        rule: the bound rule, or None where that was redacted.
        given_at: when.
        expires_at: when it no longer counts.
        for_others: the people who lent the role.
        why_not: why it does not count now, one of `approvals.WHY_NOT`, or `taken_back`, `submitter` or `redacted`; None
            where it counts, or where the case is closed.
    """

    number: int
    by: str
    role: str
    rule: str | None
    given_at: datetime
    expires_at: datetime
    for_others: tuple[str, ...] = ()
    why_not: str | None = None


@frozen(slots=True, eq=False)
class Case:
    """A held decision on its way.

    Attributes:
        id: its number.
        status: open, released, in_review, refused, withdrawn or expired.
        at: the moment at which it is looked at.
        action: the action as it is now, or None where it was redacted.
        decision: what the policy in force says of it now; None once it is no longer open, where it was redacted, or
            where the policy cannot decide on it.
        problem: why the policy in force cannot decide on it: somebody is no longer registered, or attested what they
            may no longer attest, or a fact is none of its. Another version of the action, by `edit`, mends it.
        approvals: what people granted, in order.
        asked: the offices that are asked now.
        reviews: what must be reviewed afterwards, and is not yet.
        overdue: the rules whose review should have been done.
        level: how many waits have passed without an outcome.
        asks_further_at: when the next office is asked, if nothing happens before.
        record: all that its events say.
    """

    id: int
    status: Status
    at: datetime
    action: Action | None = field(repr=False)
    decision: Decision | None = field(repr=False)
    problem: PolicyError | None = field(repr=False)
    approvals: tuple[CaseApproval, ...] = field(repr=False)
    asked: tuple[str, ...]
    reviews: tuple[ReviewDue, ...]
    overdue: frozenset[str]
    level: int
    asks_further_at: datetime | None
    record: Record = field(repr=False)

    @property
    def events(self) -> tuple[Event, ...]:
        """Return every event of the case, in order."""
        return self.record.events

    @property
    def decided(self) -> int | None:
        """Return the number of the journal's record of the decision by which it was released, or None."""
        return self.record.decided

    @property
    def expires_at(self) -> datetime:
        """Return when it expires if nothing happens."""
        return self.record.expires_at

    def to_dict(self) -> dict[str, Any]:
        """Return the case as JSON-ready data."""
        record = self.record
        return {
            "case": self.id,
            "status": self.status,
            "kind": record.kind,
            "agency": record.agency,
            "author": record.author,
            "submitted_by": record.submitted_by,
            "opened_at": to_json(record.opened_at),
            "expires_at": to_json(record.expires_at),
            "at": to_json(self.at),
            "asked": list(self.asked),
            "action": None if self.action is None else dict(record.action or {}),
            "decision": None if self.decision is None else self.decision.to_dict(),
            "problems": [] if self.problem is None else [each.to_dict() for each in self.problem.problems],
            "approvals": [
                {
                    "number": each.number,
                    "by": each.by,
                    "role": each.role,
                    "rule": each.rule,
                    "given_at": to_json(each.given_at),
                    "expires_at": to_json(each.expires_at),
                    "for": list(each.for_others),
                    "why_not": each.why_not,
                }
                for each in self.approvals
            ],
            "reviews": [
                {
                    "rule": each.rule,
                    "do": each.do,
                    "offices": list(each.offices),
                    "due_at": to_json(each.due_at),
                    "overdue": each.rule in self.overdue,
                }
                for each in self.reviews
            ],
            "remarks": [
                {"what": each.kind, "by": each.by, "at": to_json(each.at), "text": each.text} for each in record.remarks
            ],
            "events": [
                {"number": each.number, "what": each.kind, "by": each.by, "at": to_json(each.at)}
                for each in record.events
            ],
        }


@frozen(slots=True, eq=False)
class Submission:
    """What became of an action that was submitted.

    Attributes:
        decision: the decision.
        case: the case that it opened: where approval is needed, or where an allow must be reviewed afterwards.
    """

    decision: Decision
    case: Case | None = None


@frozen(slots=True, eq=False)
class Release:
    """What became of an attempt to release a case.

    Attributes:
        decision: what the policy in force says now; where it allows, the action may be taken, once.
        case: the case as it is afterwards.
    """

    decision: Decision
    case: Case


@frozen(slots=True)
class Notification:
    """Something that happened to a case, for those who should know.

    Attributes:
        case: the number of the case, or of the loan.
        what: the kind of event: submitted, answered, attested, edited, approved, taken_back, refused, withdrawn,
            commented, released, reviewed, lent, ended, asked_further, expired or review_overdue.
        number: the number of the event.
        at: when.
        by: who did it, or None where it was time alone.
        offices: the offices that are asked now.
        people: those who hold these offices now, the author and the submitter left out.
        author: the person who proposes the action.
        submitted_by: the person who submitted it.
    """

    case: int
    what: str
    number: int
    at: datetime
    by: str | None
    offices: tuple[str, ...]
    people: tuple[str, ...]
    author: str | None
    submitted_by: str
