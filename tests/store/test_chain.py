"""Attacks on the chain, by somebody who can write to the database and has not the key: each is noticed."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from smpolicy.errors import PolicyError, StoreDamaged
from smpolicy.store import NEW, Flaw, Head, Store, Verification
from smpolicy.store.events import START, chain_hash
from smpolicy.store.sealing import derive
from tests.store.places import AT, KEY, Place, fill, row

COPY = """
INSERT INTO events SELECT {number}, kind, case_id, {step}, at, by, data, sealed, hash FROM events WHERE number = {of}
"""


def verified(place: Place, head: Head | None = None) -> Verification:
    """Verify a store."""
    with place.open() as store:
        return store.verify(None if head is None else str(head))


def flaws(found: Verification) -> list[tuple[int, str]]:
    """Return what is wrong."""
    return [(each.number, each.what) for each in found.flaws]


def filled(place: Place, events: int = 7) -> Head:
    """Make a store of a case and some events without one, and return its head."""
    with place.open() as store:
        fill(store, events - 2)
        with store.writing() as writer:
            writer.append("said", AT + timedelta(days=1), "chief", data={"a": 1})
            writer.append("said", AT + timedelta(days=2), "chief", data={"a": 2})
        return store.head()


class TestVerifying:
    def test_sound(self, place: Place) -> None:
        """Of a sound store everything is said to be right, and its end proved against its head."""
        head = filled(place)
        assert verified(place, head) == Verification(head, (), 0, "proved")

    def test_empty(self, place: Place) -> None:
        """An empty store is sound."""
        assert verified(place) == Verification(Head(0, START), (), 0, "cannot tell")

    def test_without_head(self, place: Place) -> None:
        """Without a head it is said that the end cannot be told of."""
        filled(place)
        found = verified(place)
        assert (found.sound, found.tail) == (True, "cannot tell")

    def test_grown(self, place: Place) -> None:
        """A store that has grown since a head was exported is proved against it."""
        head = filled(place)
        with place.open() as store, store.writing() as writer:
            writer.append("said", AT + timedelta(days=3))
        assert verified(place, head).tail == "proved"

    def test_another_head(self, place: Place) -> None:
        """A store that does not contain the head given is not sound."""
        head = filled(place)
        found = verified(place, Head(head.count, "0" * 64))
        assert (found.sound, found.tail) == (False, "another")

    def test_progress(self, file_place: Place) -> None:
        """Progress is told, the last time when all is done."""
        filled(file_place)
        told: list[tuple[int, int]] = []
        with file_place.open() as store:
            store.verify(progress=lambda done, total: told.append((done, total)))
        assert told[-1] == (7, 7)


CHANGES = {
    "kind": "UPDATE events SET kind = 'approved' WHERE number = 3",
    "by": "UPDATE events SET by = 'mallory' WHERE number = 3",
    "by_nobody": "UPDATE events SET by = NULL WHERE number = 3",
    "data": """UPDATE events SET data = '{"number":4}' WHERE number = 3""",
    "spaces": """UPDATE events SET data = '{"number": 3}' WHERE number = 3""",
    "moment": "UPDATE events SET at = at + 1 WHERE number = 3",
    "huge_moment": "UPDATE events SET at = 9223372036854775807 WHERE number = 3",
    "hash": f"UPDATE events SET hash = '{'a' * 64}' WHERE number = 3",
    "hash_of_another": "UPDATE events SET hash = (SELECT hash FROM events WHERE number = 2) WHERE number = 3",
    "sealed": "UPDATE events SET sealed = NULL WHERE number = 3",
}
ODD = {
    "data_as_bytes": "UPDATE events SET data = x'7b7d' WHERE number = 3",
    "data_no_text": "UPDATE events SET data = CAST(x'ff80' AS TEXT) WHERE number = 3",
    "hash_no_text": "UPDATE events SET hash = CAST(x'ff80' AS TEXT) WHERE number = 3",
    "hash_as_bytes": "UPDATE events SET hash = x'00' WHERE number = 3",
    "by_as_bytes": "UPDATE events SET by = x'00' WHERE number = 3",
    "moment_as_text": "UPDATE events SET at = 'soon' WHERE number = 3",
    "moment_as_fraction": "UPDATE events SET at = 1.5 WHERE number = 3",
    "sealed_as_text": "UPDATE events SET sealed = 'open' WHERE number = 3",
}


class TestChangedEvents:
    @pytest.mark.parametrize("change", CHANGES)
    def test_changed(self, place: Place, change: str) -> None:
        """Whatever is changed in an event is noticed, and by whoever reads it."""
        head = filled(place)
        place.tamper(CHANGES[change])
        found = verified(place, head)
        assert (3, "changed") in flaws(found)
        assert {number for number, _ in flaws(found)} <= {3}
        assert not found.sound
        self._is_refused(place)

    @pytest.mark.parametrize("change", ODD)
    def test_odd(self, file_place: Place, change: str) -> None:
        """What a column of SQLite takes and no event has is a changed event, never a failure."""
        filled(file_place)
        file_place.tamper(ODD[change])
        assert (3, "changed") in flaws(verified(file_place))
        self._is_refused(file_place)

    def _is_refused(self, place: Place) -> None:
        with place.open() as store:
            for read in (lambda: store.event(3), lambda: store.case(1), lambda: list(store.events())):
                with pytest.raises(StoreDamaged) as caught:
                    read()
                assert caught.value.code == "broken_chain"

    def test_every_one(self, place: Place) -> None:
        """Every changed event is found, not the first alone."""
        filled(place)
        place.tamper("UPDATE events SET by = 'mallory' WHERE number IN (2, 4, 6)")
        assert flaws(verified(place)) == [(2, "changed"), (4, "changed"), (6, "changed")]

    def test_another_case(self, place: Place) -> None:
        """An event that is moved into another case is noticed, and that its own case lacks it."""
        filled(place)
        place.tamper("UPDATE events SET case_id = 2, step = 1 WHERE number = 3")
        assert {(3, "changed"), (1, "list"), (2, "list")} <= set(flaws(verified(place)))

    def test_last(self, place: Place) -> None:
        """A store whose last event was changed can be opened and verified, and not written to."""
        filled(place)
        place.tamper("UPDATE events SET by = 'mallory' WHERE number = 7")
        assert flaws(verified(place)) == [(7, "changed")]
        with place.open() as store, pytest.raises(StoreDamaged), store.writing():
            pass

    @given(st.binary(min_size=32), st.text(), st.text())
    def test_other_keys(self, key: bytes, data: str, other: str) -> None:
        """A hash depends on the key, and on all of an event."""
        one = chain_hash(derive(KEY).chain, 1, START, "said", None, 0, 0, None, ascii(data), None)
        assert (one == chain_hash(derive(key).chain, 1, START, "said", None, 0, 0, None, ascii(data), None)) == (
            key == KEY
        )
        assert (one == chain_hash(derive(KEY).chain, 1, START, "said", None, 0, 0, None, ascii(other), None)) == (
            data == other
        )

    def test_previous(self) -> None:
        """A hash depends on the hash of the event before."""
        keys = derive(KEY)
        one = chain_hash(keys.chain, 2, "a" * 64, "said", None, 0, 0, None, "{}", None)
        assert one != chain_hash(keys.chain, 2, "b" * 64, "said", None, 0, 0, None, "{}", None)

    def test_fields_apart(self) -> None:
        """What moves from one field to the next gives another hash."""
        keys = derive(KEY)
        one = chain_hash(keys.chain, 1, START, "ab", None, 0, 0, "c", "{}", None)
        assert one != chain_hash(keys.chain, 1, START, "a", None, 0, 0, "bc", "{}", None)


class TestMissingEvents:
    @pytest.mark.parametrize("number", [1, 3, 6])
    def test_deleted(self, place: Place, number: int) -> None:
        """A deleted event is missing."""
        head = filled(place)
        place.tamper(f"DELETE FROM events WHERE number = {number}")
        found = verified(place, head)
        assert (number, "missing") in flaws(found)
        assert found.tail == "proved"
        assert not found.sound

    def test_deleted_and_closed_up(self, place: Place) -> None:
        """Where those after a deleted event move up by one, they are changed, and the head is another."""
        filled(place)
        place.tamper(
            "DELETE FROM events WHERE number = 6",
            "UPDATE events SET number = 6 WHERE number = 7",
        )
        assert flaws(verified(place)) == [(6, "changed"), (7, "head")]

    def test_of_a_case(self, place: Place) -> None:
        """The events of a case without its last are refused to whoever reads them."""
        filled(place)
        place.tamper("DELETE FROM events WHERE number = 5")
        assert {(5, "missing"), (1, "list")} <= set(flaws(verified(place)))
        with place.open() as store, pytest.raises(StoreDamaged):
            store.case(1)

    def test_many(self, file_place: Place) -> None:
        """All that is missing is counted, and the first thousand listed."""
        with file_place.open() as store, store.writing() as writer:
            for _ in range(3_000):
                writer.append("said", AT)
        file_place.tamper("DELETE FROM events WHERE number BETWEEN 2 AND 2999")
        found = verified(file_place)
        assert (found.count, len(found.flaws)) == (2_998, 1_000)

    def test_tail_with_head(self, place: Place) -> None:
        """A tail that is cut off, the row of the head rewritten to fit, is noticed against an exported head."""
        head = filled(place)
        place.tamper(
            "DELETE FROM events WHERE number > 6",
            "UPDATE head SET count = 6, hash = (SELECT hash FROM events WHERE number = 6)",
        )
        found = verified(place, head)
        assert (found.sound, found.tail, found.flaws) == (False, "cut off", ())
        with pytest.raises(StoreDamaged):
            place.open(head=str(head))

    def test_tail_without_head(self, place: Place) -> None:
        """Without a head nobody can tell, and nobody says that the end is there."""
        filled(place)
        place.tamper(
            "DELETE FROM events WHERE number > 6",
            "UPDATE head SET count = 6, hash = (SELECT hash FROM events WHERE number = 6)",
        )
        assert verified(place) == Verification(verified(place).head, (), 0, "cannot tell")

    def test_tail_alone(self, place: Place) -> None:
        """A tail that is cut off, the row of the head as it was, is noticed at once by whoever writes or reads on."""
        filled(place)
        place.tamper("DELETE FROM events WHERE number > 6")
        assert flaws(verified(place)) == [(7, "head")]
        with place.open() as store:
            with pytest.raises(StoreDamaged), store.writing():
                pass
            with pytest.raises(StoreDamaged):
                list(store.events())

    def test_all(self, place: Place) -> None:
        """Where all events are gone, the head says so."""
        head = filled(place)
        place.tamper("DELETE FROM events")
        found = verified(place, head)
        assert (7, "head") in flaws(found)
        assert found.tail == "cut off"


class TestOrder:
    @pytest.mark.parametrize(("one", "other"), [(2, 3), (2, 4), (6, 7)])
    def test_swapped(self, place: Place, one: int, other: int) -> None:
        """Two events that are swapped, with their steps and all, are noticed, both."""
        filled(place)
        step = "step" if one > 5 else f"CASE number WHEN {one} THEN {other} ELSE {one} END"
        place.tamper(
            f"UPDATE events SET number = number + 1000, step = {step} + 1000 WHERE number IN ({one}, {other})",
            f"UPDATE events SET number = {one}, step = step - 1000 WHERE number = {other + 1000}",
            f"UPDATE events SET number = {other}, step = step - 1000 WHERE number = {one + 1000}",
        )
        found = verified(place)
        assert {(one, "changed"), (other, "changed")} <= set(flaws(found))

    def test_copied(self, place: Place) -> None:
        """An event that is written a second time at the end is noticed."""
        filled(place)
        place.tamper(
            COPY.format(number=8, step=0, of=7),
            "UPDATE head SET count = 8",
        )
        assert flaws(verified(place)) == [(8, "changed")]

    @pytest.mark.parametrize("number", [0, -5])
    def test_before_the_first(self, place: Place, number: int) -> None:
        """An event before the first is noticed."""
        filled(place)
        place.tamper(COPY.format(number=number, step=0, of=7))
        assert (number, "changed") in flaws(verified(place))

    def test_copy_of_the_store(self, tmp_path: Path) -> None:
        """An event that a copy of the store went on with, under the same key, does not fit those after it."""
        own, copy = Place(str(tmp_path / "a.db")), Place(str(tmp_path / "b.db"))
        with own.open() as store:
            fill(store)
        shutil.copy(own.url, copy.url)
        for place, by in ((own, "chief"), (copy, "mallory")):
            with place.open() as store:
                for days in (1, 2):
                    with store.writing() as writer:
                        writer.append("said", AT + timedelta(days=days), by)
        own.tamper(
            f"ATTACH '{copy.url}' AS other",
            "DELETE FROM events WHERE number = 6",
            "INSERT INTO events SELECT * FROM other.events WHERE number = 6",
        )
        assert flaws(verified(own)) == [(7, "changed")]

    def test_another_store(self, tmp_path: Path) -> None:
        """An event of another store with another key is noticed."""
        own, other = Place(str(tmp_path / "a.db")), Place(str(tmp_path / "b.db"))
        filled(own)
        with other.open(key=bytes(32)) as store:
            fill(store)
        own.tamper(
            f"ATTACH '{other.url}' AS other",
            "UPDATE events SET hash = (SELECT hash FROM other.events AS o WHERE o.number = 3) WHERE number = 3",
        )
        assert flaws(verified(own)) == [(3, "changed")]


class TestHeadRow:
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE head SET count = 6",
            "UPDATE head SET count = 9",
            f"UPDATE head SET hash = '{'0' * 64}'",
            "DELETE FROM head",
        ],
    )
    def test_rewritten(self, place: Place, change: str) -> None:
        """A head that is rewritten or deleted is noticed, and nobody can write."""
        filled(place)
        place.tamper(change)
        found = verified(place)
        assert [each.what for each in found.flaws] == ["head"]
        with place.open() as store, pytest.raises(StoreDamaged), store.writing():
            pass


class TestList:
    @pytest.mark.parametrize(
        "change", ["UPDATE cases SET steps = 4", "UPDATE cases SET steps = 6", "DELETE FROM cases"]
    )
    def test_changed(self, place: Place, change: str) -> None:
        """The place of a case in the list that does not fit its events is noticed."""
        filled(place)
        place.tamper(change)
        assert flaws(verified(place)) == [(1, "list")]
        with place.open() as store, pytest.raises(StoreDamaged):
            store.case(1)

    def test_invented(self, place: Place) -> None:
        """A case that is in the list and has no events is noticed."""
        filled(place)
        place.tamper("UPDATE cases SET id = 77")
        assert flaws(verified(place)) == [(1, "list"), (77, "list")]

    def test_odd(self, file_place: Place) -> None:
        """A moment in the list that is none is told as what it is."""
        filled(file_place)
        file_place.tamper("UPDATE cases SET expires_at = 'soon'")
        with file_place.open() as store, pytest.raises(StoreDamaged):
            store.page()


class TestKeysOfEvents:
    def test_deleted(self, place: Place) -> None:
        """A key that was deleted without an event that says so is noticed."""
        filled(place)
        place.tamper("DELETE FROM keys WHERE event = 3")
        assert flaws(verified(place)) == [(3, "key")]

    def test_changed(self, place: Place) -> None:
        """A key that was exchanged is noticed, also by whoever reads the event."""
        filled(place)
        place.tamper("UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE event = 5) WHERE event = 3")
        assert flaws(verified(place)) == [(3, "key")]
        with place.open() as store, pytest.raises(StoreDamaged):
            store.event(3)

    def test_stray(self, place: Place) -> None:
        """A key without an event, or of one without a secret, is noticed."""
        filled(place)
        place.tamper("UPDATE keys SET event = 2 WHERE event = 3", "UPDATE keys SET event = 99 WHERE event = 5")
        assert {(2, "key"), (3, "key"), (5, "key"), (99, "key")} == set(flaws(verified(place)))

    def test_restored(self, file_place: Place) -> None:
        """A key of a redacted event that is there again is noticed."""
        filled(file_place)
        with file_place.open() as store, store._engine.connect() as connection:
            wrapped: Any = connection.exec_driver_sql("SELECT wrapped FROM keys WHERE event = 3").scalar()
            connection.rollback()
            store.redact(3, by="chief", at=AT + timedelta(days=5), reason="asked for")
        file_place.tamper(f"INSERT INTO keys VALUES (3, x'{wrapped.hex()}')")
        assert flaws(verified(file_place)) == [(3, "key")]


class TestConcurrentVerifying:
    def test_while_writing(self, place: Place) -> None:
        """Whoever reads sees the store as it was at one moment, whatever is written meanwhile."""
        with place.open() as store, place.open() as other:
            with store.writing() as writer:
                for _ in range(2_100):
                    writer.append("said", AT)

            def write(_done: int, _total: int) -> None:
                with other.writing() as writer:
                    writer.append("said", AT + timedelta(days=1), case=NEW)
                    writer.index(row(writer.head.count))

            found = store.verify(progress=write)
            assert (found.flaws, found.head.count) == ((), 2_100)
            assert store.head().count > 2_100


def test_canonical(file_place: Place) -> None:
    """The data of an event is kept in one form, whatever the order of its keys."""
    with file_place.open() as store:
        with store.writing() as writer:
            writer.append("said", AT, data={"b": 1, "a": [True, None]})
        kept = _data(store)
    assert kept.encode() == rfc8785.dumps({"a": [True, None], "b": 1})


def _data(store: Store) -> str:
    with store._engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT data FROM events").scalar())


def test_flaw() -> None:
    """A verification is JSON-ready data."""
    found = Verification(Head(2, "ab"), (Flaw(1, "changed"),), 1, "cut off").to_dict()
    assert found == {
        "sound": False,
        "head": "2:ab",
        "events": 2,
        "tail": "cut off",
        "flaws": [{"number": 1, "what": "changed"}],
        "flaw_count": 1,
    }


def test_errors_are_ours(file_place: Place) -> None:
    """Whatever row is damaged, only errors of ours come out of reading."""
    filled(file_place)
    file_place.tamper("UPDATE events SET data = x'00', kind = x'00', hash = x'00', step = 'a' || number, case_id = 'b'")
    with pytest.raises(PolicyError):
        file_place.open()
