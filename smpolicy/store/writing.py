"""Writing events: one transaction under the store's only lock, all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from attrs import define, field
from sqlalchemy import Connection, delete, func, insert, select, update

from smpolicy.errors import ClockMovedBack, Problem, StoreDamaged, UnknownCase, shorten
from smpolicy.store.events import Event, Head, chain_hash, check_name, to_bytes
from smpolicy.store.reading import MOST_NUMBER, broken, events_query, read_cases, read_event
from smpolicy.store.sealing import Keys, seal
from smpolicy.store.tables import CASES, EVENTS, HEAD, KEYS, CaseRow
from smpolicy.values import read_moment

NEW: Final = 0
"""Given in place of a case, makes the event the first of a new one, whose number is the event's."""

MOST_SKEW = timedelta(seconds=5)
"""By how much the clocks of several hosts may differ."""


@define(slots=True, eq=False)
class Writer:
    """One transaction on a store; made by `Store.writing`.

    Attributes:
        last: the last event there is.
        head: the head of the chain.
    """

    _connection: Connection = field(repr=False)
    _keys: Keys = field(repr=False)
    head: Head
    last: Event | None
    _steps: dict[int, int] = field(factory=dict, repr=False)

    def moment(self, at: datetime) -> datetime:
        """Return the moment that an event would have that happens at a moment: never before the last event's.

        Clocks that differ by some seconds give what happens next the last event's moment.

        Args:
            at: the moment, with a time zone.

        Raises:
            ClockMovedBack: the last event happened later.
        """
        found = read_moment(at)
        if found is None:
            help_ = "give a datetime with `tzinfo`, for instance datetime.now(UTC)"
            raise ClockMovedBack(Problem("naive_moment", f"`{at}` has no time zone", help=help_))
        if self.last is None or found >= self.last.at:
            return found
        if self.last.at - found <= MOST_SKEW:
            return self.last.at
        raise ClockMovedBack(
            Problem(
                "clock_moved_back",
                f"it is {found.isoformat()}, and the last event is of {self.last.at.isoformat()}",
                help="set the clock right; nothing was recorded",
            )
        )

    def append(
        self,
        kind: str,
        at: datetime,
        by: str | None = None,
        *,
        case: int | None = None,
        data: Mapping[str, Any] | None = None,
        secret: Any = None,
    ) -> Event:
        """Append an event.

        Args:
            kind: what happened.
            at: when.
            by: who did it.
            case: the case that it belongs to, or `NEW`.
            data: what anybody may read of it, JSON-ready.
            secret: what is to be sealed, JSON-ready.

        Raises:
            ClockMovedBack: the last event happened later.
            InvalidFile: what it says is too large or cannot be kept.
            UnknownCase: there is no such case.
        """
        check_name(kind, "kind of event")
        if by is not None:
            check_name(by, "id of a person")
        number, moment = self.head.count + 1, self.moment(at)
        owner = number if case == NEW and case is not None else case
        step = 0 if owner is None else 1 if owner == number else self._next_step(owner)
        said = to_bytes(dict(data or {}), "what an event says").decode()
        sealed, text = None, b""
        if secret is not None:
            text = to_bytes(secret, "what an event seals")
            sealed, wrapped = seal(text, number, self._keys.wrapping)
            self._connection.execute(insert(KEYS), {"event": number, "wrapped": wrapped})
        seconds = int(moment.timestamp())
        digest = chain_hash(self._keys.chain, number, self.head.hash, kind, owner, step, seconds, by, said, sealed)
        row = {"number": number, "kind": kind, "case_id": owner, "step": step, "at": seconds, "by": by}
        self._connection.execute(insert(EVENTS), {**row, "data": said, "sealed": sealed, "hash": digest})
        self.head = Head(number, digest)
        self._connection.execute(update(HEAD).where(HEAD.c.id == 1).values(count=number, hash=digest))
        if owner is not None:
            self._steps[owner] = step
        opened = None if secret is None else json.loads(text)
        self.last = Event(number, kind, owner, step, moment, by, json.loads(said), opened, digest)
        return self.last

    def _next_step(self, case: int) -> int:
        known = self._steps.get(case)
        if known is None:
            query = select(func.max(EVENTS.c.step)).where(EVENTS.c.case_id == case)
            known = self._connection.execute(query).scalar() if 0 < case <= MOST_NUMBER else None
        if known is None:
            help_ = "give `NEW` to begin a case"
            raise UnknownCase(Problem("unknown_case", f"there is no case `{shorten(case)}`", help=help_))
        return known + 1

    def case(self, number: int) -> tuple[Event, ...]:
        """Return the verified events of a case; none where there is no such case.

        Raises:
            StoreDamaged: one of them was changed or is missing.
        """
        return read_cases(self._connection, [number], self._keys).get(number, ())

    def page(self, **filters: Any) -> tuple[CaseRow, ...]:
        """Return a page of the list of cases; see `Store.page`."""
        from smpolicy.store.listing import page

        return page(self._connection, **filters)

    def index(self, row: CaseRow) -> None:
        """Put a case into the list of cases, or bring its place there up to date."""
        from smpolicy.store.listing import to_values

        for name in (row.agency, row.submitted_by, *((row.author,) if row.author is not None else ())):
            check_name(name, "id")
        values = to_values(row)
        done = self._connection.execute(update(CASES).where(CASES.c.id == row.id).values(values))
        if not done.rowcount:
            self._connection.execute(insert(CASES), values)

    def verify_since(self, number: int) -> None:
        """Verify every event after one, so that none of them can have been taken away or changed.

        Args:
            number: the number of an event that is verified.

        Raises:
            StoreDamaged: one of them was changed or is missing.
        """
        expected = number + 1
        query = events_query().where(EVENTS.c.number > number).order_by(EVENTS.c.number)
        for row in self._connection.execute(query.execution_options(yield_per=1000)):
            if row.number != expected:
                raise broken(f"the event `{expected}` is missing")
            read_event(row, self._keys)
            expected += 1
        if expected != self.head.count + 1:
            raise broken(f"the event `{expected}` is missing")

    def redact(self, number: int, at: datetime, by: str, reason: str) -> Event:
        """Delete the key of an event, so that nobody can read again what it seals, and record that.

        Args:
            number: the number of the event.
            at: when.
            by: who does it.
            reason: why.

        Raises:
            StoreDamaged: nothing is sealed in it, or it was redacted already.
        """
        there = type(number) is int and 0 < number <= MOST_NUMBER
        done = self._connection.execute(delete(KEYS).where(KEYS.c.event == number)) if there else None
        if done is None or not done.rowcount:
            message = f"nothing is sealed in the event `{shorten(number)}`, or it was redacted already"
            raise StoreDamaged(Problem("nothing_sealed", message, help="name an event with something sealed"))
        return self.append("redacted", at, by, data={"event": number, "reason": reason})
