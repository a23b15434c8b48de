"""The approval desk: takes what needs approval, keeps its history, and lets it go once it is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from attrs import field, frozen

from smpolicy.actions import Action
from smpolicy.cases import checks, drafting
from smpolicy.cases.case import Case, Notification, Release, Submission
from smpolicy.cases.chaining import best_conclude
from smpolicy.cases.drafting import CHANGES_THE_ACTION, Draft, Drafting, to_data
from smpolicy.cases.in_force import Policies, always, policies_in
from smpolicy.cases.looking import LOAN, loans_of, look, reviews_due, row_of, untold
from smpolicy.cases.records import add, read_loan, read_record, seconds
from smpolicy.cases.standing import Conclude, Status
from smpolicy.cases.telling import notifications, of_loan, tell
from smpolicy.journal import Journal, system_clock
from smpolicy.judge import Outcome
from smpolicy.policies import Policy
from smpolicy.store import NEW, REDACTED, CaseRow, Event, Head, Store, Verification, Writer


@frozen(slots=True, eq=False)
class Desk:
    """The approval desk of an agency, or of several hosts of it on one database.

    Whether an action may be taken is for the policy in force to say, at each step anew; the desk keeps what happened.

    Attributes:
        store: where its events are.
        policies: from a moment to the policy in force.
        clock: gives the present moment.
        notify: is called after each event, once it is safely recorded.
        conclude: concludes from the events and the time where a case stands.
    """

    store: Store
    policies: Policies = field(repr=False)
    clock: Callable[[], datetime] = field(default=system_clock, repr=False)
    notify: Callable[[Notification], object] | None = field(default=None, repr=False)
    conclude: Conclude = field(factory=best_conclude, repr=False)

    @classmethod
    def open(
        cls,
        url: str | Path,
        policies: Policies | Policy | str | Path,
        *,
        key: Path | bytes | None = None,
        clock: Callable[[], datetime] = system_clock,
        notify: Callable[[Notification], object] | None = None,
        conclude: Conclude | None = None,
        wait: float = 10.0,
        head: str | None = None,
    ) -> Self:
        """Open a desk; close it, or use it in a `with` statement.

        Args:
            url: the file of its SQLite database, or the URL of a database: `sqlite:///...`, `postgresql://...`.
            policies: what gives the policy in force at a moment; or a policy; or an agency's file, or a folder of them.
            key: the store's key, or the file that holds it; see `Store.open`.
            clock: gives the present moment.
            notify: is called with each `Notification`, after the event is safely recorded.
            conclude: concludes where a case stands; by default by forward chaining where durable-rules can be imported,
                else in plain Python, which comes to the same.
            wait: for how many seconds to wait for somebody else who is writing.
            head: a head exported earlier, `COUNT:HASH`, that the store must contain.

        Raises:
            StoreError: the store cannot be opened or used.
        """
        if isinstance(policies, str | Path):
            policies = policies_in(policies)
        elif isinstance(policies, Policy):
            policies = always(policies)
        store = Store.open(url, key=key, wait=wait, head=head)
        return cls(store, policies, clock, notify, conclude or best_conclude())

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def journal(self) -> Journal:
        """Return the journal of every decision made here: on submission and on release."""
        return Journal(self.store, self.clock)

    # --- what the author, and whoever submits for the author, do ---------------------------------------------------

    def submit(self, action: Action, *, by: str, at: datetime | None = None) -> Submission:
        """Decide on an action; where it needs approval open a case.

        Allow and deny come straight back. An allow of an urgent notice that must be reviewed afterwards opens a case
        too, released already, that waits for its review.

        Args:
            action: the action.
            by: the id of the person who submits it.
            at: the moment; by default now, by the desk's clock. The same holds of every method here.

        Raises:
            UnknownPerson: somebody is not registered.
            OutsideDates: no policy is in force, or it is earlier than what is recorded already.
            InvalidAction, NotPermitted: see `Policy.decide`.
        """
        with self.store.writing() as writer:
            now = writer.moment(at or self.clock())
            policy = self.policies(now)
            policy.check_person(by, now)
            decision = policy.decide(action, at=now)
            reviews = reviews_due(decision)
            opens = decision.outcome is Outcome.NEEDS_APPROVAL and decision.next != "stop"
            if not opens and not reviews:
                self.journal.add(writer, decision, by, now)
                return Submission(decision)
            data = {
                "kind": action.kind,
                "agency": policy.agency.id,
                "author": action.get("actor.id"),
                "outcome": str(decision.outcome),
                "expires": seconds(now + timedelta(days=policy.agency.desk.case_days)),
                "reviews": reviews,
            }
            drafts = [Draft("submitted", data, {"action": to_data(action)}, decision)]
            drafts += [] if opens else [Draft("released")]
            events = self._append(writer, drafts, now, by, NEW)
            case = look(writer, read_record(events), policy, now, self.conclude)
            writer.index(row_of(case, policy))
        self._tell(case, policy, events)
        return Submission(decision, case)

    def answer(self, case: int, answers: Mapping[str, Any], *, by: str, at: datetime | None = None) -> Case:
        """Answer open questions of a case; what is known already is changed with `edit`.

        Args:
            case: the number of the case.
            answers: values by the paths of facts, such as `{"content.tone": "informative"}`.
            by: the author, or whoever submitted it.
            at: the moment.

        Raises:
            InvalidAction: a fact is known already, is none of this kind, or has no such value.
            UnknownCase, CaseClosed, NotPermitted: see `approve`.
        """
        return self._change(case, by, at, drafting.answered(answers, by))[1]

    def attest(self, case: int, *, by: str, parts: Iterable[str] | None = None, at: datetime | None = None) -> Case:
        """Record a person's word that nothing applies beyond what was said.

        Args:
            case: the number of the case.
            by: who attests; the agency's file says who may attest what.
            parts: the parts covered; by default every part of the kind.
            at: the moment.

        Raises:
            InvalidAction: a part is not one of the kind's.
            UnknownCase, CaseClosed, NotPermitted: see `approve`.
        """
        return self._change(case, by, at, drafting.attested(by, parts))[1]

    def edit(self, case: int, action: Action, *, by: str, at: datetime | None = None) -> Case:
        """Put another version of the action in the place of the one before; approvals of other content do not count.

        Args:
            case: the number of the case.
            action: the action as it shall be: of the same kind, by the same author.
            by: the author, or whoever submitted it.
            at: the moment.

        Raises:
            InvalidAction: the kind or the author is another.
            UnknownCase, CaseClosed, NotPermitted: see `approve`.
        """
        return self._change(case, by, at, drafting.edited(action, by))[1]

    def withdraw(self, case: int, *, by: str, reason: str = "", at: datetime | None = None) -> Case:
        """Withdraw a case: it is closed.

        Args:
            case: the number of the case.
            by: the author, or whoever submitted it.
            reason: why, in the person's own words.
            at: the moment.

        Raises:
            UnknownCase, CaseClosed, NotPermitted: see `approve`.
        """
        return self._change(case, by, at, drafting.withdrawn(by, reason))[1]

    def release(self, case: int, *, by: str, at: datetime | None = None) -> Release:
        """Decide once more, with all that is there, under the policy now in force; where it allows, let the action go.

        This is the only way from a case to an allow, and it leads there once. Where the policy does not allow it,
        nothing is recorded, and the case stays as it is.

        Args:
            case: the number of the case.
            by: the author, or whoever submitted it.
            at: the moment.

        Raises:
            StoreDamaged: events of this case, or later ones, were changed or are missing.
            UnknownCase, CaseClosed, NotPermitted: see `approve`.
        """
        before, after = self._change(case, by, at, drafting.released(by), sure=True)
        assert before.decision is not None
        return Release(before.decision, after)

    # --- what approvers do -----------------------------------------------------------------------------------------

    def approve(
        self,
        case: int,
        *,
        by: str,
        role: str | None = None,
        rules: Iterable[str] | None = None,
        expires_at: datetime | None = None,
        at: datetime | None = None,
    ) -> Case:
        """Approve what a case is about, as it is now, for some rules.

        Args:
            case: the number of the case.
            by: who approves.
            role: in which role; by default in one that is asked and that the person holds, or else borrows.
            rules: the ids of the bound rules; by default all outstanding ones that ask for such a role.
            expires_at: when the approval no longer counts; by default after the agency's `approval_days`.
            at: the moment.

        Raises:
            UnknownCase: there is no such case.
            CaseClosed: it is no longer open.
            UnknownPerson: nobody of that id is registered.
            NotPermitted: the person does not hold the role, no rule asks for it, or the approval would not count.
            InvalidApproval: a rule asks for no approval, the content is not known, or the moments are wrong.
        """
        return self._change(case, by, at, drafting.approved(by, role, rules, expires_at))[1]

    def take_back(self, case: int, approval: int, *, by: str, reason: str = "", at: datetime | None = None) -> Case:
        """Take an own approval back.

        Args:
            case: the number of the case.
            approval: the number of the approval, as in `Case.approvals`.
            by: the person who gave it.
            reason: why, in the person's own words.
            at: the moment.

        Raises:
            InvalidApproval: there is no such approval, or it was taken back already.
            UnknownCase, CaseClosed, NotPermitted: see `approve`.
        """
        return self._change(case, by, at, drafting.taken_back(approval, by, reason))[1]

    def refuse(self, case: int, *, by: str, reason: str, role: str | None = None, at: datetime | None = None) -> Case:
        """Refuse a case: it is closed.

        Args:
            case: the number of the case.
            by: somebody whose approval is outstanding.
            reason: why, in the person's own words.
            role: in which role; by default in one that is asked and that the person holds, or else borrows.
            at: the moment.

        Raises:
            UnknownCase, CaseClosed, UnknownPerson, NotPermitted: see `approve`.
        """
        return self._change(case, by, at, drafting.refused(by, reason, role))[1]

    def review(
        self,
        case: int,
        *,
        by: str,
        rules: Iterable[str] | None = None,
        role: str | None = None,
        text: str = "",
        at: datetime | None = None,
    ) -> Case:
        """Record the review of what went out urgently.

        Args:
            case: the number of the case.
            by: somebody else than the author and whoever submitted it.
            rules: the rules whose review it is; by default all outstanding ones that oblige such a role.
            role: in which role; by default in one that is obliged and that the person holds, or else borrows.
            text: what was found, in the person's own words.
            at: the moment.

        Raises:
            CaseClosed: no such review is outstanding.
            UnknownCase, UnknownPerson, NotPermitted: see `approve`.
        """
        return self._change(case, by, at, drafting.reviewed(by, rules, role, text))[1]

    def comment(self, case: int, text: str, *, by: str, at: datetime | None = None) -> Case:
        """Write a comment on a case, open or closed.

        Args:
            case: the number of the case.
            text: the comment.
            by: anybody in the directory.
            at: the moment.

        Raises:
            UnknownCase, UnknownPerson: see `approve`.
        """
        return self._change(case, by, at, drafting.commented(text))[1]

    def delegate(
        self,
        role: str,
        *,
        by: str,
        to: str,
        until: datetime,
        since: datetime | None = None,
        at: datetime | None = None,
    ) -> int:
        """Lend a role to somebody else, to approve in it for a time, and return the number of the loan.

        Args:
            role: the role.
            by: the person who holds it.
            to: the person who may approve in it meanwhile.
            until: the first moment at which it is no longer lent.
            since: the first moment at which it is; by default now.
            at: the moment.

        Raises:
            UnknownPerson: one of the two is not registered.
            NotPermitted: the agency lets nobody lend roles, or the person does not hold it.
            InvalidApproval: there is no such role, or it would be lent for too long.
        """
        with self.store.writing() as writer:
            now = writer.moment(at or self.clock())
            policy = self.policies(now)
            lent = checks.loan(policy, role, by, to, since or now, until, now)
            data = {"to": to, "role": role, "since": seconds(lent.since), "until": seconds(lent.until)}
            events = self._append(writer, [Draft("lent", data)], now, by, NEW)
            number = events[0].number
            status, agency = "lent", policy.agency.id
            writer.index(CaseRow(number, LOAN, agency, to, by, status, now, lent.until, now, None, 1))
        tell(self.notify, of_loan(events[0], to))
        return number

    def revoke(self, loan: int, *, by: str, at: datetime | None = None) -> None:
        """End a loan of a role before its time; what was approved in it before still counts.

        Args:
            loan: the number of the loan.
            by: the person who lent the role, or to whom it was lent.
            at: the moment.

        Raises:
            UnknownCase: there is no such loan.
            NotPermitted: it is somebody else's.
        """
        with self.store.writing() as writer:
            now = writer.moment(at or self.clock())
            policy = self.policies(now)
            policy.check_person(by, now)
            events = checks.loan_events(writer.case(loan), loan)
            lent = read_loan(events)
            checks.own_loan(lent, loan, by, now)
            ended = self._append(writer, [Draft("ended")], now, by, loan)
            first, agency = events[0], policy.agency.id
            writer.index(
                CaseRow(loan, LOAN, agency, lent.to, lent.by, "ended", first.at, now, now, None, len(events) + 1)
            )
        tell(self.notify, of_loan(ended[0], lent.to))

    def redact(self, case: int, *, by: str, reason: str, at: datetime | None = None) -> Case:
        """Make sure that nobody can read again what a case is about: its action, texts and approvals, and its records.

        Who did what and when stays, and the chain stays whole. A case that is still open can then only be withdrawn.

        Args:
            case: the number of the case.
            by: who does it.
            reason: why; it stays readable.
            at: the moment.

        Raises:
            UnknownCase, UnknownPerson: see `approve`.
        """
        with self.store.writing() as writer:
            now = writer.moment(at or self.clock())
            policy = self.policies(now)
            policy.check_person(by, now)
            events = checks.case_events(writer.case(case), case)
            records = [self.store.event(each.data["decided"]) for each in events if "decided" in each.data]
            for event in (*events, *records):
                if event is not None and event.secret not in (None, REDACTED):
                    writer.redact(event.number, now, by, reason)
            record = read_record(checks.case_events(writer.case(case), case))
            redacted = look(writer, record, policy, now, self.conclude)
        self.store.forget_deleted()
        return redacted

    # --- what anybody may look at ----------------------------------------------------------------------------------

    def case(self, number: int, *, at: datetime | None = None) -> Case:
        """Return a case as it is at a moment.

        Args:
            number: the number of the case.
            at: the moment; by default now, by the desk's clock.

        Raises:
            UnknownCase: there is no such case.
            StoreDamaged: an event of the case was changed or is missing.
        """
        now = at or self.clock()
        record = read_record(checks.case_events(self.store.case(number), number))
        return look(self.store, record, self.policies(now), now, self.conclude)

    def cases(
        self,
        status: Status = "open",
        *,
        kind: str | None = None,
        author: str | None = None,
        after: int | None = None,
        limit: int = 50,
        at: datetime | None = None,
    ) -> tuple[Case, ...]:
        """Return a page of the cases of one status, the newest first.

        Args:
            status: open, released, in_review, refused, withdrawn or expired.
            kind: only cases of this kind of action.
            author: only cases of this author.
            after: the number of the last case of the page before.
            limit: how many at most.
            at: the moment; by default now, by the desk's clock.
        """
        now = at or self.clock()
        rows = self.store.page(status=status, kind=kind, author=author, now=now, after=after, limit=limit)
        policy = self.policies(now) if rows else None
        events = self.store.cases_events([row.id for row in rows])
        assert policy is not None or not rows
        return tuple(
            look(self.store, read_record(events[row.id]), policy, now, self.conclude) for row in rows if policy
        )

    def head(self) -> Head:
        """Return the head of the chain of events, to be exported and kept elsewhere."""
        return self.store.head()

    def verify(self, head: str | None = None, progress: Callable[[int, int], object] | None = None) -> Verification:
        """Verify the whole chain of events; see `Store.verify`."""
        return self.store.verify(head, progress)

    # --- what time alone brings about ------------------------------------------------------------------------------

    def remind(self, *, at: datetime | None = None) -> tuple[Notification, ...]:
        """Tell what time alone brought about since it was last told: further offices asked, cases expired, reviews due.

        Each is recorded once, and notified like any event. Call it every few minutes.

        Args:
            at: the moment; by default now, by the desk's clock.
        """
        told: list[Notification] = []
        while waking := self.store.waking(at or self.clock()):
            for number in waking:
                told += self._remind(number, at)
        return tuple(told)

    # --- how it is done --------------------------------------------------------------------------------------------

    def _change(
        self, case: int, by: str, at: datetime | None, drafts: Drafting, *, sure: bool = False
    ) -> tuple[Case, Case]:
        """Record what a change of a case comes to, and return the case before and after.

        All of it happens under the store's lock, so that nobody else changes the case meanwhile.
        """
        with self.store.writing() as writer:
            now = writer.moment(at or self.clock())
            policy = self.policies(now)
            policy.check_person(by, now)
            record = read_record(checks.case_events(writer.case(case), case))
            if sure:
                writer.verify_since(record.events[-1].number)
            loans = loans_of(writer, record, by)
            before = look(writer, record, policy, now, self.conclude, loans)
            events = self._append(writer, drafts(before, policy, loans), now, by, case)
            if not events:
                return before, before
            for event in events:
                record = add(record, event)
            after = look(writer, record, policy, now, self.conclude, loans)
            if any(event.kind in CHANGES_THE_ACTION for event in events):
                checks.mended(after)
            writer.index(row_of(after, policy))
        self._tell(after, policy, events)
        return before, after

    def _append(
        self, writer: Writer, drafts: Iterable[Draft], now: datetime, by: str | None, case: int | None
    ) -> list[Event]:
        """Append events to a case, or to a new one, with the decisions that belong to them."""
        events: list[Event] = []
        for draft in drafts:
            decided = (
                {} if draft.decision is None else {"decided": self.journal.add(writer, draft.decision, by, now).number}
            )
            event = writer.append(draft.kind, now, by, case=case, data={**draft.data, **decided}, secret=draft.secret)
            events.append(event)
            case = event.case
        return events

    def _remind(self, number: int, at: datetime | None) -> list[Notification]:
        """Tell what time alone brought about for one case."""
        with self.store.writing() as writer:
            now = writer.moment(at or self.clock())
            policy = self.policies(now)
            record = read_record(checks.case_events(writer.case(number), number))
            case = look(writer, record, policy, now, self.conclude)
            drafts = [Draft("told", {"what": what, "of": of}) for what, of in untold(case)]
            events = self._append(writer, drafts, now, None, number)
            for event in events:
                record = add(record, event)
            case = look(writer, record, policy, now, self.conclude)
            writer.index(row_of(case, policy))
        return self._tell(case, policy, events)

    def _tell(self, case: Case, policy: Policy, events: Iterable[Event]) -> list[Notification]:
        """Notify of events of a case, now that they are safely recorded."""
        loans = {} if self.notify is None else loans_of(self.store, case.record)
        told = notifications(case, policy, events, loans)
        for each in told:
            tell(self.notify, each)
        return told
