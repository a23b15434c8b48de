"""Approvals: what a rule asks for, what a person grants, and when a grant counts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from types import MappingProxyType
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

NOBODY_ELSE: Mapping[str, str] = MappingProxyType({})


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


@frozen(slots=True)
class Delegation:
    """A role that one person lends another for a time, to approve in it.

    Attributes:
        by: the id of the person who holds the role.
        to: the id of the person who may approve in it meanwhile.
        role: the role.
        since: the first moment at which it is lent.
        until: the first moment at which it no longer is.
    """

    by: str
    to: str
    role: str
    since: datetime = field(converter=approval_moment)
    until: datetime = field(converter=approval_moment)

    def to_dict(self) -> dict[str, Any]:
        """Return the delegation as JSON-ready data."""
        moments = {"since": to_json(self.since), "until": to_json(self.until)}
        return {"by": self.by, "to": self.to, "role": self.role} | moments


WHY_NOT: Mapping[str, str] = {
    "other_rule": "no rule of that name asks for approval of this action now",
    "rule_changed": "the rule has changed since it was given",
    "other_content": "it was given for other content",
    "not_yet": "it was given later than this moment",
    "expired": "it has expired",
    "role_not_held": "the person did not hold that role when it was given",
    "fact_changed": "a fact on which the rule depends has changed since it was given",
    "is_author": "the author cannot approve, nor can anybody while the author is not known",
}
"""Why an approval does not count, in words, by code."""


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


def why_not(
    approval: Approval,
    rule: str,
    rule_hash: str,
    action: Action,
    needs_payload: bool,
    at: datetime,
    directory: Directory,
    value_of: Callable[[str], Any],
    delegations: Sequence[Delegation] = (),
) -> str | None:
    """Return why an approval does not count for a rule at a moment, one of `WHY_NOT`, or None where it counts.

    Args:
        approval: what somebody granted.
        rule: the id of the bound rule.
        rule_hash: its hash.
        action: the action.
        needs_payload: whether its kind is one whose content must be known.
        at: the moment of the decision.
        directory: confirms the role of each person at the time of the grant.
        value_of: gives the present value of a fact.
        delegations: the roles that are lent.
    """
    if approval.rule != rule:
        return "other_rule"
    if approval.rule_hash != rule_hash:
        return "rule_changed"
    if not payload_matches(approval, action, needs_payload):
        return "other_content"
    if not approval.given_at <= at < approval.expires_at:
        return "expired" if at >= approval.expires_at else "not_yet"
    if acting_for(directory, delegations, approval.by, approval.role, approval.given_at) is None:
        return "role_not_held"
    unchanged = all(still_holds(then, value_of(path)) for path, then in approval.facts.items())
    return None if unchanged else "fact_changed"


def acting_for(
    directory: Directory, delegations: Iterable[Delegation], person: str, role: str, at: datetime
) -> frozenset[str] | None:
    """Return for whom a person acts in a role at a moment, or None where the person may not act in it.

    Args:
        directory: confirms who holds the role.
        delegations: the roles that are lent; what is borrowed cannot be lent on.
        person: the id of the person.
        role: the role.
        at: the moment.

    Returns:
        Nobody else (an empty set) where the person holds the role, else everybody who lends it.
    """
    if holds_role(directory, person, role, at):
        return frozenset()
    lenders = frozenset(
        _id(each.by)
        for each in delegations
        if _id(each.to) == _id(person)
        and each.role == role
        and each.since <= at < each.until
        and holds_role(directory, each.by, role, at)
    )
    return lenders or None


def one_person(
    approvals: Iterable[Approval], delegations: Sequence[Delegation], directory: Directory
) -> dict[str, str]:
    """Return, for everybody who acts for another or for whom another acts, one id that stands for them all.

    Whoever approves in a borrowed role and whoever lends it count as one person, so that no office is counted twice,
    and nobody has an own action approved by lending a role.

    Args:
        approvals: the approvals that count.
        delegations: the roles that are lent.
        directory: confirms who holds a role.
    """
    found: dict[str, str] = {}

    def first(person: str) -> str:
        while found.get(person, person) != person:
            person = found[person]
        return person

    for each in approvals if delegations else ():
        for lender in acting_for(directory, delegations, each.by, each.role, each.given_at) or ():
            found[first(lender)] = first(_id(each.by))
    return {person: first(person) for person in found}


def _id(text: str) -> str:
    return unicodedata.normalize("NFC", text)  # as the ids in actions are


def holds_role(directory: Directory, person: str, role: str, at: datetime) -> bool:
    """Return whether the directory confirms that a person held a role at a moment."""
    member = directory.person(person, at)
    roles = None if member is None else member.roles
    return role in (roles.includes if isinstance(roles, SomeOf) else roles or ())


def may_be_author(approval: Approval, author: str | None, same: Mapping[str, str] = NOBODY_ELSE) -> bool:
    """Return whether an approval is, or may be, the author's own, or one for which the author's role was lent.

    Args:
        approval: the approval.
        author: the person who proposed the action, or None where that is not known.
        same: for people who count as one, the id that stands for them.
    """
    by = _id(approval.by)
    return author is None or same.get(by, by) == same.get(author, author)


def is_met(
    requirement: Requirement,
    approvals: Sequence[Approval],
    author: str | None,
    self_approval: bool,
    same: Mapping[str, str] = NOBODY_ELSE,
) -> bool:
    """Return whether different people meet every part of a requirement.

    Where the author is not known, nobody can be told apart from the author, so that nobody counts.

    Args:
        requirement: what is asked.
        approvals: the approvals that count.
        author: the person who proposed the action, or None where that is not known.
        self_approval: whether the author may count.
        same: for people who count as one, the id that stands for them; see `one_person`.
    """
    roles: dict[str, set[str]] = {}
    for each in approvals:
        if self_approval or not may_be_author(each, author, same):
            by = _id(each.by)
            roles.setdefault(same.get(by, by), set()).add(each.role)
    return can_meet(requirement, roles)


def can_meet(requirement: Requirement, roles: Mapping[str, AbstractSet[str]]) -> bool:
    """Return whether different people can meet every part of a requirement.

    Args:
        requirement: what is asked.
        roles: for each person the roles in which the person approves.
    """
    places = [need for need in requirement for _ in range(need.people)]
    taken: dict[str, int] = {}
    return all(_seat(index, places, roles, taken, set()) for index in range(len(places)))


def _seat(
    index: int, places: Sequence[Need], roles: Mapping[str, AbstractSet[str]], taken: dict[str, int], tried: set[str]
) -> bool:
    """Find a person for a place, moving others where that frees one (an augmenting path)."""
    for person, held in roles.items():
        if person not in tried and not held.isdisjoint(places[index].roles):
            tried.add(person)
            if person not in taken or _seat(taken[person], places, roles, taken, tried):
                taken[person] = index
                return True
    return False
