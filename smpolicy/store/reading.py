"""Reading events from rows, each verified against its hash and the hash of the event before."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from smpolicy.errors import Problem, StoreDamaged
from smpolicy.store.events import REDACTED, START, Event, Head, chain_hash, moment
from smpolicy.store.sealing import Keys, unseal
from smpolicy.store.tables import CASES, EVENTS, HEAD, KEYS

MOST_NUMBER = 2**53 - 1
"""No event can have a higher number than canonical JSON can write."""
BEFORE = EVENTS.alias("before")


ALL_EVENTS: Select[Any] = (
    select(EVENTS, BEFORE.c.hash.label("previous"), KEYS.c.wrapped)
    .select_from(EVENTS)
    .outerjoin(BEFORE, BEFORE.c.number == EVENTS.c.number - 1)
    .outerjoin(KEYS, KEYS.c.event == EVENTS.c.number)
)
"""Events, each with the hash of the one before and its own wrapped key; statements are made once, for that is slow."""

OF_CASES = ALL_EVENTS.where(EVENTS.c.case_id.in_(bindparam("ids", expanding=True))).order_by(
    EVENTS.c.case_id, EVENTS.c.step
)
STEPS = select(CASES.c.id, CASES.c.steps).where(CASES.c.id.in_(bindparam("ids", expanding=True)))
FIRST = ALL_EVENTS.order_by(EVENTS.c.number).limit(1)
LAST = ALL_EVENTS.order_by(EVENTS.c.number.desc()).limit(1)
ONE = ALL_EVENTS.where(EVENTS.c.number == bindparam("number"))
KEPT_HEAD = select(HEAD.c.count.label("events"), HEAD.c.hash).where(HEAD.c.id == 1)
LOCKED_HEAD = KEPT_HEAD.with_for_update()


def hash_of(row: Row[Any], previous: str, keys: Keys) -> str | None:
    """Return the hash that the event of a row should have, or None where the row holds what no event has."""
    if not _is_possible(row):
        return None
    try:
        return chain_hash(
            keys.chain, row.number, previous, row.kind, row.case_id, row.step, row.at, row.by, row.data, row.sealed
        )
    except ValueError:  # half a character, or a number that no event has
        return None


def _is_possible(row: Row[Any]) -> bool:
    """Return whether a row holds what an event may hold; SQLite keeps any type of value in any column."""
    numbers = (row.step, row.at) if row.case_id is None else (row.step, row.at, row.case_id)
    texts = (row.kind, row.data, row.hash) if row.by is None else (row.kind, row.data, row.hash, row.by)
    return (
        all(type(each) is int for each in numbers)
        and all(type(each) is str for each in texts)
        and (row.sealed is None or type(row.sealed) is bytes)
    )


def is_genuine(row: Row[Any], previous: str | None, keys: Keys) -> bool:
    """Return whether the hash of an event is right, given the hash of the one before."""
    found = None if previous is None else hash_of(row, previous, keys)
    return found is not None and hmac.compare_digest(found.encode(), row.hash.encode("utf-8", "replace"))


def before(row: Row[Any]) -> str | None:
    """Return the hash before the event of a row of `ALL_EVENTS`, or None where the event before is missing."""
    return START if row.number == 1 else row.previous


def read_event(row: Row[Any], keys: Keys) -> Event:
    """Return the event of a row of `ALL_EVENTS`.

    Raises:
        StoreDamaged: it was changed, or the event before it was, or is missing.
    """
    if not is_genuine(row, before(row), keys):
        raise broken(f"the event `{row.number}`, or the one before it, was changed or is missing")
    secret = None
    if row.sealed is not None:
        secret = REDACTED if row.wrapped is None else unseal(row.sealed, row.wrapped, row.number, keys.wrapping)
    return Event(
        row.number, row.kind, row.case_id, row.step, moment(row.at), row.by, json.loads(row.data), secret, row.hash
    )


def broken(message: str) -> StoreDamaged:
    """Return that the chain of events is broken."""
    help_ = "find out what happened with `smpolicy cases verify`, and restore a backup"
    return StoreDamaged(Problem("broken_chain", message, help=help_))


def read_cases(connection: Connection, ids: Sequence[int], keys: Keys) -> dict[int, tuple[Event, ...]]:
    """Return the verified events of some cases, by the number of the case.

    Raises:
        StoreDamaged: one of them was changed or is missing.
    """
    wanted = {"ids": [each for each in ids if 0 < each <= MOST_NUMBER]}
    found: dict[int, list[Event]] = {}
    for row in connection.execute(OF_CASES, wanted):
        found.setdefault(row.case_id, []).append(read_event(row, keys))
    steps = {row.id: row.steps for row in connection.execute(STEPS, wanted)}
    for number in wanted["ids"]:
        events = found.get(number, [])
        if [each.step for each in events] != list(range(1, steps.get(number, 0) + 1)):
            raise broken(f"events of the case `{number}` are missing, or its place in the list of cases was changed")
    return {number: tuple(events) for number, events in found.items()}


def read_head_row(connection: Connection, keys: Keys, lock: bool = False) -> tuple[Head, Event | None]:
    """Return the head of the chain, and the last event.

    Args:
        connection: the connection.
        keys: the keys of the store.
        lock: whether to keep everybody else from writing until the transaction ends.

    Raises:
        StoreDamaged: the head and the last event do not agree.
    """
    row = connection.execute(LOCKED_HEAD if lock else KEPT_HEAD).one_or_none()
    if row is None:
        raise broken("the head of the chain is missing")
    head = Head(row.events, row.hash)
    last = connection.execute(LAST).one_or_none()
    agree = head == Head(0, START) if last is None else head == Head(last.number, last.hash)
    if not agree:
        raise broken(f"the head of the chain names the event `{head.count}`, which is missing or another")
    return head, None if last is None else read_event(last, keys)
