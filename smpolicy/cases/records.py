"""What the events of one case say, whatever the time: folded from first to last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
from attrs import frozen

from smpolicy.approvals import Approval, Delegation
from smpolicy.cases.standing import Fact
from smpolicy.loading.approval_files import read_approvals
from smpolicy.store import REDACTED, Event


@frozen(slots=True)
class Given:
    """An approval as it was given at the desk.

    Attributes:
        number: the number of the event; one event may give several, each for a rule of its own.
        approval: the approval, or None where it was redacted.
        by: who gave it.
        role: in which role.
        given_at: when.
        expires_at: when it no longer counts.
        loans: the numbers of the loans by which the role was borrowed.
    """

    number: int
    approval: Approval | None
    by: str
    role: str
    given_at: datetime
    expires_at: datetime
    loans: tuple[int, ...] = ()


@frozen(slots=True)
class ReviewDue:
    """A review that must follow what went out urgently.

    Attributes:
        rule: the bound rule that obliges to it.
        do: what is to be done.
        offices: who does it.
        due_at: by when.
    """

    rule: str
    do: str
    offices: tuple[str, ...]
    due_at: datetime


@frozen(slots=True)
class Remark:
    """Something that somebody wrote: a comment, or why a case was refused or withdrawn.

    Attributes:
        kind: the kind of event.
        by: who wrote it.
        at: when.
        text: what, or None where it was redacted.
    """

    kind: str
    by: str
    at: datetime
    text: str | None


@frozen(slots=True)
class Record:
    """What the events of one case say.

    Attributes:
        id: the number of the case.
        kind: the kind of action.
        agency: the id of the agency.
        author: the person who proposes the action, or None where that is not known.
        submitted_by: the person who submitted it.
        opened_at: when.
        moved_at: when it was last submitted, changed or approved; waits are reckoned from it.
        expires_at: when it expires if nothing happens.
        action: the action as JSON-ready data, or None where it was redacted.
        given: every approval, those taken back included.
        taken_back: the numbers of the approvals that were taken back.
        closed: how it was closed, or None.
        decided: the number of the record in the journal of the decision by which it was released, or None.
        reviews: what must be reviewed afterwards.
        reviewed: the rules whose review is done.
        remarks: what people wrote.
        told: what of the passing of time was told already: what, and of what.
        events: the events themselves.
    """

    id: int
    kind: str
    agency: str
    author: str | None
    submitted_by: str
    opened_at: datetime
    moved_at: datetime
    expires_at: datetime
    action: Mapping[str, Any] | None
    given: tuple[Given, ...] = ()
    taken_back: frozenset[int] = frozenset()
    closed: str | None = None
    decided: int | None = None
    reviews: tuple[ReviewDue, ...] = ()
    reviewed: frozenset[str] = frozenset()
    remarks: tuple[Remark, ...] = ()
    told: frozenset[tuple[str, str]] = frozenset()
    events: tuple[Event, ...] = ()

    def facts(self, loans: Mapping[int, Delegation], steps: Iterable[datetime], now: datetime) -> list[Fact]:
        """Return what is known of the case, as facts from which its standing is concluded.

        Args:
            loans: the roles that are lent, by number.
            steps: when further offices are asked, if nothing happens before.
            now: the moment.
        """
        found: list[Fact] = [{"is": "case", "expires": seconds(self.expires_at)}]
        found += [{"is": "closed", "how": self.closed}] if self.closed else []
        found += [
            {
                "is": "approval",
                "number": each.number,
                "by": each.by,
                "role": each.role,
                "given": seconds(each.given_at),
                "expires": seconds(each.expires_at),
            }
            for each in {each.number: each for each in self.given}.values()
        ]
        found += [{"is": "taken_back", "approval": number} for number in sorted(self.taken_back)]
        found += [
            {
                "is": "loan",
                "number": number,
                "to": loan.to,
                "role": loan.role,
                "since": seconds(loan.since),
                "until": seconds(loan.until),
            }
            for number, loan in loans.items()
        ]
        found += [{"is": "step", "step": step, "due": seconds(due)} for step, due in enumerate(steps, 1)]
        found += [{"is": "review", "rule": each.rule, "due": seconds(each.due_at)} for each in self.reviews]
        found += [{"is": "reviewed", "rule": rule} for rule in sorted(self.reviewed)]
        return [*found, {"is": "now", "now": seconds(now)}]


def seconds(moment: datetime) -> int:
    """Return a moment as whole seconds."""
    return int(moment.timestamp())


def moment(seconds: int) -> datetime:
    """Return whole seconds as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def read_record(events: Iterable[Event]) -> Record:
    """Return what the events of one case say.

    Args:
        events: the events of the case, from the first.
    """
    first, *others = events
    record = _submitted(first)
    for event in others:
        record = add(record, event)
    return record


def add(record: Record, event: Event) -> Record:
    """Return a record with one more event.

    Args:
        record: what the events before it say.
        event: the event.
    """
    changes = _CHANGES[event.kind](record, event)
    return attrs.evolve(record, events=(*record.events, event), **changes)


def _submitted(event: Event) -> Record:
    data = event.data
    reviews = tuple(
        ReviewDue(each["rule"], each["do"], tuple(each["offices"]), moment(each["due"])) for each in data["reviews"]
    )
    assert event.case is not None
    assert event.by is not None
    return Record(
        event.case,
        data["kind"],
        data["agency"],
        data["author"],
        event.by,
        event.at,
        event.at,
        moment(data["expires"]),
        _secret(event, "action"),
        reviews=reviews,
        events=(event,),
    )


def _secret(event: Event, key: str) -> Any:
    """Return something that was kept sealed, or None where it was redacted."""
    return None if event.secret is REDACTED or event.secret is None else event.secret[key]


def _changed(record: Record, event: Event) -> dict[str, Any]:
    author = event.data.get("author", record.author)
    return {"action": _secret(event, "action"), "author": author, "moved_at": event.at}


def _approved(record: Record, event: Event) -> dict[str, Any]:
    data, sealed = event.data, _secret(event, "approvals")
    approvals = (None,) * len(data["rules"]) if sealed is None else read_approvals(sealed)
    given = tuple(
        Given(event.number, each, str(event.by), data["role"], event.at, moment(data["expires"]), tuple(data["loans"]))
        for each in approvals
    )
    return {"given": (*record.given, *given), "moved_at": event.at}


def _taken_back(record: Record, event: Event) -> dict[str, Any]:
    return {"taken_back": record.taken_back | {event.data["approval"]}, **_remarked(record, event)}


def _closed(record: Record, event: Event) -> dict[str, Any]:
    return {"closed": event.kind, **_remarked(record, event)}


def _released(record: Record, event: Event) -> dict[str, Any]:
    decided = event.data.get("decided", record.events[0].data["decided"])
    return {"closed": event.kind, "decided": decided}


def _reviewed(record: Record, event: Event) -> dict[str, Any]:
    return {"reviewed": record.reviewed | set(event.data["rules"]), **_remarked(record, event)}


def _remarked(record: Record, event: Event) -> dict[str, Any]:
    text = _secret(event, "text")
    if text == "":
        return {}
    return {"remarks": (*record.remarks, Remark(event.kind, str(event.by), event.at, text))}


def _told(record: Record, event: Event) -> dict[str, Any]:
    return {"told": record.told | {(event.data["what"], event.data["of"])}}


_CHANGES: Mapping[str, Callable[[Record, Event], dict[str, Any]]] = {
    "answered": _changed,
    "attested": _changed,
    "edited": _changed,
    "approved": _approved,
    "taken_back": _taken_back,
    "refused": _closed,
    "withdrawn": _closed,
    "released": _released,
    "reviewed": _reviewed,
    "commented": _remarked,
    "told": _told,
    "redacted": lambda *_: {},
}
"""What each kind of event changes in the record of its case."""


def read_loan(events: Iterable[Event]) -> Delegation:
    """Return the loan that the events of its own case say: until its end, or until it was ended before.

    Args:
        events: the events of the loan.
    """
    first, *others = events
    data = first.data
    until = min((moment(data["until"]), *(each.at for each in others if each.kind == "ended")))
    since = moment(data["since"])
    return Delegation(str(first.by), data["to"], data["role"], since, max(until, since))
