"""Approvals: what a rule asks for, what a person grants, and when a grant counts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen

from smpolicy.actions import Action, to_json
from smpolicy.directories import Directory
from smpolicy.errors import InvalidApproval, Problem
from smpolicy.rulesets import content_hash
from smpolicy.values import read_moment
from smpolicy.vocabulary import GIVEN, SomeOf


@frozen(slots=True)
class Need:
    """So many people from any of some offices.

    Attributes:
        offices: the offices.
        roles: the roles that hold them at this agency.
        people: how many different people.
    """

    offices: tuple[str, ...]
    roles: tuple[str, ...]
    people: int = 1


Requirement = tuple[Need, ...]
"""All that must be met, by different people."""


def approval_moment(at: datetime) -> datetime:
    """Return a moment of an approval, in UTC and to the second.

    Args:
        at: a datetime with a time zone.

    Raises:
        InvalidApproval: it has no time zone.
    """
    moment = read_moment(at)
    if moment is None:
        help_ = "give a datetime with `tzinfo`, for instance datetime.now(UTC)"
        raise InvalidApproval(Problem("naive_moment", f"`{at}` has no time zone", help=help_))
    return moment


@frozen(slots=True)
class Approval:
    """A grant by a person in a role, for one rule, for exactly this content and these facts, for a time.

    Attributes:
        by: the id of the person.
        role: the role in which the person grants it.
        rule: the id of the bound rule.
        rule_hash: the hash of that rule as it was.
        payload: the digest of the content, or of the kind and `facts` where the kind has no content.
        facts: the values, then known, of the facts that the rule reads, by path, as JSON-ready data; where the kind
            has no content, those that the action gave too.
        given_at: when it was given.
        expires_at: the first moment at which it no longer counts.
    """

    by: str
    role: str
    rule: str
    rule_hash: str
    payload: str
    facts: Mapping[str, Any]
    given_at: datetime = field(converter=approval_moment)
    expires_at: datetime = field(converter=approval_moment)

    def to_dict(self) -> dict[str, Any]:
        """Return the approval as JSON-ready data."""
        moments = {"given_at": self.given_at.isoformat(), "expires_at": self.expires_at.isoformat()}
        return {
            "by": self.by,
            "role": self.role,
            "rule": self.rule,
            "rule_hash": self.rule_hash,
            "payload": self.payload,
            "facts": dict(self.facts),
        } | {name: text.replace("+00:00", "Z") for name, text in moments.items()}


def given_facts(action: Action) -> dict[str, Any]:
    """Return the facts that an action itself gives, by path, as JSON-ready data; attested ones included."""
    facts = {}
    for path, fact in action.vocabulary.facts.items():
        value = action.get(path) if fact.owner in GIVEN and action.vocabulary.has(action.kind, path) else None
        if value is not None:
            facts[path] = to_json(value)
    for namespace, values in action.packs.items():
        facts |= {f"{namespace}.{name}": to_json(value) for name, value in values.items() if value is not None}
    return facts


def facts_digest(kind: str, facts: Mapping[str, Any]) -> str:
    """Return the digest to which an approval is bound where the kind has no content: of the kind and the facts."""
    return content_hash([kind, facts])


def payload_matches(approval: Approval, action: Action, needs_payload: bool) -> bool:
    """Return whether an approval is bound to an action as it is now.

    Where the kind has content, to its digest; elsewhere to the kind and the facts that the action gave when it was
    granted, whose digest the approval carries: whether the facts are unchanged is for `still_holds` to say.

    Args:
        approval: the approval.
        action: the action.
        needs_payload: whether its kind is one whose content must be known.
    """
    if needs_payload:
        return action.payload is not None and approval.payload == action.payload
    return approval.payload == facts_digest(action.kind, approval.facts)


def still_holds(then: Any, now: Any) -> bool:
    """Return whether a value known when an approval was given is unchanged; more may have been learned since.

    Args:
        then: the value as JSON-ready data, None where it was unknown.
        now: the value of the fact at present.
    """
    if then is None:
        return True
    if isinstance(then, Mapping):
        included, excluded = set(then.get("includes", ())), set(then.get("excludes", ()))
        if isinstance(now, SomeOf):
            return included <= now.includes and excluded <= now.excludes
        return isinstance(now, frozenset) and included <= now and not excluded & now
    if isinstance(now, frozenset):
        return isinstance(then, list) and set(then) == now
    if isinstance(now, datetime):
        return bool(then == now.isoformat().replace("+00:00", "Z"))
    return type(then) is type(now) and bool(then == now)


def granted(
    approvals: Iterable[Approval],
    rule: str,
    rule_hash: str,
    action: Action,
    needs_payload: bool,
    at: datetime,
    directory: Directory,
    value_of: Callable[[str], Any],
) -> list[Approval]:
    """Return the approvals that count for a rule at a moment.

    Args:
        approvals: what people granted.
        rule: the id of the bound rule.
        rule_hash: its hash.
        action: the action.
        needs_payload: whether its kind is one whose content must be known.
        at: the moment of the decision.
        directory: confirms the role of each person at the time of the grant.
        value_of: gives the present value of a fact.
    """
    return [
        each
        for each in approvals
        if each.rule == rule
        and each.rule_hash == rule_hash
        and payload_matches(each, action, needs_payload)
        and each.given_at <= at < each.expires_at
        and holds_role(directory, each.by, each.role, each.given_at)
        and all(still_holds(then, value_of(path)) for path, then in each.facts.items())
    ]


def holds_role(directory: Directory, person: str, role: str, at: datetime) -> bool:
    """Return whether the directory confirms that a person held a role at a moment."""
    member = directory.person(person, at)
    roles = None if member is None else member.roles
    return role in (roles.includes if isinstance(roles, SomeOf) else roles or ())


def is_met(requirement: Requirement, approvals: Sequence[Approval], author: str | None, self_approval: bool) -> bool:
    """Return whether different people meet every part of a requirement.

    Where the author is not known, nobody can be told apart from the author, so that nobody counts.

    Args:
        requirement: what is asked.
        approvals: the approvals that count.
        author: the person who proposed the action, or None where that is not known.
        self_approval: whether the author may count.
    """
    roles: dict[str, set[str]] = {}
    for each in approvals:
        by = unicodedata.normalize("NFC", each.by)  # as the ids in actions are
        if self_approval or (author is not None and by != author):
            roles.setdefault(by, set()).add(each.role)
    places = [need for need in requirement for _ in range(need.people)]
    taken: dict[str, int] = {}
    return all(_seat(index, places, roles, taken, set()) for index in range(len(places)))


def _seat(
    index: int, places: Sequence[Need], roles: Mapping[str, set[str]], taken: dict[str, int], tried: set[str]
) -> bool:
    """Find a person for a place, moving others where that frees one (an augmenting path)."""
    for person, held in roles.items():
        if person not in tried and not held.isdisjoint(places[index].roles):
            tried.add(person)
            if person not in taken or _seat(taken[person], places, roles, taken, tried):
                taken[person] = index
                return True
    return False
