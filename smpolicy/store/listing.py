"""The list of cases: pages of it, found by index; what a case is follows from its events alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from smpolicy.store.events import is_name, moment
from smpolicy.store.reading import MOST_NUMBER, broken
from smpolicy.store.tables import CASES, CaseRow

MOST_ROWS = 1_000
MOMENTS = ("opened_at", "expires_at", "updated_at", "wakes_at")


def to_values(row: CaseRow) -> dict[str, Any]:
    """Return the columns of a row."""
    values = {name: getattr(row, name) for name in CaseRow.__slots__ if not name.startswith("__")}
    return {name: int(value.timestamp()) if isinstance(value, datetime) else value for name, value in values.items()}


def page(
    connection: Connection,
    status: str | None = None,
    kind: str | None = None,
    author: str | None = None,
    now: datetime | None = None,
    after: int | None = None,
    limit: int = 50,
) -> tuple[CaseRow, ...]:
    """Return a page of the list of cases; see `Store.page`."""
    if any(name is not None and not is_name(name) for name in (status, kind, author)) or limit < 1:
        return ()  # no case has such a text, and PostgreSQL could not even look for it
    query = select(CASES)
    query = query if kind is None else query.where(CASES.c.kind == kind)
    query = query if author is None else query.where(CASES.c.author == author)
    query = query if after is None else query.where(CASES.c.id < max(0, min(after, MOST_NUMBER)))
    rows: list[RowMapping] = []
    for condition in _conditions(status, now):  # each goes along an index of its own
        found = query.where(*condition).order_by(CASES.c.id.desc()).limit(min(limit, MOST_ROWS))
        rows += connection.execute(found).mappings()
    rows.sort(key=lambda each: each["id"], reverse=True)
    return tuple(_row(each) for each in rows[:limit])


def _conditions(status: str | None, now: datetime | None) -> list[list[ColumnElement[bool]]]:
    """Return the conditions of the queries that together find the cases of a status at a moment."""
    if status is None:
        return [[]]
    same = CASES.c.status == status
    if now is None or status not in ("open", "expired"):
        return [[same]]
    due = int(now.timestamp())
    if status == "open":
        return [[same, CASES.c.expires_at > due]]
    return [[same], [CASES.c.status == "open", CASES.c.expires_at <= due]]


def _row(values: RowMapping) -> CaseRow:
    try:
        read: dict[str, Any] = {
            name: moment(value) if name in MOMENTS and value is not None else value for name, value in values.items()
        }
    except (TypeError, ValueError, OverflowError, OSError):
        raise broken(f"the place of the case `{values['id']}` in the list of cases was changed") from None
    return CaseRow(**read)


def waking(connection: Connection, now: datetime, limit: int = 100) -> list[int]:
    """Return the numbers of the cases that time alone has changed by a moment, the longest ago first."""
    due = int(now.timestamp())
    query = select(CASES.c.id).where(CASES.c.wakes_at <= due).order_by(CASES.c.wakes_at).limit(limit)
    return list(connection.execute(query).scalars())
