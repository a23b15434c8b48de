"""Whom a case waits for: which offices are asked now, and when further ones will be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from smpolicy.agencies import Agency, DeskTable
from smpolicy.approvals import Delegation, Need, acting_for
from smpolicy.decisions import Decision


def outstanding(decision: Decision) -> tuple[Need, ...]:
    """Return what is still asked of people, now or depending on answers."""
    return tuple(need for each in (*decision.needed, *decision.needed_if) for need in each.requirement)


def steps(decision: Decision, desk: DeskTable, since: datetime) -> list[datetime]:
    """Return the moments at which further offices are asked, if nothing happens before.

    Args:
        decision: what the policy says of the case.
        desk: how the agency wants cases handled.
        since: when something last happened.
    """
    if not desk.escalation_hours:
        return []
    count = _others(decision) + len(desk.escalate_to)
    return [since + timedelta(hours=desk.escalation_hours * number) for number in range(1, count + 1)]


def asked(decision: Decision, desk: DeskTable, level: int) -> tuple[str, ...]:
    """Return the offices that are asked: of each need the first, after each wait one more, then those of the agency.

    Whose approval counts does not depend on it: whoever may approve may do so at any time.

    Args:
        decision: what the policy says of the case.
        desk: how the agency wants cases handled.
        level: how many waits have passed; without waits everybody is asked at once.
    """
    waits = level if desk.escalation_hours else len(desk.escalate_to) + _others(decision)
    named = [office for need in outstanding(decision) for office in need.offices[: waits + 1]]
    further = desk.escalate_to[: max(0, waits - _others(decision))] if desk.escalation_hours else ()
    return tuple(dict.fromkeys((*named, *further)))


def _others(decision: Decision) -> int:
    """Return how many offices the longest list names besides the first."""
    return max((len(need.offices) - 1 for need in outstanding(decision)), default=0)


def holders(
    offices: Iterable[str], agency: Agency, loans: Mapping[int, Delegation], at: datetime, without: Iterable[str | None]
) -> tuple[str, ...]:
    """Return the people who may act for some offices at a moment.

    Args:
        offices: the offices.
        agency: the agency, which maps each to roles.
        loans: the roles that are lent, by number.
        at: the moment.
        without: people to leave out.
    """
    roles = {role for office in offices for role in agency.offices.get(office, ())}
    left_out, lent = set(without), tuple(loans.values())
    return tuple(
        person
        for person in agency.directory.people()
        if person not in left_out
        and any(acting_for(agency.directory, lent, person, role, at) is not None for role in roles)
    )
