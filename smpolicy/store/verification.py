"""Verifying a chain of events from the first to the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from attrs import frozen
from sqlalchemy import Connection, func, select, union_all

from smpolicy.store.events import START, Head
from smpolicy.store.reading import is_genuine
from smpolicy.store.sealing import Keys
from smpolicy.store.tables import CASES, EVENTS, HEAD

BATCH = 2_000
MOST_FLAWS = 1_000
"""How many flaws are listed; all are counted."""

Tail = Literal["proved", "cut off", "another", "cannot tell"]


@frozen(slots=True)
class Flaw:
    """Something that is wrong with the chain.

    Attributes:
        number: the number of the event, or of the case.
        what: `changed` (or moved to another place), `missing`, `head` (it names another event), or `list` (the list of
            cases does not fit the events of the case).
    """

    number: int
    what: Literal["changed", "missing", "head", "list"]


@frozen(slots=True)
class Verification:
    """What verifying found.

    Attributes:
        head: the end of the chain as it is.
        flaws: what is wrong, in order; the first thousand of them.
        count: how many flaws there are.
        tail: whether the end is there: proved against an exported head up to it, cut off before it, another than it, or
            that this cannot be told without a head.
    """

    head: Head
    flaws: tuple[Flaw, ...]
    count: int
    tail: Tail

    @property
    def sound(self) -> bool:
        """Return whether nothing was found to be wrong; without a head the end may still have been cut off."""
        return not self.count and self.tail in ("proved", "cannot tell")

    def to_dict(self) -> dict[str, Any]:
        """Return what was found as JSON-ready data."""
        return {
            "sound": self.sound,
            "head": str(self.head),
            "events": self.head.count,
            "tail": self.tail,
            "flaws": [{"number": each.number, "what": each.what} for each in self.flaws],
            "flaw_count": self.count,
        }


def verify(
    connection: Connection,
    keys: Keys,
    head: Head | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Verification:
    """Verify every event there is; see `Store.verify`."""
    flaws: list[Flaw] = []
    count = 0
    known: dict[int, str] = {}
    kept = connection.execute(select(HEAD.c.count.label("events"), HEAD.c.hash).where(HEAD.c.id == 1)).one_or_none()
    total = 0 if kept is None else kept.events
    last = Head(0, START)

    def note(found: Flaw) -> None:
        nonlocal count
        count += 1
        if len(flaws) < MOST_FLAWS:
            flaws.append(found)

    for row in _rows(connection):
        for number in range(last.count + 1, min(row.number, last.count + 1 + MOST_FLAWS)):
            note(Flaw(number, "missing"))
        follows = row.number == last.count + 1
        if follows and not is_genuine(row, last.hash, keys):
            note(Flaw(row.number, "changed"))
        last = Head(row.number, row.hash)
        if head is not None and row.number == head.count:
            known[row.number] = row.hash
        if progress is not None and row.number % BATCH == 0:
            progress(row.number, total)
    if kept is None or Head(kept.events, kept.hash) != last:
        note(Flaw(total, "head"))
    for number in _misfits(connection):
        note(Flaw(number, "list"))
    if progress is not None:
        progress(last.count, max(total, last.count))
    return Verification(last, tuple(flaws), count, _tail(head, last, known))


def _tail(head: Head | None, last: Head, known: dict[int, str]) -> Tail:
    if head is None:
        return "cannot tell"
    if head.count == 0:
        return "proved" if head.hash == START else "another"
    if head.count > last.count or head.count not in known:
        return "cut off"
    return "proved" if known[head.count] == head.hash else "another"


def _rows(connection: Connection) -> Iterator[Any]:
    """Yield every row of events in order, in batches."""
    after = 0
    while True:
        query = select(EVENTS).where(EVENTS.c.number > after).order_by(EVENTS.c.number).limit(BATCH)
        rows = connection.execute(query).all()
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[-1].number


def _misfits(connection: Connection) -> list[int]:
    """Return the cases whose place in the list does not fit their events: as many steps, none left out."""
    own = (
        select(EVENTS.c.case_id.label("id"), func.count().label("steps"), func.max(EVENTS.c.step).label("last"))
        .where(EVENTS.c.case_id.is_not(None))
        .group_by(EVENTS.c.case_id)
        .subquery()
    )
    wrong = (
        select(own.c.id)
        .outerjoin(CASES, CASES.c.id == own.c.id)
        .where(CASES.c.id.is_(None) | (CASES.c.steps != own.c.steps) | (own.c.last != own.c.steps))
    )
    lost = select(CASES.c.id).outerjoin(own, CASES.c.id == own.c.id).where(own.c.id.is_(None))
    return sorted(connection.execute(union_all(wrong, lost)).scalars())
