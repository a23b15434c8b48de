"""Verifying a chain of events from the first to the last."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from attrs import frozen
from sqlalchemy import Connection, Row, func, select, union_all

from smpolicy.errors import StoreDamaged
from smpolicy.store.events import START, Head
from smpolicy.store.reading import ALL_EVENTS, hash_of, is_genuine
from smpolicy.store.sealing import Keys, unseal
from smpolicy.store.tables import CASES, EVENTS, HEAD, KEYS

BATCH = 2_000
MOST_FLAWS = 1_000
"""How many flaws are listed; all are counted."""

Tail = Literal["proved", "cut off", "another", "cannot tell"]


@frozen(slots=True)
class Flaw:
    """Something that is wrong with the chain.

    Attributes:
        number: the number of the event, or of the case.
        what: `changed` (or moved to another place), `missing`, `head` (it names another event), `key` (what the event
            seals cannot be opened though nobody redacted it, or can be though somebody did), or `list` (the list of
            cases does not fit the events of the case).
    """

    number: int
    what: Literal["changed", "missing", "head", "key", "list"]


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

    recomputed: str | None = None
    closed: set[int] = set()
    redacted: set[int] = set()
    for row in _rows(connection):
        for number in range(last.count + 1, row.number):
            note(Flaw(number, "missing"))
        follows = row.number == last.count + 1
        # Where only the hash of the event before was changed, this one still follows what that should have been.
        before = (last.hash, recomputed) if follows else ()
        if row.number < 1 or (follows and not any(is_genuine(row, each, keys) for each in before)):
            note(Flaw(row.number, "changed"))
        if row.number < 1:
            continue
        recomputed = hash_of(row, last.hash, keys) if follows and type(last.hash) is str else None
        opens = _opens(row, keys)
        if opens is None:
            closed.add(row.number)
        elif not opens:
            note(Flaw(row.number, "key"))
        redacted |= _redacted(row)
        last = Head(row.number, row.hash)
        if head is not None and row.number == head.count:
            known[row.number] = row.hash
        if progress is not None and row.number % BATCH == 0:
            progress(row.number, total)
    if kept is None or Head(kept.events, kept.hash) != last:
        note(Flaw(total, "head"))
    for number in sorted({*(closed ^ redacted), *_stray_keys(connection)}):
        note(Flaw(number, "key"))
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


def _opens(row: Row[Any], keys: Keys) -> bool | None:
    """Return whether what an event seals can be opened, or None where its key was deleted."""
    if row.sealed is None:
        return row.wrapped is None
    if row.wrapped is None:
        return None
    try:
        unseal(row.sealed, row.wrapped, row.number, keys.wrapping)
    except StoreDamaged:
        return False
    return True


def _redacted(row: Row[Any]) -> set[int]:
    """Return the number of the event that an event says was redacted."""
    if row.kind != "redacted":
        return set()
    try:
        return {int(json.loads(row.data)["event"])}
    except (ValueError, TypeError, KeyError):
        return set()


def _stray_keys(connection: Connection) -> Sequence[int]:
    """Return the numbers of the keys whose event is not there."""
    there = select(EVENTS.c.number).where(EVENTS.c.number == KEYS.c.event).exists()
    return connection.execute(select(KEYS.c.event).where(~there)).scalars().all()


def _rows(connection: Connection) -> Iterator[Any]:
    """Yield every row of events in order, in batches."""
    after = -(2**62)
    while True:
        query = ALL_EVENTS.where(EVENTS.c.number > after).order_by(EVENTS.c.number).limit(BATCH)
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
    return sorted(set(connection.execute(union_all(wrong, lost)).scalars()))
