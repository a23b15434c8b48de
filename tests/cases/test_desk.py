"""Tests of smpolicy.cases.desk: what each verb does, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

import smpolicy
from smpolicy.cases.case import Notification
from smpolicy.decisions import Decision
from smpolicy.judge import Outcome
from smpolicy.store import REDACTED
from tests.builders import AT
from tests.cases.building import CHANGE, open_desk, policies, post

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[smpolicy.Desk]:
    """A desk on a new store."""
    with open_desk(tmp_path) as opened:
        yield opened


def submit(desk: smpolicy.Desk, by: str = "author-1", at: datetime = AT, **content: Any) -> int:
    """Submit a post that needs approval, and return the number of its case."""
    case = desk.submit(post(content or {"humor": True}), by=by, at=at).case
    assert case is not None
    return case.id


def decided(case: smpolicy.Case) -> Decision:
    """Return the decision on a case that is open."""
    assert case.decision is not None
    return case.decision


def refused(error: type[smpolicy.PolicyError], code: str) -> Any:
    """Return the expectation that something is refused with a code."""
    return pytest.raises(error, match=rf"\[{code}\]")


class TestSubmit:
    def test_allow_comes_straight_back(self, desk: smpolicy.Desk) -> None:
        """What is allowed opens no case."""
        submitted = desk.submit(post(), by="author-1")
        assert (submitted.decision.outcome, submitted.case) == (Outcome.ALLOW, None)

    def test_deny_comes_straight_back(self, desk: smpolicy.Desk) -> None:
        """What is denied opens no case."""
        submitted = desk.submit(post({"known_false": True}), by="author-1")
        assert (submitted.decision.outcome, submitted.case) == (Outcome.DENY, None)

    def test_needs_approval_opens_a_case(self, desk: smpolicy.Desk) -> None:
        """A case knows what is outstanding, who is asked, and until when it is open."""
        case = desk.submit(post({"humor": True, "unverified": None}), by="author-1").case
        assert case is not None
        assert case.status == "open"
        assert [each.rule for each in decided(case).needed] == ["A.1/humor"]
        assert [each.fact for each in decided(case).questions] == ["content.unverified"]
        assert case.asked == ("legal", "command")
        assert case.expires_at == AT + 10 * DAY

    def test_every_decision_is_recorded(self, desk: smpolicy.Desk) -> None:
        """Whatever the outcome, the decision stands in the journal, with its receipt byte for byte."""
        made = [desk.submit(post(content), by="author-1").decision for content in ({}, {"known_false": True})]
        made.append(desk.submit(post({"humor": True}), by="author-1").decision)
        records = list(desk.journal.records())
        assert [desk.journal.receipt(each.number) for each in records] == [each.receipt() for each in made]
        assert [each.by for each in records] == ["author-1"] * 3

    def test_unknown_submitter(self, desk: smpolicy.Desk) -> None:
        """Whoever submits must be registered."""
        with refused(smpolicy.UnknownPerson, "unknown_person"):
            desk.submit(post(), by="author-2")
        assert desk.head().count == 0

    def test_what_cannot_be_released_opens_no_case(self, desk: smpolicy.Desk) -> None:
        """An action of a kind of which no ruleset speaks is not held: it could never be released."""
        action = policies(AT).action({"kind": "hide", "actor": {"id": "author-1"}})
        submitted = desk.submit(action, by="author-1")
        assert (submitted.decision.code, submitted.case) == ("ungoverned", None)


class TestAnswer:
    def test_answers_a_question(self, desk: smpolicy.Desk) -> None:
        """An answer settles what was open."""
        case = submit(desk, humor=None)
        after = desk.answer(case, {"content.humor": False}, by="author-1")
        assert decided(after).allowed

    def test_not_what_is_known(self, desk: smpolicy.Desk) -> None:
        """What is known already is not answered again, and nothing is recorded."""
        case = submit(desk)
        before = desk.head()
        with refused(smpolicy.InvalidAction, "already_answered"):
            desk.answer(case, {"content.humor": False}, by="author-1")
        assert desk.head() == before

    def test_not_by_others(self, desk: smpolicy.Desk) -> None:
        """Only the author and whoever submitted answer for a case."""
        with refused(smpolicy.NotPermitted, "not_own_case"):
            desk.answer(submit(desk, humor=None), {"content.humor": False}, by="counsel-1")

    def test_bad_value(self, desk: smpolicy.Desk) -> None:
        """A value that the fact cannot have is refused."""
        with refused(smpolicy.InvalidAction, "wrong_type"):
            desk.answer(submit(desk, humor=None), {"content.humor": "no"}, by="author-1")


class TestAttest:
    def test_answers_the_checklist(self, desk: smpolicy.Desk) -> None:
        """Whoever may attest answers what is left with one word."""
        after = desk.attest(submit(desk, humor=None), by="chief-1")
        assert decided(after).allowed

    def test_not_by_others(self, desk: smpolicy.Desk) -> None:
        """The agency's file says who may attest, and nothing is recorded of who may not."""
        case = submit(desk, humor=None)
        before = desk.head()
        with refused(smpolicy.NotPermitted, "may_not_attest"):
            desk.attest(case, by="clerk-1")
        assert desk.head() == before


class TestEdit:
    def test_voids_approvals_of_other_content(self, desk: smpolicy.Desk) -> None:
        """An approval of other content does not count, and the reason is told."""
        case = submit(desk)
        desk.approve(case, by="counsel-1")
        after = desk.edit(case, post({"humor": True}, "Lock your bicycle."), by="author-1")
        assert not decided(after).allowed
        assert [each.why_not for each in after.approvals] == ["other_content"]

    def test_can_release_from_the_need(self, desk: smpolicy.Desk) -> None:
        """What needed approval may, once changed, need none."""
        after = desk.edit(submit(desk), post(), by="author-1")
        assert decided(after).allowed

    @pytest.mark.parametrize("other", [post(author="clerk-1"), smpolicy.Hide()], ids=["author", "kind"])
    def test_not_another_matter(self, desk: smpolicy.Desk, other: smpolicy.Action) -> None:
        """Neither the author nor the kind of action changes within a case."""
        with refused(smpolicy.InvalidAction, "another_matter"):
            desk.edit(submit(desk), other, by="author-1")


class TestApprove:
    def test_meets_the_requirement(self, desk: smpolicy.Desk) -> None:
        """Once everybody has approved who is asked, the action is allowed."""
        case = submit(desk, humor=True, unverified=True)
        assert not decided(desk.approve(case, by="counsel-1")).allowed
        assert not decided(desk.approve(case, by="chief-1")).allowed
        assert decided(desk.approve(case, by="deputy-1")).allowed

    def test_approves_all_rules_that_ask_for_the_role(self, desk: smpolicy.Desk) -> None:
        """One approval serves every outstanding rule in which the person has a say, each in a role that it asks."""
        case = submit(desk, humor=True, unverified=True)
        after = desk.approve(case, by="both-1")
        assert {(each.rule, each.role) for each in after.approvals} == {
            ("A.1/humor", "legal_counsel"),
            ("A.2/unverified", "deputy_chief"),
        }

    def test_of_one_rule(self, desk: smpolicy.Desk) -> None:
        """It may be given for some rules only."""
        case = submit(desk, humor=True, unverified=True)
        after = desk.approve(case, by="both-1", rules=["A.1/humor"])
        assert [each.rule for each in after.approvals] == ["A.1/humor"]

    def test_of_what_is_only_possible(self, desk: smpolicy.Desk) -> None:
        """What an open question would ask for can be approved before it is answered."""
        case = submit(desk, humor=None)
        assert decided(desk.approve(case, by="counsel-1")).allowed

    def test_lapses(self, desk: smpolicy.Desk) -> None:
        """An approval counts until it expires."""
        case = submit(desk)
        desk.approve(case, by="counsel-1", expires_at=AT + HOUR)
        assert decided(desk.case(case, at=AT + HOUR - timedelta(seconds=1))).allowed
        later = desk.case(case, at=AT + HOUR)
        assert not decided(later).allowed
        assert [each.why_not for each in later.approvals] == ["expired"]

    def test_is_void_once_the_rule_has_changed(self, desk: smpolicy.Desk) -> None:
        """Under another policy an approval of a rule that says something else does not count."""
        case = submit(desk, unverified=True)
        desk.approve(case, by="chief-1")
        desk.approve(case, by="deputy-1")
        assert decided(desk.case(case, at=CHANGE - HOUR)).allowed
        later = desk.case(case, at=CHANGE)
        assert not decided(later).allowed
        assert {each.why_not for each in later.approvals} == {"rule_changed"}

    def test_needs_the_content(self, desk: smpolicy.Desk) -> None:
        """Content that is not known cannot be approved."""
        action = policies(AT).action(
            {"kind": "publish", "actor": {"id": "author-1"}, "content": {"humor": True, "known_false": False}}
        )
        case = desk.submit(action, by="author-1").case
        assert case is not None
        with refused(smpolicy.InvalidApproval, "missing_payload"):
            desk.approve(case.id, by="counsel-1")

    def test_of_a_rule_that_denies(self, desk: smpolicy.Desk) -> None:
        """Nobody approves what a rule denies."""
        case = submit(desk, humor=True, known_false=None)
        with refused(smpolicy.InvalidApproval, "no_such_approval"):
            desk.approve(case, by="counsel-1", rules=["A.3/false"])


class TestTakeBack:
    def test_no_longer_counts(self, desk: smpolicy.Desk) -> None:
        """An approval that was taken back does not count."""
        case = submit(desk)
        given = desk.approve(case, by="counsel-1").approvals[0].number
        after = desk.take_back(case, given, by="counsel-1", reason="I misread it.")
        assert not decided(after).allowed
        assert [each.why_not for each in after.approvals] == ["taken_back"]

    def test_only_once(self, desk: smpolicy.Desk) -> None:
        """What was taken back is not taken back again."""
        case = submit(desk)
        given = desk.approve(case, by="counsel-1").approvals[0].number
        desk.take_back(case, given, by="counsel-1")
        with refused(smpolicy.InvalidApproval, "no_such_approval"):
            desk.take_back(case, given, by="counsel-1")

    def test_not_by_others(self, desk: smpolicy.Desk) -> None:
        """Nobody takes back what somebody else gave."""
        case = submit(desk)
        given = desk.approve(case, by="counsel-1").approvals[0].number
        with refused(smpolicy.NotPermitted, "not_own_approval"):
            desk.take_back(case, given, by="both-1")


class TestClosing:
    def test_refuse(self, desk: smpolicy.Desk) -> None:
        """Whoever is asked may refuse; the case is closed, and says why."""
        after = desk.refuse(submit(desk), by="counsel-1", reason="Too soon.")
        assert after.status == "refused"
        assert [each.text for each in after.record.remarks] == ["Too soon."]

    def test_refuse_without_being_asked(self, desk: smpolicy.Desk) -> None:
        """Whoever is not asked cannot refuse."""
        with refused(smpolicy.NotPermitted, "role_not_asked"):
            desk.refuse(submit(desk), by="chief-1", reason="No.")

    def test_withdraw(self, desk: smpolicy.Desk) -> None:
        """The author may withdraw a case, and nobody else but who submitted it."""
        case = submit(desk, by="clerk-1")
        with refused(smpolicy.NotPermitted, "not_own_case"):
            desk.withdraw(case, by="counsel-1")
        assert desk.withdraw(case, by="author-1").status == "withdrawn"

    def test_expires(self, desk: smpolicy.Desk) -> None:
        """After the agency's days a case is no longer open."""
        case = submit(desk)
        assert desk.case(case, at=AT + 10 * DAY - timedelta(seconds=1)).status == "open"
        assert desk.case(case, at=AT + 10 * DAY).status == "expired"
        with refused(smpolicy.CaseClosed, "case_closed"):
            desk.approve(case, by="counsel-1", at=AT + 10 * DAY)

    @pytest.mark.parametrize("verb", ["approve", "refuse", "withdraw", "release", "attest"])
    def test_nothing_more(self, desk: smpolicy.Desk, verb: str) -> None:
        """Nothing more is done with a case that is closed, and nothing is recorded."""
        case = submit(desk)
        desk.withdraw(case, by="author-1")
        before = desk.head()
        by = "counsel-1" if verb in ("approve", "refuse") else "author-1"
        more: dict[str, Any] = {"reason": "No."} if verb == "refuse" else {}
        with refused(smpolicy.CaseClosed, "case_closed"):
            getattr(desk, verb)(case, by=by, **more)
        assert desk.head() == before


class TestRelease:
    def test_lets_it_go_once(self, desk: smpolicy.Desk) -> None:
        """What is allowed is released, and only once."""
        case = submit(desk)
        desk.approve(case, by="counsel-1")
        done = desk.release(case, by="author-1", at=AT + HOUR)
        assert (done.decision.outcome, done.case.status) == (Outcome.ALLOW, "released")
        assert done.case.decided is not None
        assert desk.journal.receipt(done.case.decided) == done.decision.receipt()
        with refused(smpolicy.CaseClosed, "case_closed"):
            desk.release(case, by="author-1", at=AT + HOUR)

    def test_not_what_is_not_allowed(self, desk: smpolicy.Desk) -> None:
        """What is not allowed stays, and nothing is recorded."""
        case = submit(desk)
        before = desk.head()
        done = desk.release(case, by="author-1")
        assert (done.decision.outcome, done.case.status) == (Outcome.NEEDS_APPROVAL, "open")
        assert desk.head() == before

    def test_decides_at_that_moment(self, desk: smpolicy.Desk) -> None:
        """An approval that has expired by then does not help."""
        case = submit(desk)
        desk.approve(case, by="counsel-1", expires_at=AT + HOUR)
        assert not desk.release(case, by="author-1", at=AT + HOUR).decision.allowed

    def test_decides_under_the_policy_then_in_force(self, desk: smpolicy.Desk) -> None:
        """A policy that came into force since decides."""
        case = submit(desk, unverified=True)
        desk.approve(case, by="chief-1")
        desk.approve(case, by="deputy-1")
        assert not desk.release(case, by="author-1", at=CHANGE).decision.allowed

    def test_not_by_others(self, desk: smpolicy.Desk) -> None:
        """Only the author and whoever submitted it release a case."""
        case = submit(desk)
        desk.approve(case, by="counsel-1")
        with refused(smpolicy.NotPermitted, "not_own_case"):
            desk.release(case, by="counsel-1")


class TestReview:
    URGENT: ClassVar[dict[str, Any]] = {"offends_expectations": True, "time_sensitive": True}

    def test_goes_out_and_waits_for_its_review(self, desk: smpolicy.Desk) -> None:
        """An urgent notice that the agency lets go out is allowed at once, and its case waits for the review."""
        submitted = desk.submit(post(self.URGENT), by="author-1")
        assert submitted.decision.allowed
        assert submitted.case is not None
        assert (submitted.case.status, submitted.case.asked) == ("in_review", ("command",))
        assert [each.due_at for each in submitted.case.reviews] == [AT + 2 * DAY]

    def test_is_done(self, desk: smpolicy.Desk) -> None:
        """Once reviewed by the office that the rule names, it is simply released."""
        case = submit(desk, **self.URGENT)
        with refused(smpolicy.NotPermitted, "role_not_asked"):
            desk.review(case, by="counsel-1")
        assert desk.review(case, by="chief-1", text="In order.").status == "released"
        with refused(smpolicy.CaseClosed, "no_review_due"):
            desk.review(case, by="chief-1")

    def test_not_by_the_author(self, desk: smpolicy.Desk) -> None:
        """Nobody reviews their own notice."""
        case = desk.submit(post(self.URGENT, author="chief-1"), by="chief-1").case
        assert case is not None
        with refused(smpolicy.NotPermitted, "own_case"):
            desk.review(case.id, by="chief-1")

    def test_is_overdue(self, desk: smpolicy.Desk) -> None:
        """After the agency's days the review is overdue."""
        case = submit(desk, **self.URGENT)
        assert not desk.case(case, at=AT + 2 * DAY - timedelta(seconds=1)).overdue
        assert desk.case(case, at=AT + 2 * DAY).overdue


class TestDelegation:
    def test_counts_while_it_lasts(self, desk: smpolicy.Desk) -> None:
        """Whoever a role is lent to approves in it, from its beginning until its end."""
        case = submit(desk)
        desk.delegate("legal_counsel", by="counsel-1", to="clerk-1", since=AT + HOUR, until=AT + DAY)
        with refused(smpolicy.NotPermitted, "role_not_asked"):
            desk.approve(case, by="clerk-1", at=AT + HOUR - timedelta(seconds=1))
        after = desk.approve(case, by="clerk-1", at=AT + HOUR)
        assert decided(after).allowed
        assert [each.for_others for each in after.approvals] == [("counsel-1",)]

    def test_not_once_it_is_over(self, desk: smpolicy.Desk) -> None:
        """After its end the role is not held; what was approved before still counts."""
        one, two = submit(desk), submit(desk)
        desk.delegate("legal_counsel", by="counsel-1", to="clerk-1", until=AT + HOUR)
        desk.approve(one, by="clerk-1")
        with refused(smpolicy.NotPermitted, "role_not_asked"):
            desk.approve(two, by="clerk-1", at=AT + HOUR)
        assert decided(desk.case(one, at=AT + DAY)).allowed

    def test_not_once_it_is_revoked(self, desk: smpolicy.Desk) -> None:
        """A loan that was ended gives nothing any more."""
        case = submit(desk)
        loan = desk.delegate("legal_counsel", by="counsel-1", to="clerk-1", until=AT + DAY)
        desk.revoke(loan, by="counsel-1", at=AT + HOUR)
        with refused(smpolicy.NotPermitted, "role_not_asked"):
            desk.approve(case, by="clerk-1", at=AT + HOUR)

    @pytest.mark.parametrize(
        ("changed", "error", "code"),
        [
            ({"by": "clerk-1", "to": "counsel-1"}, smpolicy.NotPermitted, "role_not_held"),
            ({"to": "counsel-1"}, smpolicy.InvalidApproval, "wrong_loan"),
            ({"to": "somebody-1"}, smpolicy.UnknownPerson, "unknown_person"),
            ({"role": "legal_councel"}, smpolicy.InvalidApproval, "unknown_role"),
            ({"until": AT}, smpolicy.InvalidApproval, "wrong_dates"),
            ({"since": AT - HOUR}, smpolicy.InvalidApproval, "wrong_dates"),
            ({"until": AT + 5 * DAY + timedelta(seconds=1)}, smpolicy.InvalidApproval, "wrong_loan"),
        ],
    )
    def test_what_cannot_be_lent(
        self, desk: smpolicy.Desk, changed: dict[str, Any], error: type[smpolicy.PolicyError], code: str
    ) -> None:
        """Only one's own role is lent, to somebody else, for a time that the agency allows."""
        usual: dict[str, Any] = {"role": "legal_counsel", "by": "counsel-1", "to": "clerk-1", "until": AT + DAY}
        with refused(error, code):
            desk.delegate(**(usual | changed))
        assert desk.head().count == 0

    def test_revoked_by_somebody_else(self, desk: smpolicy.Desk) -> None:
        """Only the two whom it concerns end a loan."""
        loan = desk.delegate("legal_counsel", by="counsel-1", to="clerk-1", until=AT + DAY)
        with refused(smpolicy.NotPermitted, "not_own_case"):
            desk.revoke(loan, by="chief-1")

    def test_a_loan_is_no_case(self, desk: smpolicy.Desk) -> None:
        """Nothing is approved of a loan, and no case is ended as one."""
        loan, case = desk.delegate("legal_counsel", by="counsel-1", to="clerk-1", until=AT + DAY), submit(desk)
        with refused(smpolicy.UnknownCase, "unknown_case"):
            desk.approve(loan, by="counsel-1")
        with refused(smpolicy.UnknownCase, "unknown_case"):
            desk.revoke(case, by="counsel-1")


class TestEscalation:
    def test_asks_the_next_office(self, desk: smpolicy.Desk) -> None:
        """After each wait one more office is asked, in the order of the agency's file."""
        case = submit(desk, unverified=True)
        assert desk.case(case, at=AT + DAY - timedelta(seconds=1)).asked == ("command",)
        assert desk.case(case, at=AT + DAY).asked == ("command", "legal")

    def test_begins_anew_when_something_happens(self, desk: smpolicy.Desk) -> None:
        """The wait is reckoned from when the case last moved."""
        case = submit(desk, unverified=True)
        desk.approve(case, by="chief-1", at=AT + HOUR)
        assert desk.case(case, at=AT + DAY).asked == ("command",)
        assert desk.case(case, at=AT + DAY + HOUR).asked == ("command", "legal")


class TestRemind:
    def test_tells_each_thing_once(self, tmp_path: Path) -> None:
        """What time alone brought about is told once, and recorded."""
        told: list[Notification] = []
        with open_desk(tmp_path, notify=told.append) as desk:
            case = submit(desk, unverified=True)
            told.clear()
            assert [each.what for each in desk.remind(at=AT + DAY)] == ["asked_further"]
            assert desk.remind(at=AT + DAY + HOUR) == ()
            assert [each.what for each in desk.remind(at=AT + 10 * DAY)] == ["expired"]
            assert desk.remind(at=AT + 11 * DAY) == ()
            assert [each.id for each in desk.cases("expired", at=AT + 11 * DAY)] == [case]
        assert [each.what for each in told] == ["asked_further", "expired"]
        assert set(told[0].people) == {"chief-1", "deputy-1", "both-1", "counsel-1", "acting-1"}

    def test_overdue_reviews(self, desk: smpolicy.Desk) -> None:
        """A review that should have been done is told."""
        submit(desk, **TestReview.URGENT)
        assert [each.what for each in desk.remind(at=AT + 2 * DAY)] == ["review_overdue"]
        assert desk.remind(at=AT + 3 * DAY) == ()


class TestNotify:
    def test_who_is_asked(self, tmp_path: Path) -> None:
        """Each event is notified once it is recorded, with the people who are asked now, the author left out."""
        told: list[Notification] = []
        with open_desk(tmp_path, notify=told.append) as desk:
            submit(desk)
        assert [(each.what, each.offices) for each in told] == [("submitted", ("legal",))]
        assert set(told[0].people) == {"both-1", "counsel-1"}

    def test_a_callback_that_fails(self, tmp_path: Path) -> None:
        """Nothing is lost where the callback fails: the event is recorded, and the error says so."""

        def failing(_: Notification) -> None:
            raise ConnectionError("the mail server is away")

        with open_desk(tmp_path, notify=failing) as desk:
            with refused(smpolicy.NotificationFailed, "notification_failed"):
                submit(desk)
            assert [each.status for each in desk.cases()] == ["open"]


class TestLooking:
    def test_pages(self, desk: smpolicy.Desk) -> None:
        """Pages come newest first, each beginning after the last case of the one before."""
        numbers = [submit(desk) for _ in range(5)]
        first = [each.id for each in desk.cases(limit=3)]
        assert first == numbers[:1:-1]
        assert [each.id for each in desk.cases(limit=3, after=first[-1])] == numbers[1::-1]

    def test_by_status(self, desk: smpolicy.Desk) -> None:
        """Cases are found by where they stand."""
        refused_, open_, urgent = submit(desk), submit(desk), submit(desk, **TestReview.URGENT)
        desk.refuse(refused_, by="counsel-1", reason="No.")
        assert [each.id for each in desk.cases("open")] == [open_]
        assert [each.id for each in desk.cases("refused")] == [refused_]
        assert [each.id for each in desk.cases("in_review")] == [urgent]

    def test_by_author_and_kind(self, desk: smpolicy.Desk) -> None:
        """Cases are found by their author and their kind of action."""
        case = submit(desk)
        assert [each.id for each in desk.cases(author="author-1", kind="publish")] == [case]
        assert desk.cases(author="clerk-1") == desk.cases(kind="hide") == ()

    def test_comments(self, desk: smpolicy.Desk) -> None:
        """Anybody registered may write a comment, also on a closed case."""
        case = submit(desk)
        desk.withdraw(case, by="author-1")
        after = desk.comment(case, "Pity.", by="clerk-1")
        assert [(each.by, each.text) for each in after.record.remarks] == [("clerk-1", "Pity.")]

    def test_data(self, desk: smpolicy.Desk) -> None:
        """As data a case says what it is about, what is outstanding, and what happened."""
        data = desk.approve(submit(desk), by="counsel-1").to_dict()
        assert (data["status"], data["author"], data["decision"]["outcome"]) == ("open", "author-1", "allow")
        assert [each["what"] for each in data["events"]] == ["submitted", "approved"]
        assert data["action"]["payload"] == {"sha256": post().payload}

    def test_no_such_case(self, desk: smpolicy.Desk) -> None:
        """A number that is no case's is told."""
        with refused(smpolicy.UnknownCase, "unknown_case"):
            desk.case(7)


class TestRedact:
    def test_nothing_of_it_is_read_again(self, desk: smpolicy.Desk) -> None:
        """After redaction neither the action nor the texts can be read; who did what, and the chain, stay."""
        case = submit(desk)
        desk.approve(case, by="counsel-1")
        desk.comment(case, "The suspect is my neighbor.", by="counsel-1")
        after = desk.redact(case, by="chief-1", reason="order of the court")
        assert (after.action, after.decision) == (None, None)
        assert all(each.secret is REDACTED for each in after.events)
        assert [each.text for each in after.record.remarks] == [None]
        assert [each.by for each in after.events] == ["author-1", "counsel-1", "counsel-1"]
        assert desk.verify().sound

    def test_nothing_is_decided_about_it(self, desk: smpolicy.Desk) -> None:
        """A redacted case is not approved or released; it can be withdrawn."""
        case = submit(desk)
        desk.approve(case, by="counsel-1")
        desk.redact(case, by="chief-1", reason="order of the court")
        with refused(smpolicy.CaseClosed, "case_redacted"):
            desk.release(case, by="author-1")
        assert desk.withdraw(case, by="author-1").status == "withdrawn"


class TestClock:
    def test_moved_back(self, desk: smpolicy.Desk) -> None:
        """A clock that shows an earlier time than the last event is told, and nothing is recorded."""
        submit(desk, at=AT + DAY)
        before = desk.head()
        with refused(smpolicy.ClockMovedBack, "clock_moved_back"):
            submit(desk, at=AT)
        assert desk.head() == before

    def test_differs_by_a_little(self, desk: smpolicy.Desk) -> None:
        """The clocks of several hosts may differ by some seconds: what comes later never happens before."""
        submit(desk, at=AT + timedelta(seconds=3))
        case = submit(desk, at=AT)
        assert desk.case(case, at=AT + timedelta(seconds=3)).record.opened_at == AT + timedelta(seconds=3)

    def test_the_desks_own(self, tmp_path: Path) -> None:
        """Where no moment is given the desk's clock gives it."""
        with open_desk(tmp_path, clock=lambda: AT + DAY) as desk:
            case = desk.submit(post({"humor": True}), by="author-1").case
        assert case is not None
        assert case.record.opened_at == AT + DAY
