"""A place for a store in tests: opening it, filling it, and tampering with it behind its back."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from smpolicy.store import NEW, CaseRow, Store

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEY = bytes(range(32))
SERVER = "SMPOLICY_TEST_POSTGRESQL"
"""The name of the environment variable that holds the URL of a PostgreSQL server."""


@frozen
class Place:
    """Where a store is kept.

    Attributes:
        url: its path or URL.
    """

    url: str

    @property
    def is_file(self) -> bool:
        """Whether it is an SQLite file."""
        return "://" not in self.url

    def open(self, **options: Any) -> Store:
        """Open the store, and make it first where it is not there."""
        return Store.open(self.url, **({"key": KEY} | options))

    def tamper(self, *statements: str) -> None:
        """Change the database as somebody might who can write to it, and has not the key."""
        if self.is_file:
            connection = sqlite3.connect(self.url)
            try:
                with connection:
                    for each in statements:
                        connection.execute(each)
            finally:
                connection.close()
            return
        import psycopg

        with psycopg.connect(self.url) as server:
            for each in statements:
                server.execute(each)


def row(id: int, steps: int = 1, **changes: Any) -> CaseRow:
    """Return the row of an open case."""
    values: dict[str, Any] = {
        "kind": "publish",
        "agency": "alder-hollow",
        "author": "writer",
        "submitted_by": "writer",
        "status": "open",
        "opened_at": AT,
        "expires_at": AT + timedelta(days=30),
        "updated_at": AT,
        "wakes_at": None,
    }
    return CaseRow(id=id, steps=steps, **(values | changes))


def fill(store: Store, events: int = 5) -> None:
    """Append a case of some events, each in a transaction of its own; each second one has a secret."""
    with store.writing() as writer:
        first = writer.append("submitted", AT, "writer", case=NEW, data={"number": 1}, secret={"name": "hidden 1"})
        writer.index(row(first.number))
    for number in range(2, events + 1):
        with store.writing() as writer:
            secret = {"name": f"hidden {number}"} if number % 2 else None
            at = AT + timedelta(minutes=number)
            event = writer.append("commented", at, "chief", case=first.number, data={"number": number}, secret=secret)
            writer.index(row(first.number, event.step))
