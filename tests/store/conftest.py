"""Where stores are kept in tests: in an SQLite file, and on a PostgreSQL server where that is asked for."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.places import SERVER, Place


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place for one new store, in each kind of database."""
    if request.param == "sqlite":
        yield Place(str(tmp_path / "store.db"))
        return
    server = os.environ.get(SERVER)
    if not server:
        pytest.fail(f"tests of PostgreSQL were asked for, and {SERVER} names no server")
    import psycopg

    schema = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield Place(f"{server}?options=-csearch_path%3D{schema}")
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def file_place(tmp_path: Path) -> Place:
    """A place for one new store in a file."""
    return Place(str(tmp_path / "store.db"))
