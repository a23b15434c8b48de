"""Events to be recorded at the desk, before they are: what each step of a case comes to, or why it is not permitted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from smpolicy.actions import Action
from smpolicy.approvals import Delegation
from smpolicy.cases import checks
from smpolicy.cases.case import Case
from smpolicy.cases.looking import decide
from smpolicy.cases.records import seconds
from smpolicy.decisions import Decision
from smpolicy.policies import Policy

CHANGES_THE_ACTION = ("answered", "attested", "edited")
"""The kinds of events by which another version of the action takes the place of the one before."""


@frozen(slots=True)
class Draft:
    """An event to be recorded.

    Attributes:
        kind: its kind.
        data: what anybody may read of it who can read the store.
        secret: what is sealed.
        decision: the decision to be recorded in the journal along with it.
    """

    kind: str
    data: Mapping[str, Any] = field(factory=dict)
    secret: Mapping[str, Any] | None = None
    decision: Decision | None = None


Loans = Mapping[int, Delegation]
Drafting = Callable[[Case, Policy, Loans], Iterable[Draft]]
"""From an open or closed case, the policy in force and the roles now lent to what is to be recorded.

Raises what is not permitted.
"""


def _changed(kind: str, action: Action, data: Mapping[str, Any]) -> Draft:
    """Return the event by which another version of the action takes the place of the one before."""
    return Draft(kind, {**data, "author": action.get("actor.id")}, {"action": to_data(action)})


def to_data(action: Action) -> dict[str, Any]:
    """Return an action as data from which `policy.action` makes it again."""
    data = action.to_dict()
    if action.kind == "adopt_policy":  # the rest of it is computed from the agency's file
        return {key: value for key, value in data.items() if key in ("kind", "actor")}
    return data


def answered(answers: Mapping[str, Any], by: str) -> Drafting:
    """Return what answering open questions comes to."""

    def drafts(found: Case, policy: Policy, _: Loans) -> Iterator[Draft]:
        checks.still_open(found)
        checks.own(found.record, by, "answer for")
        action = checks.unanswered(found, answers).answer(answers, policy.agency.vocabulary)
        yield _changed("answered", action, {"facts": sorted(answers)})

    return drafts


def attested(by: str, parts: Iterable[str] | None) -> Drafting:
    """Return what attesting some parts, or all, comes to."""
    covered = None if parts is None else list(parts)

    def drafts(found: Case, policy: Policy, _: Loans) -> Iterator[Draft]:
        checks.still_open(found)
        assert found.action is not None
        action = found.action.attest(by, covered, policy.agency.vocabulary)
        yield _changed("attested", action, {"parts": covered})

    return drafts


def edited(action: Action, by: str) -> Drafting:
    """Return what putting another version of the action in place comes to."""

    def drafts(found: Case, *_: object) -> Iterator[Draft]:
        checks.unclosed(found)
        checks.own(found.record, by, "edit")
        checks.same_matter(found.record, action)
        yield _changed("edited", action, {"author": action.get("actor.id")})

    return drafts


def withdrawn(by: str, reason: str) -> Drafting:
    """Return what withdrawing a case comes to."""

    def drafts(found: Case, *_: object) -> Iterator[Draft]:
        checks.unclosed(found)
        checks.own(found.record, by, "withdraw")
        yield Draft("withdrawn", secret={"text": reason})

    return drafts


def released(by: str) -> Drafting:
    """Return what releasing a case comes to: nothing, where the policy does not allow it."""

    def drafts(found: Case, *_: object) -> Iterator[Draft]:
        decision = checks.still_open(found)
        checks.own(found.record, by, "release")
        if decision.allowed:
            yield Draft("released", decision=decision)

    return drafts


def approved(by: str, role: str | None, rules: Iterable[str] | None, expires_at: datetime | None) -> Drafting:
    """Return what approving comes to: one event for each role in which the person acts."""
    chosen = None if rules is None else list(rules)

    def drafts(found: Case, policy: Policy, loans: Loans) -> Iterator[Draft]:
        decision = checks.still_open(found)
        for named in chosen or ():
            checks.asks_approval(decision, named)
        asked = checks.roles_by_rule(decision, chosen)
        every = checks.asked_roles(decision)
        acting = checks.acting(found, policy, loans, by, role, asked, every, "approve", chosen is not None)
        approvals = {
            name: [
                decision.approval(rule, by=by, role=name, given_at=found.at, expires_at=expires_at)
                for rule in for_rules
            ]
            for name, for_rules in acting.items()
        }
        new = [each for given in approvals.values() for each in given]
        checks.counts(new, decide(found.record, policy, found.at, loans, new), found.record, loans, policy)
        for name, given in approvals.items():
            data = {
                "role": name,
                "rules": [each.rule for each in given],
                "expires": seconds(given[0].expires_at),
                "loans": [number for number, each in loans.items() if (each.to, each.role) == (by, name)],
            }
            yield Draft("approved", data, {"approvals": [each.to_dict() for each in given]})

    return drafts


def taken_back(approval: int, by: str, reason: str) -> Drafting:
    """Return what taking an own approval back comes to."""

    def drafts(found: Case, *_: object) -> Iterator[Draft]:
        checks.unclosed(found)
        checks.own_approval(found, approval, by)
        yield Draft("taken_back", {"approval": approval}, {"text": reason})

    return drafts


def refused(by: str, reason: str, role: str | None) -> Drafting:
    """Return what refusing a case comes to."""

    def drafts(found: Case, policy: Policy, loans: Loans) -> Iterator[Draft]:
        roles = checks.asked_roles(checks.still_open(found))
        acting = checks.role_of(policy, loans, by, role, roles, found.at, f"refuse the case `{found.record.id}`")
        yield Draft("refused", {"role": acting}, {"text": reason})

    return drafts


def reviewed(by: str, rules: Iterable[str] | None, role: str | None, text: str) -> Drafting:
    """Return what reviewing what went out urgently comes to: one event for each role in which the person acts."""
    chosen = None if rules is None else list(rules)

    def drafts(found: Case, policy: Policy, loans: Loans) -> Iterator[Draft]:
        checks.another(found.record, by, policy, "review")

        def roles(offices: Iterable[str]) -> list[str]:
            return [each for office in offices for each in policy.agency.offices.get(office, ())]

        asked = {due.rule: roles(due.offices) for due in checks.reviews_due(found, chosen)}
        every = roles(office for due in found.reviews for office in due.offices)
        acting = checks.acting(found, policy, loans, by, role, asked, every, "review", chosen is not None)
        for number, (name, for_rules) in enumerate(acting.items()):
            yield Draft("reviewed", {"role": name, "rules": for_rules}, {"text": text if number == 0 else ""})

    return drafts


def commented(text: str) -> Drafting:
    """Return what a comment comes to."""
    return lambda *_: [Draft("commented", secret={"text": text})]
