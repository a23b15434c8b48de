"""The moments for which a policy is looked at: one by default, and those at which what is known of people changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from smpolicy.analysis.records import looked_up, registered_ids
from smpolicy.facts import LOOKED_UP_BY, age
from smpolicy.language.expressions import AtLeast, Expression, atoms
from smpolicy.policies import Policy

FAR = timedelta(days=40_000)


def default_moment(policy: Policy) -> datetime:
    """Return noon of a day on which a policy is in force: the 151st, or one half way where it ends sooner."""
    start, end = policy.agency.span()
    half = timedelta(days=151) if end is None else min(timedelta(days=151), (end - start) / 2)
    day = (start + half).astimezone(policy.agency.time_zone).replace(hour=12, minute=0, second=0, microsecond=0)
    moment = day.astimezone(start.tzinfo)
    return moment if moment >= start and (end is None or moment < end) else start


def moments_of_change(policy: Policy, condition: Expression | None = None) -> tuple[datetime, ...]:
    """Return moments at which what is known of people, aliases and accounts changes, and those just before.

    The default moment comes first. The dates are those of roles held, and those from which a bound rule reckons an age.

    Args:
        policy: the policy.
        condition: a condition, whose ages alone are meant then.
    """
    start, end = policy.agency.span()
    found: set[datetime] = set()
    for person in getattr(policy.agency.directory, "persons", {}).values() if condition is None else ():
        for held in person.held:
            days: tuple[date | None, ...] = (held.since, held.until)
            found |= {_midnight(day, policy) for day in days if day is not None}
    for rules in policy.kinds.values():
        conditions = (each.condition for each in rules.rules) if condition is None else iter((condition,))
        limits = {atom for each in conditions for atom in atoms(each) if isinstance(atom, AtLeast) and atom.term.unit}
        for atom in limits:
            part = atom.term.path.partition(".")[0]
            if part in LOOKED_UP_BY:
                for value in _recorded(policy, atom.term.path, default_moment(policy)):
                    later = first_moment(lambda at, value=value, atom=atom: reached(value, at, atom, policy), value)  # type: ignore[misc]
                    found |= {later} if later else set()
    edges = {moment for each in found for moment in (each - timedelta(seconds=1), each)} | {start}
    edges |= set() if end is None else {end - timedelta(seconds=1)}
    inside = sorted(each for each in edges if each >= start and (end is None or each < end))
    return tuple(dict.fromkeys((default_moment(policy), *inside)))


def _midnight(day: date, policy: Policy) -> datetime:
    start = policy.agency.span()[0]
    return datetime(day.year, day.month, day.day, tzinfo=policy.agency.time_zone).astimezone(start.tzinfo)


def reached(value: datetime, at: datetime, atom: AtLeast, policy: Policy) -> bool:
    """Return whether a moment is as old as an atom asks."""
    return age(value, at, atom.term.unit, policy.agency.time_zone) >= atom.number


def first_moment(holds: Callable[[datetime], bool], around: datetime) -> datetime | None:
    """Return the first moment, to the second, from which something holds that holds from some moment on."""
    low, high = around - FAR, around + FAR
    if holds(low) or not holds(high):
        return None
    span = int((high - low).total_seconds())
    start = 0
    while span - start > 1:
        middle = (start + span) // 2
        start, span = (start, middle) if holds(low + timedelta(seconds=middle)) else (middle, span)
    return low + timedelta(seconds=span)


def _recorded(policy: Policy, path: str, at: datetime) -> Iterator[datetime]:
    part = path.partition(".")[0]
    for named in registered_ids(policy, LOOKED_UP_BY[part]):
        value = looked_up(policy, policy.agency.vocabulary.facts[path], named, at)
        if isinstance(value, datetime):
            yield value
