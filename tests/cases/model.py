"""A desk written a second time, plainly and in memory: what histories of the real one are held against.

It knows nothing of stores, events, folding or forward chaining: it keeps what happened in lists, and asks the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field

from smpolicy.actions import Action
from smpolicy.approvals import Approval, Delegation, holds_role
from smpolicy.decisions import Decision
from smpolicy.errors import PolicyError
from smpolicy.policies import Policy
from smpolicy.vocabulary import SomeOf

DAY = timedelta(days=1)


class Refused(Exception):
    """Something that the desk must refuse, with the code of the error."""


@define
class Grant:
    """An approval as it was given: by whom, in which role, for which rules."""

    number: int
    by: str
    role: str
    approvals: list[Approval]
    loans: list[int]
    taken_back: bool = False


@define
class Held:
    """A case."""

    action: Action
    by: str
    opened: datetime
    moved: datetime
    ends: datetime
    grants: list[Grant] = field(factory=list)
    closed: str | None = None
    due: dict[str, tuple[tuple[str, ...], datetime]] = field(factory=dict)
    done: set[str] = field(factory=set)

    @property
    def author(self) -> str | None:
        """Who proposes the action."""
        author: str | None = self.action.get("actor.id")
        return author


@define
class Loan:
    """A role lent for a time."""

    by: str
    to: str
    role: str
    since: datetime
    until: datetime


@define
class Model:
    """The desk: cases and loans by the numbers that the real one gave them."""

    policies: Callable[[datetime], Policy]
    cases: dict[int, Held] = field(factory=dict)
    loans: dict[int, Loan] = field(factory=dict)
    last: datetime | None = None

    # --- looking ---------------------------------------------------------------------------------------------------

    def status(self, case: Held, now: datetime) -> str:
        """Where a case stands."""
        if case.closed == "released":
            return "in_review" if set(case.due) - case.done else "released"
        return case.closed or ("expired" if now >= case.ends else "open")

    def decide(self, case: Held, now: datetime, more: Iterable[Approval] = ()) -> Decision:
        """What the policy in force says of a case."""
        policy = self.policies(now)
        presented = [
            each
            for grant in case.grants
            if not grant.taken_back and not self.is_submitters(grant, case, policy)
            for each in grant.approvals
        ]
        used = {number for grant in case.grants for number in grant.loans}
        lent = [self.lent(number) for number in sorted(used | set(self.loans))]
        try:
            return policy.decide(case.action, at=now, approvals=[*presented, *more], delegations=lent)
        except PolicyError as error:  # somebody attested who may no longer
            raise Refused(error.code) from error

    def lent(self, number: int) -> Delegation:
        """A loan as the judge takes it."""
        loan = self.loans[number]
        return Delegation(loan.by, loan.to, loan.role, loan.since, max(loan.since, loan.until))

    def is_submitters(self, grant: Grant, case: Held, policy: Policy) -> bool:
        """Whether a grant is of whoever submitted the case, or was given in a role that person lent."""
        if policy.agency.decision.self_approval:
            return False
        when = grant.approvals[0].given_at
        if grant.by == case.by:
            return True
        if holds_role(policy.agency.directory, grant.by, grant.role, when):
            return False
        return any(
            loan.by == case.by and loan.to == grant.by and loan.role == grant.role and loan.since <= when < loan.until
            for loan in self.loans.values()
        )

    def observe(self, number: int, now: datetime) -> Any:
        """What can be seen of a case."""
        case = self.cases[number]
        status = self.status(case, now)
        overdue = {rule for rule, (_, due) in case.due.items() if rule not in case.done and now >= due}
        if status != "open":
            return status, None, None, overdue, len(case.due) - len(case.done)
        try:
            decision = self.decide(case, now)
        except Refused:
            return status, None, None, overdue, len(case.due) - len(case.done)
        hours = self.policies(now).agency.desk.escalation_hours
        needs = [need for each in (*decision.needed, *decision.needed_if) for need in each.requirement]
        longest = max((len(need.offices) for need in needs), default=1) - 1
        most = longest + len(self.policies(now).agency.desk.escalate_to)
        level = min(most, int((now - case.moved) / timedelta(hours=hours)))
        found = (str(decision.outcome), decision.settled, decision.true, decision.unknown, decision.discharged)
        return status, found, level, overdue, len(case.due) - len(case.done)

    # --- doing -----------------------------------------------------------------------------------------------------

    def begin(self, now: datetime, *people: str) -> tuple[datetime, Policy]:
        """The moment of something that is done, and the policy in force then."""
        if self.last is not None and now < self.last:
            if self.last - now > timedelta(seconds=5):
                raise Refused("clock_moved_back")
            now = self.last
        policy = self.policies(now)
        for person in people:
            self.registered(policy, person, now)
        return now, policy

    def registered(self, policy: Policy, person: str, now: datetime) -> None:
        """Refuse somebody who is not registered."""
        if policy.agency.directory.person(person, now) is None:
            raise Refused("unknown_person")

    def held(self, number: int, now: datetime) -> Held:
        """A case that is still open."""
        case = self.cases[number]
        if self.status(case, now) != "open":
            raise Refused("case_closed")
        return case

    def submit(self, now: datetime, action: Action, by: str, number: int | None) -> str:
        """Submit an action; the number is that of the case that the real desk opened, if it did."""
        now, policy = self.begin(now, by)
        decision = policy.decide(action, at=now)
        reviews = [
            each for each in decision.duties if decision.allowed and "~" in each.rule and each.duty.when == "after"
        ]
        opens = (str(decision.outcome) == "needs_approval" and decision.next != "stop") or bool(reviews)
        assert opens is (number is not None)
        if number is not None:
            table = policy.agency.desk
            case = self.cases[number] = Held(action, by, now, now, now + table.case_days * DAY)
            case.closed = "released" if reviews else None
            case.due = {each.rule: (each.duty.to, now + table.review_days * DAY) for each in reviews}
        self.last = now
        return str(decision.outcome)

    def answer(self, now: datetime, number: int, path: str, value: Any, by: str) -> None:
        """Answer a question."""
        now, policy = self.begin(now, by)
        case = self.held(number, now)
        self.decide(case, now)
        if by not in (case.by, case.author):
            raise Refused("not_own_case")
        known = case.action.get(path)
        if known is not None and not isinstance(known, SomeOf):
            raise Refused("already_answered")
        self.put(case, case.action.answer({path: value}), now, policy)

    def attest(self, now: datetime, number: int, by: str) -> None:
        """Attest everything."""
        now, policy = self.begin(now, by)
        case = self.held(number, now)
        self.decide(case, now)
        self.put(case, case.action.attest(by), now, policy)

    def edit(self, now: datetime, number: int, action: Action, by: str) -> None:
        """Put another version in the place of the one before."""
        now, policy = self.begin(now, by)
        case = self.held(number, now)
        if by not in (case.by, case.author):
            raise Refused("not_own_case")
        if action.get("actor.id") != case.author:
            raise Refused("another_matter")
        self.put(case, action, now, policy)

    def put(self, case: Held, action: Action, now: datetime, policy: Policy) -> None:
        """Change the action of a case, if the policy takes it."""
        try:
            policy.decide(action, at=now)
        except PolicyError as error:
            raise Refused(error.code) from error
        case.action, case.moved, self.last = action, now, now

    def roles(self, policy: Policy, person: str, now: datetime) -> dict[str, list[int]]:
        """The roles in which a person may act, own ones first, each with the loans by which."""
        every = policy.agency.vocabulary.facts["actor.roles"].members
        own: dict[str, list[int]] = {
            role: [] for role in every if holds_role(policy.agency.directory, person, role, now)
        }
        lent: dict[str, list[int]] = {}
        for number, loan in sorted(self.loans.items()):
            covers = loan.to == person and loan.since <= now < loan.until and loan.role not in own
            if covers and holds_role(policy.agency.directory, loan.by, loan.role, now):
                lent.setdefault(loan.role, []).append(number)
        return {**own, **lent}

    def approve(self, now: datetime, number: int, by: str, event: int | None) -> None:
        """Approve all that is outstanding and asks for one's roles."""
        now, policy = self.begin(now, by)
        case = self.held(number, now)
        decision = self.decide(case, now)
        may = self.roles(policy, by, now)
        granted: dict[str, list[Approval]] = {}
        for each in (*decision.needed, *decision.needed_if):
            asked = [role for need in each.requirement for role in need.roles]
            own = [role for role in asked if role in may and holds_role(policy.agency.directory, by, role, now)]
            chosen = next(iter([*own, *(role for role in asked if role in may)]), None)
            if chosen is not None:
                approval = decision.approval(each.rule, by=by, role=chosen, given_at=now)
                granted.setdefault(chosen, []).append(approval)
        if not granted:
            raise Refused("role_not_asked")
        new = [each for approvals in granted.values() for each in approvals]
        judged = self.decide(case, now, new)
        if any(each.approval in new for each in judged.passed_over):
            raise Refused("approval_does_not_count")
        for offset, (role, approvals) in enumerate(granted.items()):
            grant = Grant((event or 0) + offset, by, role, approvals, may[role])
            if self.is_submitters(grant, case, policy):
                raise Refused("approval_does_not_count")
        for offset, (role, approvals) in enumerate(granted.items()):
            assert event is not None
            case.grants.append(Grant(event + offset, by, role, approvals, may[role]))
        case.moved = self.last = now

    def take_back(self, now: datetime, number: int, grant: int, by: str) -> None:
        """Take an approval back."""
        now, _ = self.begin(now, by)
        case = self.held(number, now)
        found = [each for each in case.grants if each.number == grant and not each.taken_back]
        if not found:
            raise Refused("no_such_approval")
        if found[0].by != by:
            raise Refused("not_own_approval")
        found[0].taken_back = True
        self.last = now

    def refuse(self, now: datetime, number: int, by: str) -> None:
        """Refuse a case."""
        now, policy = self.begin(now, by)
        case = self.held(number, now)
        decision = self.decide(case, now)
        asked = {
            role for each in (*decision.needed, *decision.needed_if) for need in each.requirement for role in need.roles
        }
        if not asked & set(self.roles(policy, by, now)):
            raise Refused("role_not_asked")
        case.closed, self.last = "refused", now

    def withdraw(self, now: datetime, number: int, by: str) -> None:
        """Withdraw a case."""
        now, _ = self.begin(now, by)
        case = self.held(number, now)
        if by not in (case.by, case.author):
            raise Refused("not_own_case")
        case.closed, self.last = "withdrawn", now

    def release(self, now: datetime, number: int, by: str) -> str:
        """Release a case, if it is allowed."""
        now, _ = self.begin(now, by)
        case = self.held(number, now)
        decision = self.decide(case, now)
        if by not in (case.by, case.author):
            raise Refused("not_own_case")
        if decision.allowed:
            case.closed, self.last = "released", now
        return str(decision.outcome)

    def review(self, now: datetime, number: int, by: str) -> None:
        """Review what went out urgently."""
        now, policy = self.begin(now, by)
        case = self.cases[number]
        if by in (case.by, case.author) and not policy.agency.decision.self_approval:
            raise Refused("own_case")
        open_ = {rule: offices for rule, (offices, _) in case.due.items() if rule not in case.done}
        if not open_ or case.closed != "released":
            raise Refused("no_review_due")
        may = self.roles(policy, by, now)
        mine = {
            rule
            for rule, offices in open_.items()
            if any(role in may for office in offices for role in policy.agency.offices.get(office, ()))
        }
        if not mine:
            raise Refused("role_not_asked")
        case.done |= mine
        self.last = now

    def delegate(self, now: datetime, role: str, by: str, to: str, hours: int, number: int | None) -> None:
        """Lend a role."""
        now, policy = self.begin(now, by, to)
        if by == to:
            raise Refused("wrong_loan")
        if not holds_role(policy.agency.directory, by, role, now):
            raise Refused("role_not_held")
        if hours <= 0:
            raise Refused("wrong_dates")
        if timedelta(hours=hours) > policy.agency.desk.delegation_days * DAY:
            raise Refused("wrong_loan")
        assert number is not None
        self.loans[number] = Loan(by, to, role, now, now + timedelta(hours=hours))
        self.last = now

    def revoke(self, now: datetime, number: int, by: str) -> None:
        """End a loan."""
        now, _ = self.begin(now, by)
        loan = self.loans[number]
        if by not in (loan.by, loan.to):
            raise Refused("not_own_case")
        if now >= loan.until:
            raise Refused("case_closed")
        loan.until, self.last = now, now
