"""Telling people of events at the desk, once they are safely recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from smpolicy.approvals import Delegation
from smpolicy.cases.asking import holders
from smpolicy.cases.case import Case, Notification
from smpolicy.errors import NotificationFailed, Problem
from smpolicy.policies import Policy
from smpolicy.store import Event


def notifications(
    case: Case, policy: Policy, events: Iterable[Event], loans: Mapping[int, Delegation]
) -> list[Notification]:
    """Return what is to be told of events of a case, and to whom.

    Args:
        case: the case after them.
        policy: the policy in force.
        events: the events.
        loans: the roles that are lent, by number.
    """
    record = case.record
    people = holders(case.asked, policy.agency, loans, case.at, (record.author, record.submitted_by))
    return [
        Notification(
            record.id,
            event.data["what"] if event.kind == "told" else event.kind,
            event.number,
            event.at,
            event.by,
            case.asked,
            people,
            record.author,
            record.submitted_by,
        )
        for event in events
    ]


def of_loan(event: Event, to: str) -> Notification:
    """Return what is to be told of a loan of a role.

    Args:
        event: its beginning or its end.
        to: the person to whom the role is lent.
    """
    assert event.case is not None
    author = str(event.by)
    return Notification(event.case, event.kind, event.number, event.at, event.by, (), (to,), author, author)


def tell(notify: Callable[[Notification], object] | None, notification: Notification) -> None:
    """Notify, where anybody wants to be notified.

    Raises:
        NotificationFailed: the integration's own callback failed; the event is recorded all the same.
    """
    if notify is None:
        return
    try:
        notify(notification)
    except Exception as error:
        problem = Problem(
            "notification_failed",
            f"the event `{notification.number}` is recorded, but nobody was notified: {error}",
            help="do not do it again; notify people of the event in some other way",
        )
        raise NotificationFailed(problem) from error
