"""Reviewing an agency's file: what is undecided, left out, held by nobody or unexplained, and its adoption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import attrs
from attrs import frozen

from smpolicy.adoptions import adoption
from smpolicy.agencies import Agency
from smpolicy.analysis.contradictions import contradictions
from smpolicy.analysis.sides import Contradiction
from smpolicy.approvals import holds_role
from smpolicy.bound_rules import BoundRule
from smpolicy.choices import to_plain
from smpolicy.decisions import Decision
from smpolicy.findings import Finding, findings
from smpolicy.language.expressions import paths
from smpolicy.policies import Policy
from smpolicy.review_items import Item, items_of
from smpolicy.rulesets import Overriding, sets_limit

COMPUTED_FROM = {"policy.strategy_adopted": "agency.strategy_adopted"}
"""The facts of a candidate policy that are computed from another fact of the agency's file."""


@frozen(slots=True)
class Undecided:
    """A choice that the agency has not made.

    Attributes:
        ruleset: the id of its ruleset.
        choice: its id.
        about: the consideration.
        ask: the question put to the agency.
        default: the value that holds meanwhile, as it is written in files; a pack may have raised it.
    """

    ruleset: str
    choice: str
    about: str
    ask: str
    default: Any


@frozen(slots=True)
class MissingFact:
    """A fact which bound rules read and the agency's file or register leaves out.

    Attributes:
        fact: its path.
        ask: the question.
        cite: the clause behind it.
        accounts: the ids of the accounts of which the register does not say it; empty for a fact of the agency.
        rules: the ids of the bound rules that read it.
    """

    fact: str
    ask: str
    cite: str
    accounts: tuple[str, ...]
    rules: tuple[str, ...]


@frozen(slots=True)
class UnheldOffice:
    """An office that nobody holds.

    Attributes:
        office: its id.
        title: what people call it.
        roles: the roles to which the agency gives it, none of which anybody has.
        rules: the ids of the bound rules that ask it for approval, or oblige it.
    """

    office: str
    title: str
    roles: tuple[str, ...]
    rules: tuple[str, ...]


@frozen(slots=True)
class UnexplainedLimit:
    """A limit on personal speech for which the agency records no reason.

    Attributes:
        ruleset: the id of its ruleset.
        choice: the id of the choice that sets it.
        about: the consideration.
        limit: the limit.
        value: the value of the choice, as it is written in files.
    """

    ruleset: str
    choice: str
    about: str
    limit: str
    value: Any


@frozen(slots=True)
class Review:
    """What is to be looked at in an agency's file before it is adopted.

    Attributes:
        policy: the policy that the file makes.
        at: the moment for which it is reviewed.
        undecided: choices not made.
        missing_facts: facts left out that rules read.
        unheld_offices: offices that nobody holds.
        unexplained_limits: limits on personal speech without a recorded reason.
        overriding: what lets its packs loosen other rulesets.
        contradictions: what of its configuration cannot both be meant.
        findings: what its counsel should see.
        adoption: the decision on adopting the file, under itself.
    """

    policy: Policy
    at: datetime
    undecided: tuple[Undecided, ...]
    missing_facts: tuple[MissingFact, ...]
    unheld_offices: tuple[UnheldOffice, ...]
    unexplained_limits: tuple[UnexplainedLimit, ...]
    overriding: tuple[Overriding, ...]
    contradictions: tuple[Contradiction, ...]
    findings: tuple[Finding, ...]
    adoption: Decision

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Return all of it as one list, each with its severity, code, place and help, the gravest first."""
        return items_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the review as JSON-ready data."""
        from smpolicy.render.data import overriding_to_dict

        data: dict[str, Any] = {
            "agency": self.policy.agency.id,
            "at": self.at.isoformat().replace("+00:00", "Z"),
        }
        for name in ("undecided", "missing_facts", "unheld_offices", "unexplained_limits"):
            data[name] = [
                {key: list(value) if isinstance(value, tuple) else value for key, value in attrs.asdict(each).items()}
                for each in getattr(self, name)
            ]
        data["overrides"] = [overriding_to_dict(each) for each in self.overriding]
        for name in ("contradictions", "findings", "items"):
            data[name] = [each.to_dict() for each in getattr(self, name)]
        return data | {"adoption": self.adoption.to_dict()}


def review(policy: Policy, at: datetime) -> Review:
    """Review the file of a policy.

    Args:
        policy: what the file makes.
        at: the moment for which offices are looked up and the adoption is decided; where the policy is not in force
            then, the nearest moment at which it is.
    """
    agency = policy.agency
    moment = _within(agency, at)
    adopting = policy.decide(adoption(agency), at=moment)
    return Review(
        policy,
        moment,
        tuple(_undecided(agency)),
        tuple(_missing_facts(policy)),
        tuple(_unheld_offices(policy, moment)),
        tuple(_unexplained_limits(agency)),
        tuple(agency.overriding()),
        contradictions(policy, moment),
        findings(policy, adopting),
        adopting,
    )


def _within(agency: Agency, at: datetime) -> datetime:
    start, end = agency.span()
    return max(start, at if end is None else min(at, end - timedelta(seconds=1)))


def _undecided(agency: Agency) -> Iterator[Undecided]:
    for ruleset, choice in agency.undecided():
        holds = agency.choices[ruleset][choice.id].value
        yield Undecided(ruleset, choice.id, choice.about, choice.ask, to_plain(holds))


def _missing_facts(policy: Policy) -> Iterator[MissingFact]:
    """Yield the facts of the agency, its candidate policy and its accounts that rules read and its file leaves out."""
    agency = policy.agency
    for path, rules in _readers(policy).items():
        fact = agency.vocabulary.facts[path]
        accounts: tuple[str, ...] = ()
        if fact.owner == "account":
            accounts = tuple(name for name, record in agency.accounts.items() if getattr(record, fact.name) is None)
        stated = {"agency": agency.facts, "candidate": agency.candidate_facts}.get(fact.owner)
        if accounts or (stated is not None and stated.get(path) is None):
            yield MissingFact(path, fact.ask, fact.cite, accounts, rules)


def _readers(policy: Policy) -> Mapping[str, tuple[str, ...]]:
    """Return for each fact that bound rules read the ids of those rules, in order."""
    found: dict[str, dict[str, None]] = {}
    for rule in _rules(policy):
        for path in paths(rule.condition):
            found.setdefault(COMPUTED_FROM.get(path, path), {})[rule.id] = None
    return {path: tuple(rules) for path, rules in found.items()}


def _rules(policy: Policy) -> Iterator[BoundRule]:
    for kind_rules in policy.kinds.values():
        yield from kind_rules.rules


def _unheld_offices(policy: Policy, at: datetime) -> Iterator[UnheldOffice]:
    agency, directory = policy.agency, policy.agency.directory
    people = list(directory.people())
    asking: dict[str, dict[str, None]] = {}
    for rule in _rules(policy):
        offices = [office for need in rule.requirement or () for office in need.offices]
        for named in (*offices, *(rule.duty.to if rule.duty is not None else ())):
            asking.setdefault(named, {})[rule.id] = None
    for office in agency.known_offices().values():
        roles = agency.offices.get(office.id, ())
        if not any(holds_role(directory, person, role, at) for role in roles for person in people):
            yield UnheldOffice(office.id, office.title, tuple(roles), tuple(asking.get(office.id, ())))


def _unexplained_limits(agency: Agency) -> Iterator[UnexplainedLimit]:
    for ruleset in agency.rulesets:
        for name, chosen in agency.choices[ruleset.id].items():
            choice = ruleset.choices[name]
            if choice.personal_limit is not None and sets_limit(chosen.value) and not (chosen.reason or "").strip():
                yield UnexplainedLimit(ruleset.id, name, choice.about, choice.personal_limit, to_plain(chosen.value))
