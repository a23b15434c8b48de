"""Tests of smpolicy.replays: what would have been decided under another policy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

import smpolicy
from smpolicy.journal import Journal
from smpolicy.policies import Policy
from smpolicy.replays import Change, replay
from tests.builders import AGENCY, AT, DIRECTORY, decide, make_agency, make_policy, make_ruleset, rule

GUILT: dict[str, Any] = {"content": {"guilt_or_innocence": True}}
INNOCENT: dict[str, Any] = {"content": {"guilt_or_innocence": False}}
LAX, STRICT = rule(then="needs_approval"), rule(then="deny")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A new journal."""
    with Journal.open(tmp_path / "journal.db", clock=lambda: AT) as journal:
        yield journal


def recorded(journal: Journal, policy: Policy, *actions: dict[str, Any], **options: Any) -> None:
    """Record the decisions on some posts."""
    for each in actions:
        journal.record(decide(policy, each, **options))


class TestReplay:
    def test_same(self, journal: Journal) -> None:
        """Under the very policy nothing changes."""
        policy = make_policy(LAX)
        recorded(journal, policy, GUILT, INNOCENT, {})
        found = replay(journal, policy)
        assert (found.total, found.same, found.changed, found.failed, found.changes) == (3, 3, 0, {}, ())

    def test_outcome(self, journal: Journal) -> None:
        """An outcome that changes is reported with both, and counted."""
        recorded(journal, make_policy(LAX), INNOCENT, GUILT)
        found = replay(journal, make_policy(STRICT))
        assert (found.same, found.changed, found.outcomes) == (1, 1, {("needs_approval", "deny"): 1})
        change = found.changes[0]
        assert (change.number, change.at, change.kind, change.before, change.after) == (
            2,
            AT,
            "publish",
            "needs_approval",
            "deny",
        )

    def test_considerations(self, journal: Journal) -> None:
        """A change says by consideration which speak now, which no more, which are open now, and which no more."""
        recorded(journal, make_policy(rule(id='"A.1/old"') + rule("content.humor", id='"A.3/old"')), GUILT)
        found = replay(journal, make_policy(rule(id='"A.2/new"') + rule("content.unverified", id='"B.1/new"')))
        change = found.changes[0]
        assert (change.speaks, change.silent, change.opens, change.closes) == (("A.2",), ("A.1",), ("B.1",), ("A.3",))
        assert found.considerations == {"A.1": 1, "A.2": 1, "A.3": 1, "B.1": 1}

    def test_settled(self, journal: Journal) -> None:
        """A decision that is no longer settled has changed."""
        recorded(journal, make_policy(LAX), GUILT)
        found = replay(journal, make_policy(LAX + rule("content.humor", id='"A.1/humor"')))
        assert (found.changes[0].settled_before, found.changes[0].settled_after) == (True, False)

    def test_approvals(self, journal: Journal) -> None:
        """Approvals count again where the rule is the same, and not where it has changed."""
        policy = make_policy(LAX)
        data = GUILT | {"actor": {"id": "sheriff-1"}, "payload": {"text": "A post."}}
        given = decide(policy, data).approval("A.1/rule", by="counsel-1", role="legal_counsel")
        recorded(journal, policy, data, approvals=[given])
        assert replay(journal, policy).same == 1
        other = make_policy(rule("content.guilt_or_innocence or content.humor", "needs_approval"))
        assert replay(journal, other).outcomes == {("allow", "needs_approval"): 1}

    def test_dates(self, journal: Journal) -> None:
        """The dates of the policy are lifted: it is asked as if it had been in force at each moment."""
        recorded(journal, make_policy(LAX), GUILT)
        head = AGENCY.replace("2026-01-01", "2030-01-01").replace("until     = 2027-01-01", "")
        policy = make_policy(LAX, head=head)
        assert policy.agency.effective.year == 2030
        assert replay(journal, policy).same == 1

    def test_moment(self, journal: Journal) -> None:
        """Each decision is made for the moment for which it was made, not for when it was recorded."""
        policy = make_policy(LAX)
        journal.record(decide(policy, GUILT, at=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)))
        found = replay(journal, make_policy(STRICT))
        assert found.changes[0].at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)

    def test_data(self, journal: Journal) -> None:
        """A replay and its changes are JSON-ready data."""
        recorded(journal, make_policy(LAX), GUILT)
        found = replay(journal, make_policy(STRICT))
        assert found.to_dict() == {
            "total": 1,
            "same": 0,
            "changed": 1,
            "outcomes": [{"before": "needs_approval", "after": "deny", "decisions": 1}],
            "considerations": {},
            "failed": {},
        }
        assert found.changes[0].to_dict()["at"] == "2026-06-01T12:00:00Z"


class TestFailures:
    def test_person(self, journal: Journal) -> None:
        """A decision about somebody whom the other agency does not know is counted by its reason, not left out."""
        policy = make_policy(LAX)
        recorded(journal, policy, GUILT | {"actor": {"id": "counsel-1"}}, GUILT)
        people = DIRECTORY.replace('"counsel-1"', '"counsel-2"')
        other = smpolicy.bind_policy(make_agency("", make_ruleset(LAX), people=people))
        found = replay(journal, other)
        assert (found.total, found.same, found.failed) == (2, 1, {"unknown_person": 1})

    def test_account(self, journal: Journal) -> None:
        """So is one about an account that is not registered there."""
        recorded(journal, make_policy(LAX, ACCOUNT), GUILT | {"account": {"id": "other"}})
        assert replay(journal, make_policy(LAX)).failed == {"unknown_account": 1}

    def test_redacted(self, journal: Journal) -> None:
        """So is one of which something was redacted, as it cannot be made again."""
        policy = make_policy(LAX)
        recorded(journal, policy, GUILT | {"content": {"guilt_or_innocence": True, "confidential": []}}, GUILT)
        journal.redact(1, by="records-clerk", reason="asked for")
        found = replay(journal, policy)
        assert (found.total, found.same, found.failed) == (2, 1, {"case_redacted": 1})

    def test_pack(self, journal: Journal) -> None:
        """So is one with facts of a pack that the other agency has not adopted."""
        policy = make_policy(LAX)
        data = policy.action({"kind": "publish", **GUILT})
        evolve: Any = attrs.evolve
        decision = evolve(decide(policy, GUILT), action=evolve(data, packs={"gone": {"fact": True}}))
        journal.record(decision)
        assert replay(journal, policy).failed == {"unknown_part": 1}

    def test_attestation(self, journal: Journal) -> None:
        """So is one that rests on an attestation which the other agency does not accept."""
        policy = make_policy(LAX)
        recorded(journal, policy, {"actor": {"id": "spokesperson-1"}, "attestation": {"by": "spokesperson-1"}})
        people = DIRECTORY.replace('roles         = ["spokesperson", "legal_counsel"]', 'roles = ["legal_counsel"]')
        other = smpolicy.bind_policy(make_agency("", make_ruleset(LAX), people=people))
        assert replay(journal, other).failed == {"may_not_attest": 1}

    def test_broken(self, journal: Journal, tmp_path: Path) -> None:
        """A journal that was changed is not replayed as if it were whole."""
        import sqlite3

        recorded(journal, make_policy(LAX), GUILT, GUILT)
        connection = sqlite3.connect(tmp_path / "journal.db")
        with connection:
            connection.execute("DELETE FROM events WHERE number = 2")
        connection.close()
        with pytest.raises(smpolicy.StoreDamaged):
            replay(journal, make_policy(LAX))


ACCOUNT = """
[[account]]
id         = "other"
type       = "official"
identifies = ["agency"]
"""


class TestMany:
    def test_bounded(self, journal: Journal) -> None:
        """All changes are told and counted, and a bounded number of them kept."""
        decision = decide(make_policy(LAX), GUILT)
        with journal.store.writing() as writer:
            for second in range(1_200):
                journal.add(writer, decision, None, AT + timedelta(seconds=second))
        told: list[Change] = []
        progress: list[int] = []
        found = replay(journal, make_policy(STRICT), told.append, progress.append)
        assert (found.changed, len(found.changes), len(told), progress) == (1_200, 1_000, 1_200, [1_000])
