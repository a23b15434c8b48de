"""Looking at a case: what its events come to at a moment under a policy, and how it is listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from smpolicy.approvals import Approval, Delegation
from smpolicy.cases import checks
from smpolicy.cases.asking import asked, steps
from smpolicy.cases.case import Case, CaseApproval
from smpolicy.cases.records import Record, read_loan, seconds
from smpolicy.cases.standing import Conclude, Standing, stand
from smpolicy.decisions import Decision
from smpolicy.errors import PolicyError
from smpolicy.policies import Policy
from smpolicy.store import CaseRow, Store, Writer

LOAN = "loan"
"""What the list of cases calls the case that every loan of a role is."""
MOST_LOANS = 1_000
"""How many loans to one person are looked at."""


def loans_of(source: Store | Writer, record: Record, by: str | None = None) -> dict[int, Delegation]:
    """Return the loans of roles that matter to a case, by number: those used in it, and those to one person."""
    numbers = {number for each in record.given for number in each.loans}
    if by is not None:
        numbers |= {row.id for row in source.page(status="lent", kind=LOAN, author=by, limit=MOST_LOANS)}
    return {number: read_loan(checks.loan_events(source.case(number), number)) for number in sorted(numbers)}


def decide(
    record: Record,
    policy: Policy,
    now: datetime,
    loans: Mapping[int, Delegation],
    new: Iterable[Approval] = (),
) -> Decision:
    """Return what a policy says of a case with the approvals there are, and some more."""
    assert record.action is not None
    presented = [
        each.approval
        for each in record.given
        if each.number not in record.taken_back
        and each.approval is not None
        and not checks.by_submitter(each.approval, record, loans, policy)
    ]
    action = policy.action(record.action)
    return policy.decide(action, at=now, approvals=(*presented, *new), delegations=loans.values())


def look(
    source: Store | Writer,
    record: Record,
    policy: Policy,
    now: datetime,
    conclude: Conclude,
    loans: Mapping[int, Delegation] | None = None,
) -> Case:
    """Return a case as it is at a moment under a policy.

    Args:
        source: where its loans are read.
        record: what its events say.
        policy: the policy in force.
        now: the moment.
        conclude: concludes where it stands.
        loans: the roles that are lent, by number; by default those that were used in it.
    """
    known = loans_of(source, record) if loans is None else loans
    table = policy.agency.desk
    action = decision = problem = None
    try:
        action = None if record.action is None else policy.action(record.action)
        if action is not None and record.closed is None:
            decision = decide(record, policy, now, known)
    except PolicyError as error:
        problem = error
    due = () if decision is None else steps(decision, table, record.moved_at)
    standing = stand(record.facts(known, due, now), conclude)
    if standing.status != "open":
        decision = problem = None
    offices = () if decision is None else asked(decision, table, standing.level)
    reviews = tuple(each for each in record.reviews if each.rule in standing.reviews)
    if standing.status == "in_review":
        offices = tuple(dict.fromkeys(office for each in reviews for office in each.offices))
    return Case(
        record.id,
        standing.status,
        now,
        action,
        decision,
        problem,
        tuple(approvals_of(record, standing, decision, known, policy)),
        offices,
        reviews,
        standing.overdue,
        standing.level,
        next((each for each in due if each > now), None),
        record,
    )


def approvals_of(
    record: Record, standing: Standing, decision: Decision | None, loans: Mapping[int, Delegation], policy: Policy
) -> Iterator[CaseApproval]:
    """Yield every approval of a case, with what became of it."""
    passed_over = {} if decision is None else {id(each.approval): each.why for each in decision.passed_over}
    for each in record.given:
        if each.number not in standing.approvals:
            why: str | None = "taken_back"
        elif each.approval is None:
            why = "redacted"
        elif checks.by_submitter(each.approval, record, loans, policy):
            why = "submitter"
        elif each.number in standing.lapsed:
            why = "expired"
        else:
            why = passed_over.get(id(each.approval))
        lenders = sorted({loans[number].by for number in standing.borrowed.get(each.number, ())})
        rule = None if each.approval is None else each.approval.rule
        yield CaseApproval(each.number, each.by, each.role, rule, each.given_at, each.expires_at, tuple(lenders), why)


def reviews_due(decision: Decision) -> list[dict[str, Any]]:
    """Return what must be reviewed after an allow because an exception let it go without an approval.

    Such a duty stands in the place of a rule that an exception lifts, and is to be done afterwards by some office.
    """
    if not decision.allowed:
        return []
    due = seconds(decision.at + timedelta(days=decision.policy.agency.desk.review_days))
    return [
        {"rule": each.rule, "do": each.duty.do, "offices": list(each.duty.to), "due": due}
        for each in decision.duties
        if "~" in each.rule and each.duty.when == "after" and not {"author", "agency"} & set(each.duty.to)
    ]


def row_of(case: Case, policy: Policy) -> CaseRow:
    """Return how the list of cases shows a case: its status by its events, and when time alone will change it."""
    record = case.record
    told = ("expired", "") in record.told
    listed = case.status if record.closed is not None else "expired" if told else "open"
    moments = []
    if listed == "open":
        moments = [record.expires_at, *([case.asks_further_at] if case.asks_further_at else [])]
    elif listed == "in_review":
        moments = [each.due_at for each in case.reviews if ("review_overdue", each.rule) not in record.told]
    return CaseRow(
        record.id,
        record.kind,
        policy.agency.id,
        record.author,
        record.submitted_by,
        listed,
        record.opened_at,
        record.expires_at,
        case.at,
        min(moments, default=None),
        len(record.events),
    )


def untold(case: Case) -> Iterator[tuple[str, str]]:
    """Yield what time alone brought about and was not told yet: what, and of what."""
    record = case.record
    happened = [("expired", "")] if case.status == "expired" else []
    happened += [("asked_further", f"{seconds(record.moved_at)}/{step}") for step in range(1, case.level + 1)]
    happened += [("review_overdue", each.rule) for each in case.reviews if each.rule in case.overdue]
    yield from (each for each in happened if each not in record.told)
