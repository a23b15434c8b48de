"""Tests of smpolicy.store: opening, writing, reading, listing and redacting."""

from __future__ import annotations

import multiprocessing
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smpolicy.errors import ClockMovedBack, InvalidFile, PolicyError, StoreDamaged, StoreUnavailable, UnknownCase
from smpolicy.store import NEW, REDACTED, Head, Store
from smpolicy.store.tables import METADATA, SCHEMA
from tests.store.places import AT, KEY, Place, fill, row

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@contextmanager
def refused(code: str, error: type[PolicyError] = PolicyError) -> Iterator[None]:
    """Expect an error of ours with a code."""
    with pytest.raises(error) as caught:
        yield
    assert caught.value.code == code


class TestOpening:
    def test_new(self, place: Place) -> None:
        """A store that is not there is made, empty."""
        with place.open() as store:
            assert store.head().count == 0
            assert list(store.events()) == []

    def test_again(self, place: Place) -> None:
        """What was written is there when the store is opened again."""
        with place.open() as store:
            fill(store)
            written = list(store.events())
        with place.open() as store:
            assert list(store.events()) == written

    def test_none_is_made(self, place: Place) -> None:
        """A store that is not there is not made where that is not wanted."""
        with refused("missing_file", StoreUnavailable):
            place.open(create=False)
        if place.is_file:
            assert not Path(place.url).exists()
        with place.open() as store:
            fill(store)
        with place.open(create=False) as store:
            assert store.head().count == 5

    def test_key_is_made(self, tmp_path: Path) -> None:
        """A new store in a file gets a key beside it that its owner alone can read, and so is the file itself."""
        with Store.open(tmp_path / "a.db") as store:
            fill(store)
        with Store.open(f"sqlite:///{tmp_path}/a.db") as store:
            assert store.head().count == 5
        modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.db", "a.db.key")}
        assert modes == {"a.db": 0o600, "a.db.key": 0o600}

    def test_key_is_gone(self, tmp_path: Path) -> None:
        """No second key is made for a store that has events."""
        with Store.open(tmp_path / "a.db") as store:
            fill(store)
        (tmp_path / "a.db.key").unlink()
        with refused("missing_key_file", StoreUnavailable):
            Store.open(tmp_path / "a.db")
        assert not (tmp_path / "a.db.key").exists()

    def test_wrong_key(self, place: Place) -> None:
        """Another key is noticed when a store with events is opened."""
        with place.open() as store:
            fill(store)
        with refused("wrong_key"):
            place.open(key=bytes(32))

    @pytest.mark.parametrize("text", ["", "short", "ab" * 31, "zz" * 32])
    def test_no_key(self, tmp_path: Path, text: str) -> None:
        """A file that holds no key is refused."""
        (tmp_path / "key").write_text(text)
        with refused("wrong_key", StoreUnavailable):
            Store.open(tmp_path / "a.db", key=tmp_path / "key")

    @pytest.mark.postgresql
    def test_server_needs_key(self, place: Place) -> None:
        """A store on a server has no key of its own."""
        if not place.is_file:
            with refused("missing_key_file", StoreUnavailable):
                Store.open(place.url)

    @pytest.mark.parametrize("url", ["", ":memory:", "sqlite://", "sqlite:///:memory:", "mysql://a/b", "://", "a\0b"])
    def test_no_store(self, url: str) -> None:
        """What names no store is refused."""
        with refused("wrong_url", StoreUnavailable):
            Store.open(url)

    def test_password(self) -> None:
        """No message tells the password of a server."""
        with pytest.raises(StoreUnavailable) as caught:
            Store.open("postgresql://somebody:tell-nobody@127.0.0.1:1/x", key=KEY, wait=1)
        assert caught.value.code == "store_unreachable"
        assert "tell-nobody" not in f"{caught.value}{caught.value.problems}"

    def test_something_else(self, file_place: Place) -> None:
        """A database of something else is left as it is."""
        file_place.tamper("CREATE TABLE recipes (name TEXT)")
        with refused("not_a_store", StoreUnavailable):
            file_place.open()

    def test_no_database(self, file_place: Place) -> None:
        """A file that is no database is left as it is."""
        Path(file_place.url).write_text("some notes\n" * 100)
        with refused("damaged_store", StoreDamaged):
            file_place.open()
        assert Path(file_place.url).read_text() == "some notes\n" * 100

    def test_no_folder(self, tmp_path: Path) -> None:
        """A store in a folder that is not there cannot be made."""
        with refused("store_unreachable", StoreUnavailable):
            Store.open(tmp_path / "none" / "a.db")

    def test_newer(self, place: Place) -> None:
        """A store of a newer version is left as it is."""
        with place.open() as store:
            fill(store)
        place.tamper("UPDATE alembic_version SET version_num = '9999'")
        with refused("newer_store", StoreUnavailable):
            place.open()

    def test_schema(self, place: Place) -> None:
        """The migrations make the very tables that the code reads and writes."""
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        with place.open() as store, store._engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, METADATA) == []
            assert context.get_current_revision() == SCHEMA

    def test_no_migration(self, place: Place) -> None:
        """Where the tables are current, the library of migrations is not even imported."""
        place.open().close()
        code = f"import sys; from smpolicy.store.store import Store; Store.open({place.url!r}, key={KEY!r}).close(); "
        code += "sys.exit('alembic.command' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_head(self, place: Place) -> None:
        """A store is refused that does not contain the head given."""
        with place.open() as store:
            fill(store)
            old = store.head()
            store.redact(3, by="chief", at=AT + timedelta(days=1), reason="asked for")
        place.open(head=str(old)).close()
        with refused("broken_chain", StoreDamaged):
            place.open(head=f"{old.count}:{'0' * 64}")
        with refused("broken_chain", StoreDamaged):
            place.open(head=f"{10**30}:{old.hash}")

    @pytest.mark.parametrize("text", ["", "5", "5:abc", "x:" + "0" * 64, "-1:" + "0" * 64, "5:" + "G" * 64])
    def test_no_head(self, file_place: Place, text: str) -> None:
        """What is no head is refused."""
        with refused("wrong_head", InvalidFile):
            file_place.open(head=text)


class TestWriting:
    def test_event(self, place: Place) -> None:
        """An event says when, who and what, with a number, and a step within its case."""
        with place.open() as store:
            fill(store, 3)
            last = store.event(3)
        assert last is not None
        assert (last.number, last.kind, last.case, last.step, last.by) == (3, "commented", 1, 3, "chief")
        assert (last.at, last.data, last.secret) == (AT + timedelta(minutes=3), {"number": 3}, {"name": "hidden 3"})

    def test_returned(self, place: Place) -> None:
        """What appending returns is what is read later."""
        with place.open() as store:
            with store.writing() as writer:
                written = writer.append("said", AT, data={"a": (1, 2)}, secret=[("b",)])
                assert writer.last == written
            assert store.event(1) == written

    def test_all_or_nothing(self, place: Place) -> None:
        """Where something fails, nothing of the transaction is written."""
        with place.open() as store:
            fill(store)
            before = store.head()
            with pytest.raises(ZeroDivisionError), store.writing() as writer:  # noqa: PT012
                writer.append("said", AT + timedelta(days=1), secret={"a": 1})
                raise ZeroDivisionError
            assert store.head() == before
            assert store.verify(str(before)).sound

    def test_own_events(self, place: Place) -> None:
        """A writer reads what it has just written."""
        with place.open() as store, store.writing() as writer:
            first = writer.append("submitted", AT, case=NEW)
            writer.index(row(first.number))
            assert writer.case(first.number) == (first,)

    def test_unknown_case(self, place: Place) -> None:
        """No event can be written to a case that was never begun."""
        with place.open() as store:
            fill(store)
            for case in (2, 99, -1, 2**70):
                with refused("unknown_case", UnknownCase), store.writing() as writer:
                    writer.append("said", AT + timedelta(days=1), case=case)
            assert store.head().count == 5

    def test_zone(self, place: Place) -> None:
        """A moment is kept in whole seconds of UTC."""
        with place.open() as store, store.writing() as writer:
            at = datetime(2026, 3, 2, 4, 30, 0, 999_999, timezone(timedelta(hours=-5)))
            assert writer.append("said", at).at == AT

    def test_naive(self, place: Place) -> None:
        """A moment without a time zone is refused."""
        with place.open() as store, refused("naive_moment"), store.writing() as writer:
            writer.append("said", datetime(2026, 3, 2))  # noqa: DTZ001

    def test_skew(self, place: Place) -> None:
        """A clock that is five seconds behind gives an event the moment of the last."""
        with place.open() as store, store.writing() as writer:
            writer.append("said", AT)
            assert writer.append("said", AT - timedelta(seconds=5)).at == AT

    def test_clock_moved_back(self, place: Place) -> None:
        """A clock that is further behind is an error, and nothing is written."""
        with place.open() as store:
            fill(store, 1)
            with refused("clock_moved_back", ClockMovedBack), store.writing() as writer:
                writer.append("said", AT)
                writer.append("said", AT - timedelta(seconds=6))
            assert store.head().count == 1

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.dictionaries(st.text(), json_values, max_size=4), secret=json_values)
    def test_any_data(self, file_place: Place, data: dict[str, Any], secret: Any) -> None:
        """Any JSON data comes back as it was, open or sealed."""
        with file_place.open() as store:
            with store.writing() as writer:
                number = writer.append("said", AT, data=data, secret=secret).number
            event = store.event(number)
            assert event is not None
            assert (event.data, event.secret) == (data, secret)

    @pytest.mark.parametrize(
        "data", [{"a": "\0"}, {"\0": 1}, {"a": "\u2028\u202e\N{PILE OF POO}e\u0301"}, {"": {}}, {"a": "x" * 900_000}]
    )
    def test_odd_data(self, place: Place, data: dict[str, Any]) -> None:
        """Odd and large content comes back as it was."""
        with place.open() as store:
            with store.writing() as writer:
                writer.append("said", AT, "chief", data=data, secret=data)
            event = store.event(1)
            assert event is not None
            assert event.data == event.secret == data
            assert store.verify().sound

    @pytest.mark.parametrize(
        "data", [{"a": float("nan")}, {"a": b"x"}, {"a": {1, 2}}, {"a": "x" * 2**20}, {"a": AT}], ids=str
    )
    def test_unfit_data(self, place: Place, data: dict[str, Any]) -> None:
        """What is no JSON data, or too large, is refused, open or sealed, and nothing is written."""
        with place.open() as store:
            for given_data, secret in ((data, None), ({}, data)):
                with pytest.raises(InvalidFile), store.writing() as writer:
                    writer.append("said", AT, data=given_data, secret=secret)
            assert store.head().count == 0

    def test_deep_data(self, place: Place) -> None:
        """Data that nests too deeply is refused."""
        deep: list[Any] = []
        for _ in range(100_000):
            deep = [deep]
        with place.open() as store, refused("not_json"), store.writing() as writer:
            writer.append("said", AT, data={"a": deep})

    @pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "x" * 501, "a\nb", 7])
    def test_unfit_name(self, place: Place, name: Any) -> None:
        """What no database keeps as it is cannot be the id of a person, nor the kind of an event."""
        with place.open() as store:
            for values in ({"by": name, "kind": "said"}, {"kind": name}):
                with refused("wrong_type", InvalidFile), store.writing() as writer:
                    writer.append(at=AT, **values)
            assert store.head().count == 0

    @pytest.mark.parametrize("text", ["'; DROP TABLE events; --", '"; DELETE FROM keys', "%s %(a)s :a ? $1 {0}", "\\'"])
    def test_sql(self, place: Place, text: str) -> None:
        """SQL in any text is text."""
        with place.open() as store:
            with store.writing() as writer:
                event = writer.append(text, AT, text, case=NEW, data={text: text}, secret={text: text})
                writer.index(row(1, kind=text, agency=text, author=text, submitted_by=text, status=text[:20]))
            assert store.event(1) == event
            assert [event] == list(store.events(kind=text))
            assert [each.id for each in store.page(kind=text, author=text, status=text[:20])] == [1]
            store.redact(1, by=text, at=AT, reason=text)
            assert store.verify().sound

    def test_threads(self, place: Place) -> None:
        """Thirty threads of one store write one after another; none is lost, none doubled."""
        with place.open(wait=60) as store:
            failures: list[BaseException] = []

            def write(name: int) -> None:
                try:
                    for index in range(5):
                        with store.writing() as writer:
                            writer.append("said", AT, f"thread-{name}", data={"index": index})
                except BaseException as error:
                    failures.append(error)

            threads = [threading.Thread(target=write, args=[name]) for name in range(30)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            assert failures == []
            written = [(event.by, event.data["index"]) for event in store.events()]
            assert sorted(written) == sorted((f"thread-{name}", index) for name in range(30) for index in range(5))

    def test_processes(self, place: Place) -> None:
        """Eight processes open a new store at once and write to it; none is lost, none doubled."""
        context = multiprocessing.get_context("spawn")
        options: dict[str, Any] = {} if place.is_file else {"key": KEY}
        workers = [context.Process(target=_write_some, args=[place.url, options, name]) for name in range(8)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        assert [each.exitcode for each in workers] == [0] * 8
        with Store.open(place.url, **options) as store:
            written = [(event.by, event.data["index"]) for event in store.events()]
            assert sorted(written) == sorted((f"process-{name}", index) for name in range(8) for index in range(20))
            assert store.verify().sound

    def test_fork(self, place: Place) -> None:
        """A forked process writes through connections of its own, and its parent goes on."""
        with place.open() as store:
            fill(store, 1)
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    with store.writing() as writer:
                        writer.append("said", AT, "child")
                    status = 0
                finally:
                    os._exit(status)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            with store.writing() as writer:
                writer.append("said", AT, "parent")
            assert [event.by for event in store.events()] == ["writer", "child", "parent"]


def _write_some(url: str, options: dict[str, Any], name: int) -> None:
    with Store.open(url, wait=60, **options) as store:
        for index in range(20):
            with store.writing() as writer:
                writer.append("said", AT, f"process-{name}", data={"index": index})


class TestReading:
    def test_unknown(self, place: Place) -> None:
        """An event or a case of an unknown number is not there."""
        with place.open() as store:
            fill(store)
            for number in (0, -1, 6, 2**70):
                assert store.event(number) is None
                assert store.case(number) == ()
                assert store.cases_events([number]) == {}

    def test_cases(self, place: Place) -> None:
        """Each of several cases comes with its own events, in order."""
        with place.open() as store:
            fill(store, 3)
            with store.writing() as writer:
                second = writer.append("submitted", AT + timedelta(days=1), case=NEW).number
                writer.index(row(second))
            found = store.cases_events([1, second, 99])
        assert {case: [each.step for each in events] for case, events in found.items()} == {1: [1, 2, 3], second: [1]}

    def test_kind(self, place: Place) -> None:
        """Events of one kind, after a number."""
        with place.open() as store:
            fill(store, 4)
            assert [each.number for each in store.events(2, "commented")] == [3, 4]
            assert list(store.events(-(2**70), "none")) == list(store.events(2**70)) == []

    def test_many(self, file_place: Place) -> None:
        """Many events come in order, read in batches."""
        with file_place.open() as store:
            with store.writing() as writer:
                for _ in range(2_500):
                    writer.append("said", AT)
            assert [each.number for each in store.events()] == list(range(1, 2_501))


class TestPage:
    @pytest.fixture
    def store(self, place: Place) -> Iterator[Store]:
        """A store of forty cases of every sort."""
        with place.open() as store:
            with store.writing() as writer:
                for number in range(1, 41):
                    writer.append("submitted", AT, case=NEW)
                    writer.index(
                        row(
                            number,
                            kind=("publish", "edit")[number % 2],
                            author=("writer", "editor", None)[number % 3],
                            status=("open", "released", "expired", "open")[number // 2 % 4],
                            expires_at=AT + timedelta(days=number),
                        )
                    )
            yield store

    def test_newest_first(self, store: Store) -> None:
        """The newest cases come first, page by page, each once."""
        pages = [store.page(limit=15)]
        while pages[-1]:
            pages.append(store.page(limit=15, after=pages[-1][-1].id))
        assert [len(page) for page in pages] == [15, 15, 10, 0]
        assert [each.id for page in pages for each in page] == list(range(40, 0, -1))

    @pytest.mark.parametrize("status", [None, "open", "expired"])
    @pytest.mark.parametrize("kind", [None, "edit"])
    @pytest.mark.parametrize("author", [None, "writer"])
    @pytest.mark.parametrize("now", [None, AT + timedelta(days=20)])
    def test_filters(
        self, store: Store, status: str | None, kind: str | None, author: str | None, now: datetime | None
    ) -> None:
        """Each filter leaves what it says, an open case whose time is over counting as expired at a moment."""
        wanted = []
        for each in store.page():
            over = now is not None and each.status == "open" and each.expires_at <= now
            stands = "expired" if over else each.status
            if status in (None, stands) and kind in (None, each.kind) and author in (None, each.author):
                wanted.append(each.id)
        assert wanted
        assert [each.id for each in store.page(status=status, kind=kind, author=author, now=now)] == wanted

    def test_replaced(self, store: Store) -> None:
        """The row of a case is replaced by the next."""
        with store.writing() as writer:
            writer.append("released", AT, case=7)
            writer.index(row(7, 2, status="released", author=None))
        found = next(each for each in store.page() if each.id == 7)
        assert found == row(7, 2, status="released", author=None)

    def test_odd(self, store: Store) -> None:
        """Odd filters find nothing, and never more than was asked for."""
        for odd in ("a\0b", "\ud800", "' OR 1=1 --"):
            assert store.page(status=odd) == store.page(kind=odd) == store.page(author=odd) == ()
        assert store.page(limit=-1) == store.page(limit=0) == store.page(after=-(2**70)) == ()
        assert len(store.page(after=2**70, limit=10**9)) == 40


class TestRedaction:
    def test_redacted(self, place: Place) -> None:
        """What was sealed is gone for ever; the rest stays, an event says so, and the chain holds."""
        with place.open() as store:
            fill(store)
            event = store.redact(3, by="chief", at=AT + timedelta(days=1), reason="asked for")
            assert (event.kind, event.by, event.data) == ("redacted", "chief", {"event": 3, "reason": "asked for"})
            read = store.event(3)
            assert read is not None
            assert (read.secret, read.data) == (REDACTED, {"number": 3})
            assert store.case(1)[2].secret is REDACTED
            assert store.case(1)[4].secret == {"name": "hidden 5"}
            assert store.verify(str(store.head())).sound

    def test_key_is_overwritten(self, file_place: Place) -> None:
        """Not one byte of the key of a redacted event stays in a file."""
        with file_place.open() as store:
            fill(store)
            with store._engine.connect() as connection:
                wrapped: Any = connection.exec_driver_sql("SELECT wrapped FROM keys WHERE event = 3").scalar()
            files = [Path(file_place.url + end) for end in ("", "-wal")]
            assert any(wrapped in each.read_bytes() for each in files)
            store.redact(3, by="chief", at=AT + timedelta(days=1), reason="asked for")
            assert not any(wrapped in each.read_bytes() for each in files)

    @pytest.mark.parametrize("number", [2, 99, 0, -1, 2**70])
    def test_nothing(self, place: Place, number: int) -> None:
        """An event without a secret cannot be redacted, nor one that is not there; nothing is written."""
        with place.open() as store:
            fill(store)
            with refused("nothing_sealed"):
                store.redact(number, by="chief", at=AT + timedelta(days=1), reason="asked for")
            assert store.head().count == 5

    def test_twice(self, place: Place) -> None:
        """Nothing is redacted twice."""
        with place.open() as store:
            fill(store)
            store.redact(3, by="chief", at=AT + timedelta(days=1), reason="asked for")
            with refused("nothing_sealed"):
                store.redact(3, by="chief", at=AT + timedelta(days=1), reason="asked for")

    def test_sealed_apart(self, file_place: Place) -> None:
        """What is sealed stands nowhere in the file as it is."""
        with file_place.open() as store:
            fill(store)
            assert not any(b"hidden" in Path(file_place.url + end).read_bytes() for end in ("", "-wal"))


class TestHead:
    def test_text(self) -> None:
        """A head is written as its count and its hash."""
        assert str(Head(3, "ab")) == "3:ab"

    def test_utc(self, place: Place) -> None:
        """The moments of events are in UTC."""
        with place.open() as store:
            fill(store, 1)
            assert all(event.at.tzinfo is UTC for event in store.events())
