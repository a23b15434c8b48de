"""A store: opened on a database, read event by event, written in transactions, and verified."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from attrs import define, field
from sqlalchemy import Connection, Engine, select
from sqlalchemy.engine import URL

from smpolicy.errors import Problem, StoreDamaged, StoreUnavailable
from smpolicy.store import listing
from smpolicy.store.databases import (
    bring_up_to_date,
    connect,
    forget_deleted,
    make_file,
    no_store,
    read_url,
    told,
)
from smpolicy.store.events import Event, Head, read_head
from smpolicy.store.reading import (
    ALL_EVENTS,
    FIRST,
    LAST,
    MOST_NUMBER,
    ONE,
    before,
    broken,
    is_genuine,
    read_cases,
    read_event,
    read_head_row,
)
from smpolicy.store.sealing import Keys, derive, make_key, read_key
from smpolicy.store.tables import EVENTS, CaseRow
from smpolicy.store.verification import Verification, verify
from smpolicy.store.writing import NEW, Writer

BATCH = 1_000

__all__ = ["NEW", "Store"]


@define(slots=True, eq=False)
class Store:
    """Events that are only ever appended, each chained to all before it by a keyed hash.

    Threads may share a store. A process that was forked opens connections of its own.

    Attributes:
        url: the database.
    """

    url: URL
    _engine: Engine = field(repr=False)
    _keys: Keys = field(repr=False)
    _process: int = field(factory=os.getpid, repr=False)

    @classmethod
    def open(
        cls,
        url: str | Path,
        *,
        key: Path | str | bytes | None = None,
        wait: float = 10.0,
        head: str | None = None,
        create: bool = True,
    ) -> Self:
        """Open a store; a new one is made where there is none. Close it, or use it in a `with` statement.

        Args:
            url: the file of its SQLite database, or the URL of a database: `sqlite:///...`, `postgresql://...`.
            key: the store's key (32 bytes or more), or the file that holds it as hexadecimal digits. By default the
                file beside the SQLite database, its name with `.key`, which is made for a new store. Keep a copy of it
                elsewhere: without its key a store can neither be read nor verified.
            wait: for how many seconds to wait for somebody else who is writing.
            head: a head exported earlier, `COUNT:HASH`, that the store must contain.
            create: whether a new one is made where there is none.

        Raises:
            StoreUnavailable: the database or the key cannot be used, or there is none and none is to be made.
            StoreDamaged: the key is another store's, or the head is not there.
            MissingExtra: PostgreSQL's driver is not installed.
        """
        where = read_url(url)
        expected = None if head is None else read_head(head)
        if where.drivername == "sqlite":
            file = Path(where.database or "")
            if not create and not file.exists():
                raise no_store(where)
            make_file(file)
        engine = connect(where, wait)
        try:
            with told(where):
                bring_up_to_date(engine, where, create)
                with engine.connect() as connection:
                    is_new = connection.execute(select(EVENTS.c.number).limit(1)).one_or_none() is None
            store = cls(where, engine, derive(_key(where, key, is_new)))
            store._check(expected)
        except BaseException:
            engine.dispose()
            raise
        return store

    def close(self) -> None:
        """Close every connection to the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Begin a transaction under the store's only lock; all of it is recorded, or nothing.

        Raises:
            StoreUnavailable: somebody else did not finish in time, or the database cannot be written.
            StoreDamaged: the head and the last event do not agree.
        """
        with self._connection(writes=True) as connection:
            head, last = read_head_row(connection, self._keys, lock=True)
            yield Writer(connection, self._keys, head, last)

    @contextmanager
    def _connection(self, writes: bool = False) -> Iterator[Connection]:
        if os.getpid() != self._process:  # connections must not be shared with the process that forked this one
            self._engine.dispose(close=False)
            self._process = os.getpid()
        options: dict[str, Any] = {"writes": writes}
        if self._engine.dialect.name == "postgresql":  # who reads sees the store as it was at one moment
            options["isolation_level"] = "READ COMMITTED" if writes else "REPEATABLE READ"
        with told(self.url), self._engine.connect() as opened:
            connection = opened.execution_options(**options)
            with connection.begin():
                yield connection

    def _check(self, head: Head | None) -> None:
        """Refuse a key that is not this store's, and a store that does not contain a head.

        A store whose chain is broken can still be opened, so that it can be verified.
        """
        with self._connection() as connection:
            ends = [connection.execute(each).one_or_none() for each in (FIRST, LAST)]
            rows = [row for row in ends if row is not None]
            if rows and not any(is_genuine(row, before(row), self._keys) for row in rows):
                message = "the key does not fit the store, or its first and its last event were both changed"
                raise StoreDamaged(Problem("wrong_key", message, help="name the right key with `key`"))
            if head is None or head.count == 0:
                return
            query = select(EVENTS.c.hash).where(EVENTS.c.number == min(head.count, MOST_NUMBER))
            found = connection.execute(query).scalar()
        if found != head.hash:
            there = rows[-1].number if rows else 0
            message = f"the event `{head.count}` is another one than the head says"
            message = message if found else f"the store ends with the event `{there}`, before the head `{head.count}`"
            raise broken(message)

    def head(self) -> Head:
        """Return the head of the chain, to be exported and kept elsewhere.

        Raises:
            StoreDamaged: the head and the last event do not agree.
        """
        with self._connection() as connection:
            return read_head_row(connection, self._keys)[0]

    def case(self, number: int) -> tuple[Event, ...]:
        """Return the verified events of a case; none where there is no such case.

        Args:
            number: the number of the case.

        Raises:
            StoreDamaged: one of them was changed or is missing.
        """
        return self.cases_events([number]).get(number, ())

    def cases_events(self, numbers: Sequence[int]) -> dict[int, tuple[Event, ...]]:
        """Return the verified events of some cases, by the number of the case; see `case`."""
        with self._connection() as connection:
            return read_cases(connection, numbers, self._keys)

    def event(self, number: int) -> Event | None:
        """Return one event, verified, or None where there is none of that number.

        Raises:
            StoreDamaged: it was changed, or the one before it was or is missing.
        """
        if not 0 < number <= MOST_NUMBER:
            return None
        with self._connection() as connection:
            row = connection.execute(ONE, {"number": number}).one_or_none()
            return None if row is None else read_event(row, self._keys)

    def events(self, after: int = 0, kind: str | None = None) -> Iterator[Event]:
        """Yield verified events in order, read in batches.

        Args:
            after: the number of the last event that is left out.
            kind: only events of this kind.

        Raises:
            StoreDamaged: one of them was changed, or one before it was or is missing, or the last is.
        """
        self.head()
        after = max(0, min(after, MOST_NUMBER))
        while True:
            with self._connection() as connection:
                batch = ALL_EVENTS.where(EVENTS.c.number > after).order_by(EVENTS.c.number).limit(BATCH)
                rows = connection.execute(batch).all()
            for row in rows:  # of every kind: else nobody would miss one
                after += 1
                if row.number != after:
                    raise broken(f"the event `{after}` is missing")
                event = read_event(row, self._keys)
                if kind in (None, event.kind):
                    yield event
            if len(rows) < BATCH:
                return

    def page(
        self,
        *,
        status: str | None = None,
        kind: str | None = None,
        author: str | None = None,
        now: datetime | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> tuple[CaseRow, ...]:
        """Return a page of the list of cases, the newest first.

        Args:
            status: only cases of this status; with `now`, `open` and `expired` are told apart by their dates.
            kind: only cases of this kind of action.
            author: only cases of this author.
            now: the moment.
            after: the number of the last case of the page before.
            limit: how many at most; never more than a thousand.
        """
        with self._connection() as connection:
            return listing.page(connection, status, kind, author, now, after, limit)

    def waking(self, now: datetime) -> list[int]:
        """Return the numbers of up to a hundred cases that time alone has changed by a moment."""
        with self._connection() as connection:
            return listing.waking(connection, now)

    def verify(self, head: str | None = None, progress: Callable[[int, int], object] | None = None) -> Verification:
        """Verify every event: whether it was changed, is missing, or stands in another place.

        Args:
            head: a head exported earlier, `COUNT:HASH`; without one it cannot be told whether the end was cut off.
            progress: is called now and then with how many events are verified, and how many there are.
        """
        expected = None if head is None else read_head(head)
        with self._connection() as connection:
            return verify(connection, self._keys, expected, progress)

    def redact(self, number: int, *, by: str, at: datetime, reason: str) -> Event:
        """Make sure that nobody can read again what an event seals, and record that; the chain stays as it is.

        Args:
            number: the number of the event.
            by: who does it.
            at: when.
            reason: why.

        Raises:
            StoreDamaged: nothing is sealed in it, or it was redacted already.
        """
        with self.writing() as writer:
            event = writer.redact(number, at, by, reason)
        self.forget_deleted()
        return event

    def forget_deleted(self) -> None:
        """Have the database forget what was deleted, as far as it can: keys of redacted events; see `Writer.redact`."""
        with told(self.url):
            forget_deleted(self._engine)


def _key(url: URL, key: Path | str | bytes | None, is_new: bool) -> bytes:
    """Return the key of a store: as it is given, or from its file."""
    if isinstance(key, bytes):
        return key
    if key is not None:
        return make_key(Path(key)) if is_new and not Path(key).exists() else read_key(Path(key))
    if url.drivername != "sqlite":
        help_ = "give `key`: the store's key, or the file that holds it"
        raise StoreUnavailable(
            Problem("missing_key_file", "a store in PostgreSQL needs its key to be named", help=help_)
        )
    beside = Path(f"{url.database}.key")
    return make_key(beside) if is_new and not beside.exists() else read_key(beside)
