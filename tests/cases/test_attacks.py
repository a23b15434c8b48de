"""Attacks on the desk: none gets an allow that the policy does not give, and each gets a clear error."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import smpolicy
from smpolicy.approvals import Approval
from smpolicy.judge import Outcome
from smpolicy.store import Store
from tests.builders import AT
from tests.cases.building import first_policy, open_desk, post, second_policy

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[smpolicy.Desk]:
    """A desk on a new store."""
    with open_desk(tmp_path) as opened:
        yield opened


def submit(desk: smpolicy.Desk, by: str = "author-1", author: str = "author-1", **content: Any) -> int:
    """Submit a post that needs approval, and return the number of its case."""
    case = desk.submit(post(content or {"humor": True}, author=author), by=by).case
    assert case is not None
    return case.id


def not_allowed(desk: smpolicy.Desk, case: int, error: type[smpolicy.PolicyError], code: str) -> Any:
    """Return the expectation that something is refused with a code, of a case that is still open."""
    assert desk.case(case).decision is not None
    return pytest.raises(error, match=rf"\[{code}\]")


def stays_held(desk: smpolicy.Desk, case: int, by: str = "author-1") -> None:
    """Check that a case is not released."""
    assert desk.release(case, by=by).decision.outcome is Outcome.NEEDS_APPROVAL
    assert desk.case(case).status == "open"


class TestPeople:
    def test_self_approval(self, desk: smpolicy.Desk) -> None:
        """Authors do not approve their own posts, even in a role that is asked."""
        case = submit(desk)
        with not_allowed(desk, case, smpolicy.NotPermitted, "approval_does_not_count"):
            desk.approve(case, by="author-1", role="legal_counsel")
        stays_held(desk, case)

    def test_approval_of_what_one_submitted_for_another(self, desk: smpolicy.Desk) -> None:
        """Naming somebody else as the author does not help: whoever submits does not approve."""
        case = submit(desk, by="counsel-1")
        with not_allowed(desk, case, smpolicy.NotPermitted, "approval_does_not_count"):
            desk.approve(case, by="counsel-1")
        stays_held(desk, case)

    def test_approval_by_a_borrower_of_the_authors_role(self, desk: smpolicy.Desk) -> None:
        """Authors do not get their posts approved by lending their own role."""
        case = submit(desk)
        desk.delegate("legal_counsel", by="author-1", to="clerk-1", until=AT + DAY)
        with not_allowed(desk, case, smpolicy.NotPermitted, "approval_does_not_count"):
            desk.approve(case, by="clerk-1")
        stays_held(desk, case)

    def test_approval_by_a_borrower_of_the_submitters_role(self, desk: smpolicy.Desk) -> None:
        """Nor does whoever submitted it."""
        case = submit(desk, by="counsel-1")
        desk.delegate("legal_counsel", by="counsel-1", to="clerk-1", until=AT + DAY)
        with not_allowed(desk, case, smpolicy.NotPermitted, "approval_does_not_count"):
            desk.approve(case, by="clerk-1")
        stays_held(desk, case)

    def test_author_changed_afterwards(self, desk: smpolicy.Desk) -> None:
        """An author does not become an approver by having another one named."""
        case = submit(desk)
        with not_allowed(desk, case, smpolicy.InvalidAction, "another_matter"):
            desk.edit(case, post({"humor": True}, author="clerk-1"), by="author-1")
        stays_held(desk, case)

    def test_author_left_out(self, desk: smpolicy.Desk) -> None:
        """While the author is not known nobody's approval counts."""
        action = first_policy().action({"kind": "publish", "content": {"humor": True}, "payload": {"text": "x"}})
        case = desk.submit(action, by="clerk-1").case
        assert case is not None
        with not_allowed(desk, case.id, smpolicy.NotPermitted, "approval_does_not_count"):
            desk.approve(case.id, by="counsel-1")
        stays_held(desk, case.id, by="clerk-1")

    def test_forged_role(self, desk: smpolicy.Desk) -> None:
        """A role that the directory does not confirm is not acted in."""
        case = submit(desk)
        with not_allowed(desk, case, smpolicy.NotPermitted, "role_not_held"):
            desk.approve(case, by="clerk-1", role="legal_counsel")
        stays_held(desk, case)

    def test_role_that_is_over(self, desk: smpolicy.Desk) -> None:
        """A role held for a time is not acted in afterwards."""
        case = submit(desk, unverified=True)
        with not_allowed(desk, case, smpolicy.NotPermitted, "role_not_held"):
            desk.approve(case, by="acting-1", role="chief_or_sheriff", at=AT + 4 * DAY)

    def test_unknown_person(self, desk: smpolicy.Desk) -> None:
        """Somebody who is not registered does nothing."""
        case = submit(desk)
        with not_allowed(desk, case, smpolicy.UnknownPerson, "unknown_person"):
            desk.approve(case, by="counsel-2", role="legal_counsel")
        stays_held(desk, case)

    def test_one_person_twice(self, desk: smpolicy.Desk) -> None:
        """Two approvals of one person are one person's."""
        case = submit(desk, unverified=True)
        desk.approve(case, by="chief-1")
        desk.approve(case, by="chief-1")
        stays_held(desk, case)

    def test_one_office_twice(self, desk: smpolicy.Desk) -> None:
        """Whoever lends a role and whoever borrows it are one person, where two are asked."""
        case = submit(desk, unverified=True)
        desk.delegate("chief_or_sheriff", by="chief-1", to="clerk-1", until=AT + DAY)
        desk.approve(case, by="chief-1")
        desk.approve(case, by="clerk-1")
        stays_held(desk, case)
        desk.approve(case, by="deputy-1")
        assert desk.release(case, by="author-1").decision.allowed

    def test_borrowed_role_lent_on(self, desk: smpolicy.Desk) -> None:
        """What is borrowed is not lent on."""
        case = submit(desk)
        desk.delegate("legal_counsel", by="counsel-1", to="clerk-1", until=AT + DAY)
        with not_allowed(desk, case, smpolicy.NotPermitted, "role_not_held"):
            desk.delegate("legal_counsel", by="clerk-1", to="deputy-1", until=AT + DAY)
        stays_held(desk, case)

    def test_loan_that_is_over(self, desk: smpolicy.Desk) -> None:
        """A loan that has expired gives nothing."""
        case = submit(desk)
        desk.delegate("legal_counsel", by="counsel-1", to="clerk-1", until=AT + HOUR)
        with not_allowed(desk, case, smpolicy.NotPermitted, "role_not_held"):
            desk.approve(case, by="clerk-1", role="legal_counsel", at=AT + HOUR)
        stays_held(desk, case)

    def test_loan_that_was_revoked(self, desk: smpolicy.Desk) -> None:
        """Nor does one that was revoked."""
        case = submit(desk)
        loan = desk.delegate("legal_counsel", by="counsel-1", to="clerk-1", until=AT + DAY)
        desk.revoke(loan, by="counsel-1")
        with not_allowed(desk, case, smpolicy.NotPermitted, "role_not_held"):
            desk.approve(case, by="clerk-1", role="legal_counsel")
        stays_held(desk, case)


class TestApprovals:
    def test_for_another_payload(self, desk: smpolicy.Desk) -> None:
        """What was approved is not exchanged for something else."""
        case = submit(desk)
        desk.approve(case, by="counsel-1")
        desk.edit(case, post({"humor": True}, "Something else."), by="author-1")
        stays_held(desk, case)

    def test_for_other_facts(self) -> None:
        """Nor are the facts on which the rule depends changed after the approval."""
        policy = first_policy()
        decision = policy.decide(post({"humor": True}), at=AT)
        approval = decision.approval("A.1/humor", by="counsel-1", role="legal_counsel")
        forged = Approval(**{**_fields(approval), "facts": {"content.humor": False}})
        assert policy.decide(post({"humor": True}), at=AT, approvals=[forged]).outcome is Outcome.NEEDS_APPROVAL

    def test_for_another_rule(self, desk: smpolicy.Desk) -> None:
        """An approval for one rule does not serve another one, and none is given for a rule that asks for none."""
        case = submit(desk, humor=True, unverified=True)
        desk.approve(case, by="counsel-1")
        stays_held(desk, case)
        with not_allowed(desk, case, smpolicy.InvalidApproval, "no_such_approval"):
            desk.approve(case, by="chief-1", rules=["A.1.a/offends"])

    def test_replayed(self, desk: smpolicy.Desk) -> None:
        """An approval of one case does not serve another one with the same content."""
        first, second = submit(desk), submit(desk)
        desk.approve(first, by="counsel-1")
        stays_held(desk, second)

    def test_dated_back(self, desk: smpolicy.Desk) -> None:
        """An approval cannot be given in the past, when somebody still held a role."""
        case = submit(desk, unverified=True)
        desk.comment(case, "Later.", by="clerk-1", at=AT + 5 * DAY)
        with not_allowed(desk, case, smpolicy.ClockMovedBack, "clock_moved_back"):
            desk.approve(case, by="acting-1", at=AT)

    def test_expired(self, desk: smpolicy.Desk) -> None:
        """An approval whose time is over does not count."""
        case = submit(desk)
        desk.approve(case, by="counsel-1", expires_at=AT + HOUR)
        assert not desk.release(case, by="author-1", at=AT + HOUR).decision.allowed

    def test_released_twice(self, desk: smpolicy.Desk) -> None:
        """One approval lets one action go, once."""
        case = submit(desk)
        desk.approve(case, by="counsel-1")
        assert desk.release(case, by="author-1").decision.allowed
        with pytest.raises(smpolicy.CaseClosed):
            desk.release(case, by="author-1")

    def test_submitters_approval_under_a_policy_that_allowed_it(self, desk: smpolicy.Desk) -> None:
        """An approval of one's own that one policy allowed does not count once another is in force that does not."""
        swapped = smpolicy.Desk(desk.store, lambda at: second_policy() if at < AT + HOUR else first_policy())
        case = swapped.submit(post({"humor": True}), by="counsel-1", at=AT).case
        assert case is not None
        swapped.approve(case.id, by="counsel-1", at=AT)
        assert not swapped.release(case.id, by="author-1", at=AT + HOUR).decision.allowed


def _fields(approval: Approval) -> dict[str, Any]:
    return {name: getattr(approval, name) for name in Approval.__slots__ if not name.startswith("_")}


Tamper = Callable[[sqlite3.Connection], object]

EDITS: dict[str, Tamper] = {
    "text changed": lambda db: db.execute("UPDATE events SET data = replace(data, 'author-1', 'clerk-1')"),
    "person changed": lambda db: db.execute("UPDATE events SET by = 'both-1' WHERE kind = 'approved'"),
    "case changed": lambda db: db.execute("UPDATE events SET case_id = 2, step = 9 WHERE kind = 'approved'"),
    "kind changed": lambda db: db.execute("UPDATE events SET kind = 'commented' WHERE kind = 'withdrawn'"),
    "hash changed": lambda db: db.execute("UPDATE events SET hash = ? WHERE kind = 'approved'", ("0" * 64,)),
    "sealed part exchanged": lambda db: db.execute(
        "UPDATE events SET sealed = (SELECT sealed FROM events WHERE number = 2) WHERE kind = 'approved'"
    ),
    "event taken out": lambda db: db.execute("DELETE FROM events WHERE kind = 'withdrawn'"),
    "event taken out, and the list mended": lambda db: (
        db.execute("DELETE FROM events WHERE kind = 'withdrawn'"),
        db.execute("UPDATE cases SET steps = steps - 1, status = 'open'"),
    ),
    "end cut off": lambda db: db.execute("DELETE FROM events WHERE number = (SELECT max(number) FROM events)"),
    "order swapped": lambda db: (
        db.execute("UPDATE events SET number = 1000 WHERE number = 2"),
        db.execute("UPDATE events SET number = 2 WHERE number = 3"),
        db.execute("UPDATE events SET number = 3 WHERE number = 1000"),
    ),
    "head changed": lambda db: db.execute("UPDATE head SET count = count - 1"),
}


class TestStore:
    @pytest.mark.parametrize("how", EDITS)
    def test_edited_behind_the_desks_back(self, tmp_path: Path, how: str) -> None:
        """Whatever is edited in the database, a case that was withdrawn is not released, and verifying tells of it."""
        with open_desk(tmp_path) as desk:
            case = submit(desk)
            desk.approve(case, by="counsel-1")
            desk.withdraw(case, by="author-1")
            desk.comment(submit(desk), "Another one.", by="clerk-1")
        with sqlite3.connect(tmp_path / "desk.db") as database:
            EDITS[how](database)
        database.close()
        with Store.open(tmp_path / "desk.db", create=False) as store:
            assert not store.verify().sound
        with pytest.raises(smpolicy.PolicyError) as told, open_desk(tmp_path) as desk:
            desk.release(case, by="author-1")
        assert told.value.code in ("broken_chain", "wrong_key", "case_closed")

    def test_truncated_against_its_head(self, tmp_path: Path) -> None:
        """A cut-off end that is covered up is found against an exported head, and only so."""
        with open_desk(tmp_path) as desk:
            case = submit(desk)
            desk.approve(case, by="counsel-1")
            desk.take_back(case, desk.case(case).approvals[0].number, by="counsel-1")
            head = str(desk.head())
        with sqlite3.connect(tmp_path / "desk.db") as database:
            database.execute("DELETE FROM events WHERE number = 4")
            database.execute("UPDATE head SET count = 3, hash = (SELECT hash FROM events WHERE number = 3)")
            database.execute("UPDATE cases SET steps = 2")
        database.close()
        with open_desk(tmp_path) as desk:
            assert desk.verify().tail == "cannot tell"
            assert desk.verify(head).tail == "cut off"
            assert not desk.verify(head).sound
        with pytest.raises(smpolicy.StoreDamaged, match="before the head"):
            open_desk(tmp_path, head=head)


ODD = [
    "'; DROP TABLE events; --",
    '"; DELETE FROM events; --',
    "%s %(x)s {} :x ?",
    "\u202eevil",
    "\x00",
    "\ud800",
    "x" * 600,
]


class TestText:
    @pytest.mark.parametrize("text", ODD)
    def test_in_every_field(self, desk: smpolicy.Desk, text: str) -> None:
        """Odd text is kept as it is where text is kept, refused elsewhere, and never anything but text."""
        case = submit(desk)
        said = desk.comment(case, text, by="clerk-1").record.remarks[-1].text
        assert said == text
        for refused in (
            lambda: desk.comment(case, "x", by=text),
            lambda: desk.approve(case, by=text),
            lambda: desk.approve(case, by="counsel-1", role=text),
            lambda: desk.approve(case, by="counsel-1", rules=[text]),
            lambda: desk.answer(case, {text: True}, by="author-1"),
            lambda: desk.attest(case, by="chief-1", parts=[text]),
            lambda: desk.delegate(text, by="counsel-1", to="clerk-1", until=AT + DAY),
            lambda: desk.delegate("legal_counsel", by="counsel-1", to=text, until=AT + DAY),
        ):
            with pytest.raises(smpolicy.PolicyError) as told:
                refused()
            str(told.value).encode()  # can be printed
        assert desk.cases(kind=text) == desk.cases(author=text) == ()
        assert desk.verify().sound
        stays_held(desk, case)

    def test_too_much(self, desk: smpolicy.Desk) -> None:
        """More text than a store keeps is refused, and nothing is recorded."""
        case = submit(desk)
        before = desk.head()
        with pytest.raises(smpolicy.InvalidFile, match="too_large"):
            desk.comment(case, "x" * 2_000_000, by="clerk-1")
        assert desk.head() == before
