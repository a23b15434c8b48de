"""What the desk does not permit: each check raises a clear error, or returns what it looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from smpolicy.actions import Action
from smpolicy.approvals import WHY_NOT, Approval, Delegation, acting_for, holds_role, may_be_author, one_person
from smpolicy.cases.case import Case
from smpolicy.cases.records import Record, ReviewDue
from smpolicy.decisions import Decision
from smpolicy.errors import (
    CaseClosed,
    InvalidAction,
    InvalidApproval,
    NotPermitted,
    Problem,
    UnknownCase,
    nearest,
    shorten,
    some,
)
from smpolicy.policies import Policy
from smpolicy.store import Event
from smpolicy.vocabulary import SomeOf

IN_WORDS = {
    "released": "was released",
    "in_review": "was released, and waits for its review afterwards",
    "refused": "was refused",
    "withdrawn": "was withdrawn",
    "expired": "has expired",
}


def still_open(case: Case) -> Decision:
    """Return the decision on an open case.

    Raises:
        CaseClosed: it is no longer open, or it was redacted.
        PolicyError: the policy in force cannot decide on it.
    """
    if case.decision is not None:
        return case.decision
    if case.problem is not None:
        raise case.problem
    if case.status == "open":
        message = f"what the case `{case.id}` is about was redacted, so that nothing can be decided about it"
        raise CaseClosed(Problem("case_redacted", message, help="submit the action anew"))
    raise CaseClosed(
        Problem(
            "case_closed",
            f"the case `{case.id}` {IN_WORDS[case.status]}",
            help="submit the action anew where it is still wanted",
        )
    )


def unclosed(case: Case) -> None:
    """Refuse what cannot be done once a case is no longer open.

    Raises:
        CaseClosed: it is no longer open.
    """
    if case.status != "open":
        still_open(case)


def mended(case: Case) -> None:
    """Refuse a change after which the policy in force could not decide.

    Raises:
        PolicyError: it could not.
    """
    if case.problem is not None:
        raise case.problem


def own(record: Record, by: str, what: str) -> None:
    """Refuse what only the author and whoever submitted a case may do.

    Raises:
        NotPermitted: it is somebody else.
    """
    if by not in (record.author, record.submitted_by):
        owners = dict.fromkeys(each for each in (record.author, record.submitted_by) if each)
        raise NotPermitted(
            Problem(
                "not_own_case",
                f"`{shorten(by)}` may not {what} the case `{record.id}`",
                path="$.by",
                expected=some(owners),
                help="ask the author, or whoever submitted it",
            )
        )


def role_of(
    policy: Policy,
    loans: Mapping[int, Delegation],
    by: str,
    role: str | None,
    wanted: Iterable[str],
    now: datetime,
    what: str,
) -> str:
    """Return the role in which a person acts: the one named, or the first wanted one that the person may act in.

    Args:
        policy: the policy in force.
        loans: the roles that are lent, by number.
        by: the person.
        role: the role that the person named, or None.
        wanted: the roles that count here.
        now: the moment.
        what: what the person wants to do, for the message.

    Raises:
        NotPermitted: the person may not act in that role, or in none that counts here.
        InvalidApproval: there is no such role.
    """
    listed, directory, lent = list(dict.fromkeys(wanted)), policy.agency.directory, tuple(loans.values())
    if role is not None:
        policy.check_approver(by, role, now)
        if acting_for(directory, lent, by, role, now) is None:
            raise NotPermitted(
                Problem(
                    "role_not_held",
                    f"`{shorten(by)}` does not hold the role `{role}` now, and nobody lends it",
                    path="$.role",
                    help="have it done by somebody who holds the role",
                )
            )
        if role in listed:
            return role
    else:
        own_roles = [each for each in listed if holds_role(directory, by, each, now)]
        lent_roles = [each for each in listed if acting_for(directory, lent, by, each, now)]
        for each in (*own_roles, *lent_roles):
            return each
    raise NotPermitted(
        Problem(
            "role_not_asked",
            f"`{shorten(by)}` has no role in which to {what}" if role is None else f"the role `{role}` may not {what}",
            path="$.role",
            expected=some(listed, most=30) if listed else None,
            nearest=None if role is None else nearest(role, listed),
            help="see who is asked: `smpolicy cases show`",
        )
    )


def asked_roles(decision: Decision) -> tuple[str, ...]:
    """Return the roles whose approval is outstanding, in the order in which they are asked."""
    return tuple(dict.fromkeys(role for roles in roles_by_rule(decision).values() for role in roles))


def roles_by_rule(decision: Decision, rules: Iterable[str] | None = None) -> dict[str, list[str]]:
    """Return for each rule whose approval is outstanding, or for some of them, the roles that it asks."""
    needed = (*decision.needed, *decision.needed_if)
    chosen = [each.rule for each in needed] if rules is None else list(rules)
    return {
        each.rule: [role for need in each.requirement for role in need.roles] for each in needed if each.rule in chosen
    }


def asks_approval(decision: Decision, rule: str) -> None:
    """Refuse a rule that asks for no approval now.

    Raises:
        InvalidApproval: it asks for none, has it already, or denies.
    """
    needed = {each.rule: each for each in (*decision.needed, *decision.needed_if)}
    if rule in needed:
        return
    rules = decision.kind_rules.members(decision.true | decision.unknown)
    effects = {each.id: each.effect for _, each in rules}
    message = f"no rule `{shorten(rule)}` asks for approval of this action"
    if effects.get(rule) == "deny":
        message = f"the rule `{rule}` denies, and no approval lifts it"
    elif effects.get(rule) == "needs_approval":
        message = f"the rule `{rule}` has the approval that it asks for"
    raise InvalidApproval(
        Problem("no_such_approval", message, nearest=nearest(rule, needed), help="see what is outstanding in the case")
    )


def may_act(policy: Policy, loans: Mapping[int, Delegation], by: str, roles: Iterable[str], now: datetime) -> bool:
    """Return whether a person may act in one of some roles, their own or lent."""
    lent = tuple(loans.values())
    return any(acting_for(policy.agency.directory, lent, by, role, now) is not None for role in roles)


def acting(
    case: Case,
    policy: Policy,
    loans: Mapping[int, Delegation],
    by: str,
    role: str | None,
    asked: Mapping[str, Sequence[str]],
    every: Iterable[str],
    what: str,
    named: bool,
) -> dict[str, list[str]]:
    """Return the roles in which a person acts for some rules, each with those rules.

    Args:
        case: the case.
        policy: the policy in force.
        loans: the roles that are lent, by number.
        by: the person.
        role: the role that the person named, or None.
        asked: for each rule the roles that it asks.
        every: all roles that the case asks, for the message where the person may act for none of the rules.
        what: what the person wants to do: `approve` or `review`.
        named: whether the person named the rules, and must be able to act for each; else others are passed over.

    Raises:
        NotPermitted, InvalidApproval: see `role_of`.
    """
    found: dict[str, list[str]] = {}
    for rule, roles in asked.items():
        wanted = [each for each in roles if role in (None, each)]
        if named or may_act(policy, loans, by, wanted, case.at):
            acts_in = role_of(policy, loans, by, role, roles, case.at, f"{what} for `{rule}`")
            found.setdefault(acts_in, []).append(rule)
    if not found:
        role_of(policy, loans, by, role, every, case.at, f"{what} the case `{case.record.id}`")
    return found


def counts(
    approvals: Iterable[Approval], decision: Decision, record: Record, loans: Mapping[int, Delegation], policy: Policy
) -> None:
    """Refuse approvals that would not count, by the judge's own measure or because the person submitted the case.

    Args:
        approvals: what a person is about to grant.
        decision: the decision with them.
        record: the case.
        loans: the roles that are lent.
        policy: the policy in force.

    Raises:
        NotPermitted: one of them would not count.
    """
    why = {id(each.approval): each.why for each in decision.passed_over}
    for approval in approvals:
        if id(approval) in why:
            message = (
                f"the approval of `{shorten(approval.by)}` for `{approval.rule}` would not count: "
                f"{WHY_NOT[why[id(approval)]]}"
            )
            raise NotPermitted(Problem("approval_does_not_count", message, path="$.by", help=SOMEBODY_ELSE))
        if by_submitter(approval, record, loans, policy):
            message = f"`{shorten(approval.by)}` submitted the case `{record.id}`, or acts for whoever did"
            raise NotPermitted(Problem("approval_does_not_count", message, path="$.by", help=SOMEBODY_ELSE))


SOMEBODY_ELSE = "have it done by somebody else whom the rule names"


def by_submitter(approval: Approval, record: Record, loans: Mapping[int, Delegation], policy: Policy) -> bool:
    """Return whether an approval is of whoever submitted the case, who does not count more than the author does."""
    if policy.agency.decision.self_approval:
        return False
    same = one_person([approval], tuple(loans.values()), policy.agency.directory)
    return may_be_author(approval, record.submitted_by, same)


def another(record: Record, by: str, policy: Policy, what: str) -> None:
    """Refuse what the author and whoever submitted a case cannot do themselves, unless authors may approve.

    Raises:
        NotPermitted: it is one of them.
    """
    if by in (record.author, record.submitted_by) and not policy.agency.decision.self_approval:
        message = f"`{shorten(by)}` is the author of the case `{record.id}` or submitted it, and cannot {what} it"
        raise NotPermitted(Problem("own_case", message, path="$.by", help=SOMEBODY_ELSE))


def unanswered(case: Case, answers: Mapping[str, object]) -> Action:
    """Return the action of a case, of which some facts are to be answered.

    Raises:
        InvalidAction: one of them is known already.
    """
    assert case.action is not None
    known = [path for path in answers if _is_known(case.action.get(path))]
    if known:
        raise InvalidAction(
            *(
                Problem(
                    "already_answered",
                    f"`{shorten(path)}` is known already in the case `{case.id}`",
                    path=f"$.{shorten(path)}",
                    help="give another version of the action with `edit` where it was wrong",
                )
                for path in known
            )
        )
    return case.action


def _is_known(value: object) -> bool:
    return value is not None and not isinstance(value, SomeOf)


def same_matter(record: Record, action: object) -> None:
    """Refuse another version of an action that is about something else.

    Raises:
        InvalidAction: it is of another kind, or by another author.
    """
    if not isinstance(action, Action):
        help_ = "make one of data with `policy.action(...)`"
        raise InvalidAction(Problem("wrong_type", f"`{shorten(action)}` is no action", help=help_))
    author = action.get("actor.id")
    if action.kind != record.kind or (record.author is not None and author != record.author):
        what = f"an action `{action.kind}`" if action.kind != record.kind else f"an action by `{shorten(author)}`"
        raise InvalidAction(
            Problem(
                "another_matter",
                f"the case `{record.id}` is about an action `{record.kind}` by `{record.author}`, not {what}",
                help="submit it as a case of its own",
            )
        )


def own_approval(case: Case, number: int, by: str) -> None:
    """Refuse to take back what is no approval of this person's.

    Raises:
        InvalidApproval: there is no such approval in this case, or it was taken back already.
        NotPermitted: somebody else gave it.
    """
    found = [each for each in case.approvals if each.number == number]
    standing = [each for each in found if each.why_not != "taken_back"]
    if not standing:
        message = f"the case `{case.id}` has no approval `{shorten(number)}`"
        message = f"the approval `{number}` was taken back already" if found else message
        raise InvalidApproval(Problem("no_such_approval", message, help="see the approvals of the case"))
    if standing[0].by != by:
        message = f"the approval `{number}` was given by `{standing[0].by}`"
        raise NotPermitted(Problem("not_own_approval", message, path="$.by", help="have them take it back"))


def reviews_due(case: Case, rules: Iterable[str] | None) -> list[ReviewDue]:
    """Return the reviews that are outstanding, or those of some rules.

    Raises:
        CaseClosed: there is none, or none for one of these rules.
    """
    due = {each.rule: each for each in case.reviews} if case.status == "in_review" else {}
    chosen = list(due) if rules is None else list(rules)
    missing = [rule for rule in chosen if rule not in due]
    if missing or not due:
        message = f"the case `{case.id}` waits for no review"
        message += f" for `{shorten(missing[0])}`" if missing else ""
        near = nearest(missing[0], due) if missing else None
        raise CaseClosed(Problem("no_review_due", message, nearest=near, help="see the reviews due in the case"))
    return [due[rule] for rule in chosen]


def case_events(events: Sequence[Event], number: int) -> Sequence[Event]:
    """Return the events of a case.

    Raises:
        UnknownCase: there are none, or they are those of a loan.
    """
    if not events or events[0].kind != "submitted":
        help_ = "see `smpolicy cases list`"
        raise UnknownCase(Problem("unknown_case", f"there is no case `{shorten(number)}`", help=help_))
    return events


def loan_events(events: Sequence[Event], number: int) -> Sequence[Event]:
    """Return the events of a loan of a role.

    Raises:
        UnknownCase: there are none, or they are those of a case.
    """
    if not events or events[0].kind != "lent":
        help_ = "give the number that `delegate` returned"
        raise UnknownCase(Problem("unknown_case", f"there is no loan `{shorten(number)}`", help=help_))
    return events


def own_loan(lent: Delegation, number: int, by: str, now: datetime) -> None:
    """Refuse to end a loan that is somebody else's or over already.

    Raises:
        NotPermitted: it is somebody else's.
        CaseClosed: it is over.
    """
    if by not in (lent.by, lent.to):
        message = f"the loan `{number}` is between `{lent.by}` and `{lent.to}`"
        raise NotPermitted(Problem("not_own_case", message, path="$.by", help="have one of them end it"))
    if now >= lent.until:
        raise CaseClosed(Problem("case_closed", f"the loan `{number}` is over", help="nothing is left to be done"))


def loan(policy: Policy, role: str, by: str, to: str, since: datetime, until: datetime, now: datetime) -> Delegation:
    """Return a loan of a role, if the agency lets somebody make it.

    Raises:
        UnknownPerson: one of the two is not registered.
        InvalidApproval: there is no such role, or the moments are wrong.
        NotPermitted: roles are not lent here, or the person does not hold it.
    """
    days = policy.agency.desk.delegation_days
    policy.check_approver(by, role, now)
    policy.check_person(to, now, "$.to")
    lent = Delegation(by, to, role, since, until)
    if not days:
        message, help_ = f"at `{policy.agency.id}` no role is lent", "see `delegation_days` under [desk] in its file"
        raise NotPermitted(Problem("no_loans", message, help=help_))
    if by == to:
        message, help_ = f"`{shorten(by)}` cannot lend a role to themselves", "name somebody else"
        raise InvalidApproval(Problem("wrong_loan", message, path="$.to", help=help_))
    if not holds_role(policy.agency.directory, by, role, now):
        message = f"`{shorten(by)}` does not hold the role `{role}` now, and what is borrowed cannot be lent on"
        raise NotPermitted(Problem("role_not_held", message, path="$.role", help="have it lent by somebody who does"))
    if lent.since < now or lent.until <= lent.since:
        message, help_ = "a loan begins now or later, and ends after it begins", "give a later `since` or `until`"
        raise InvalidApproval(Problem("wrong_dates", message, path="$.until", help=help_))
    if lent.until - lent.since > timedelta(days=days):
        message, help_ = (
            f"a role is lent for at most {days} days here",
            "give an earlier `until`, and lend it anew then",
        )
        raise InvalidApproval(Problem("wrong_loan", message, path="$.until", help=help_))
    return lent
