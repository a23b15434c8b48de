"""Tests of smpolicy.journal: every decision kept as it was made, and what is sensitive in it sealed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import smpolicy
from smpolicy.decisions import Decision
from smpolicy.errors import PolicyError, StoreDamaged, StoreUnavailable, UnknownCase
from smpolicy.journal import SEALED, Journal, to_record
from smpolicy.kinds import CORE
from smpolicy.policies import Policy
from smpolicy.store import Store
from smpolicy.testing.strategies import actions, policies
from tests.builders import AT, decide, make_policy, rule

NOW = datetime(2026, 6, 2, 8, tzinfo=UTC)
DETAILS = CORE.facts["person.details"].members
RULES = rule(f"person.exists and overlaps(person.details, {list(DETAILS)})", "needs_approval") + rule(
    f"person.exists and overlaps(person.details, {list(DETAILS)})", "needs_approval", id='"A.2/delete"', on='["delete"]'
)
POST: dict[str, Any] = {
    "actor": {"id": "sheriff-1"},
    "person": {"details": [DETAILS[0]]},
    "payload": {"text": "A post."},
}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A new journal whose clock stands still."""
    with Journal.open(tmp_path / "journal.db", clock=lambda: NOW) as journal:
        yield journal


def approved(policy: Policy, data: dict[str, Any]) -> Decision:
    """Return a decision with an approval."""
    first = decide(policy, data)
    needed = first.needed[0].rule
    return decide(policy, data, approvals=[first.approval(needed, by="counsel-1", role="legal_counsel")])


class TestRecord:
    def test_number(self, journal: Journal) -> None:
        """Recording returns the number of the record, and the record says who asked, when, and what was decided."""
        decision = decide(make_policy(RULES), POST)
        assert [journal.record(decision, by="desk"), journal.record(decision)] == [1, 2]
        record = journal.get(1)
        assert (record.number, record.at, record.by, record.agency) == (1, NOW, "desk", "quillan-county")
        assert (record.kind, record.outcome, record.settled) == ("publish", "needs_approval", True)
        assert (record.spoke, record.open, record.redacted) == (("A.1",), (), False)
        assert record.action == decision.action.to_dict()

    def test_receipt(self, journal: Journal) -> None:
        """The receipt comes back byte for byte, sensitive facts and approvals with it."""
        decision = approved(make_policy(RULES), POST)
        assert journal.receipt(journal.record(decision)) == decision.receipt()

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def test_any_receipt(self, journal: Journal, data: st.DataObject) -> None:
        """Under the shipped rulesets any receipt comes back byte for byte."""
        policy = data.draw(policies())
        action = data.draw(actions(policy, at=AT))
        decision = policy.decide(action, at=AT)
        assert journal.receipt(journal.record(decision)) == decision.receipt()

    def test_again(self, tmp_path: Path) -> None:
        """Records are there when the journal is opened again, and a store that is open may hold one."""
        decision = decide(make_policy(RULES), POST)
        with Journal.open(tmp_path / "a.db") as journal:
            journal.record(decision)
        with Store.open(tmp_path / "a.db") as store:
            assert Journal(store).receipt(1) == decision.receipt()

    def test_shared(self, journal: Journal) -> None:
        """A journal shares its store with other events, and yields its records alone."""
        with journal.store.writing() as writer:
            writer.append("said", NOW)
        journal.record(decide(make_policy(RULES), POST))
        assert [each.number for each in journal.records()] == [2]
        with pytest.raises(UnknownCase):
            journal.get(1)

    @pytest.mark.parametrize("number", [0, -1, 2, 2**70])
    def test_unknown(self, journal: Journal, number: int) -> None:
        """A record that is not there is an error."""
        journal.record(decide(make_policy(RULES), POST))
        with pytest.raises(UnknownCase):
            journal.receipt(number)


class TestRecording:
    def test_recorded_first(self, journal: Journal) -> None:
        """A recording policy decides as the policy does, and records each decision."""
        policy = make_policy(RULES)
        recording = policy.recording(journal, "desk")
        decision = recording.decide(policy.action({"kind": "publish", **POST}), at=AT)
        assert decision.receipt() == decide(policy, POST).receipt() == journal.receipt(1)
        assert journal.get(1).by == "desk"

    def test_now(self, journal: Journal) -> None:
        """Deciding at the present moment is recorded, too."""
        policy = make_policy(RULES, head=AGENCY_WITHOUT_END)
        policy.recording(journal).decide_now(policy.action({"kind": "publish", **POST}))
        assert [each.number for each in journal.records()] == [1]

    def test_not_recorded(self, journal: Journal) -> None:
        """Where a decision cannot be recorded there is none."""
        policy = make_policy(RULES)
        recording = policy.recording(journal)
        with journal.store.writing() as writer:
            writer.append("said", NOW + timedelta(hours=1))
        with pytest.raises(PolicyError) as caught:
            recording.decide(policy.action({"kind": "publish", **POST}), at=AT)
        assert caught.value.code == "clock_moved_back"
        assert list(journal.records()) == []


AGENCY_WITHOUT_END = """
[agency]
id        = "quillan-county"
name      = "Quillan County Sheriff's Office (fictional)"
time_zone = "America/Chicago"
effective = 2020-01-01
rulesets  = ["example"]

[offices]
legal   = ["legal_counsel"]
command = ["chief_or_sheriff"]
"""


class TestSealing:
    @pytest.mark.parametrize("kind", ["publish", "delete"])
    def test_nothing_shows(self, kind: str) -> None:
        """What stays readable is the same whatever the sensitive facts are: no value shows, nor a digest of one."""
        policy = make_policy(RULES)
        data = {"kind": kind, "actor": {"id": "sheriff-1"}, "payload": {"text": "A post."}}
        readable = [
            to_record(approved(policy, data | {"person": {"details": list(some)}}))[0]
            for some in (DETAILS[:1], DETAILS[1:2], DETAILS[:3])
        ]
        assert readable[0] == readable[1] == readable[2]
        assert readable[0]["receipt"]["approvals"][0]["facts"]["person.details"] == SEALED
        assert readable[0]["receipt"]["facts"]["person.details"]["value"] == SEALED
        assert readable[0]["receipt"]["action"] == readable[0]["action"]["person"]["details"] == SEALED

    def test_digest_of_facts(self) -> None:
        """On a kind without content the digest to which an approval is bound is sealed, as it could be guessed."""
        policy = make_policy(RULES)
        post, deletion = (
            to_record(approved(policy, POST | {"kind": kind}))[0]["receipt"]["approvals"][0]
            for kind in ("publish", "delete")
        )
        assert deletion["payload"] == SEALED
        assert post["payload"] != SEALED

    def test_nothing_sensitive(self) -> None:
        """Where nothing is sensitive, nothing is sealed."""
        data, secret = to_record(decide(make_policy(rule()), {"content": {"guilt_or_innocence": True}}))
        assert secret is None
        assert "sealed" not in json.dumps(data)

    def test_unknown_fact_of_approval(self) -> None:
        """A fact that an approval names and the vocabulary has no longer is sealed: nobody can tell what it is."""
        import attrs

        policy = make_policy(RULES)
        decision = approved(policy, POST)
        given_ = attrs.evolve(decision.approvals[0], facts={"gone.secret": "value"})
        data, _ = to_record(decide(policy, POST, approvals=[given_]))
        assert data["receipt"]["approvals"][0]["facts"] == {"gone.secret": SEALED}

    def test_file(self, journal: Journal) -> None:
        """No sensitive value stands in the file of a journal."""
        journal.record(approved(make_policy(RULES), POST))
        path = Path(str(journal.store.url.database))
        assert not any(
            f'["{DETAILS[0]}"]'.encode() in path.with_name(path.name + end).read_bytes() for end in ("", "-wal")
        )


class TestRedaction:
    def test_redacted(self, journal: Journal) -> None:
        """After redaction the rest stays readable, says what is redacted, and the chain still verifies."""
        decision = approved(make_policy(RULES), POST)
        journal.record(decision)
        journal.record(decision)
        journal.redact(1, by="records-clerk", reason="asked for")
        record = journal.get(1)
        assert record.redacted
        assert (record.outcome, record.spoke) == ("allow", journal.get(2).spoke)
        assert record.action["person"] == {"details": SEALED}
        assert record.action["actor"] == {"id": "sheriff-1"}
        assert not journal.get(2).redacted
        assert journal.verify(str(journal.head())).sound

    def test_receipt(self, journal: Journal) -> None:
        """A receipt of which something was redacted is not passed off as what it was."""
        journal.record(decide(make_policy(RULES), POST))
        journal.redact(1, by="records-clerk", reason="asked for")
        with pytest.raises(StoreDamaged) as caught:
            journal.receipt(1)
        assert caught.value.code == "case_redacted"


class TestExport:
    def test_lines(self, journal: Journal) -> None:
        """An export is JSON Lines: every event with its hash, and the head last."""
        journal.record(decide(make_policy(RULES), POST), by="desk")
        with journal.store.writing() as writer:
            writer.append("said", NOW)
        stream = io.StringIO()
        head = journal.export(stream)
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert [each.get("number") for each in lines] == [1, 2, None]
        assert lines[0]["by"] == "desk"
        assert lines[0]["at"] == "2026-06-02T08:00:00Z"
        assert lines[-1] == {"head": str(head)} == {"head": f"2:{lines[1]['hash']}"}

    def test_sensitive(self, journal: Journal) -> None:
        """What is sealed is written only where that is asked for, and never what was redacted."""
        for _ in range(2):
            journal.record(decide(make_policy(RULES), POST))
        journal.redact(1, by="records-clerk", reason="asked for")
        plain, full = io.StringIO(), io.StringIO()
        journal.export(plain)
        journal.export(full, with_sensitive=True)
        assert "secret" not in plain.getvalue()
        assert DETAILS[0] not in plain.getvalue()
        assert [json.loads(line).get("sealed") for line in full.getvalue().splitlines()][:2] == ["redacted", "yes"]
        assert ["secret" in json.loads(line) for line in full.getvalue().splitlines()] == [False, True, False, False]

    def test_lost(self, journal: Journal, tmp_path: Path) -> None:
        """A record that was taken out is missed, also where only events of other kinds follow it."""
        import sqlite3

        for _ in range(2):
            journal.record(decide(make_policy(RULES), POST))
        with journal.store.writing() as writer:
            writer.append("said", NOW)
            writer.append("said", NOW)
        connection = sqlite3.connect(tmp_path / "journal.db")
        with connection:
            connection.execute("DELETE FROM events WHERE number = 2")
        connection.close()
        with pytest.raises(StoreDamaged):
            list(journal.records())

    def test_broken(self, journal: Journal, tmp_path: Path) -> None:
        """A journal that was changed is not exported as if it were whole."""
        import sqlite3

        for _ in range(3):
            journal.record(decide(make_policy(RULES), POST))
        connection = sqlite3.connect(tmp_path / "journal.db")
        with connection:
            connection.execute("DELETE FROM events WHERE number = 3")
        connection.close()
        with pytest.raises(StoreDamaged):
            journal.export(io.StringIO())


class TestOpening:
    def test_none_is_made(self, tmp_path: Path) -> None:
        """A journal that is not there is not made where that is not wanted."""
        with pytest.raises(StoreUnavailable):
            Journal.open(tmp_path / "none.db", create=False)
        assert list(tmp_path.iterdir()) == []

    def test_face(self) -> None:
        """The journal is one of the names of the package."""
        assert smpolicy.Journal is Journal
