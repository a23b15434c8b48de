"""The tables of the store, and the version of their schema."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen
from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

SCHEMA = "0001"
"""The newest migration in `migrations/versions`."""

METADATA = MetaData()

EVENTS = Table(
    "events",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("case_id", BigInteger),
    Column("step", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text),
    Column("data", Text, nullable=False),
    Column("sealed", LargeBinary),
    Column("hash", String(64), nullable=False),
    Index("events_case", "case_id", "step", unique=True),
)

KEYS = Table(
    "keys",
    METADATA,
    Column("event", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
)

CASES = Table(
    "cases",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("author", Text),
    Column("submitted_by", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("wakes_at", BigInteger),
    Column("steps", Integer, nullable=False),
    Index("cases_status", "status", "id", "expires_at"),
    Index("cases_kind", "kind", "status", "id"),
    Index("cases_author", "author", "status", "id"),
    Index("cases_wakes", "wakes_at"),
)

HEAD = Table(
    "head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)


@frozen(slots=True)
class CaseRow:
    """How a case is listed; what it is follows from its events alone.

    Attributes:
        id: its number.
        kind: the kind of action.
        agency: the agency's id.
        author: the person who proposes the action, or None where that is not known.
        submitted_by: the person who submitted it.
        status: its status by its events.
        opened_at: when it was opened.
        expires_at: when it expires.
        updated_at: when something last happened to it.
        wakes_at: when time alone will next change it, or None.
        steps: how many events it has.
    """

    id: int
    kind: str
    agency: str
    author: str | None
    submitted_by: str
    status: str
    opened_at: datetime
    expires_at: datetime
    updated_at: datetime
    wakes_at: datetime | None
    steps: int
